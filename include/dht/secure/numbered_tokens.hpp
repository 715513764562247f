#ifndef DHT_SECURE_NUMBERED_TOKENS_HPP
#define DHT_SECURE_NUMBERED_TOKENS_HPP

#include <dht/crypto/sha256.hpp>
#include <dht/policy/token_scheme.hpp>

namespace dht::inline DHT_ABI {

/// Tokens that can be told apart: a number of eight bytes, and the token of hmac_tokens for it and
/// the target. No token scheme, but what some are made of; whoever issues chooses the numbers.
class numbered_tokens {
public:
    static constexpr std::size_t number_bytes = sizeof(std::uint64_t);
    static constexpr std::size_t token_bytes = number_bytes + sizeof(mac128);

    explicit numbered_tokens(hmac_tokens const& inner = {}) noexcept : inner_{inner} {}

    template <class Settings, class Rng>
    void start(Settings const& s, Rng& rng) noexcept {
        inner_.start(s, rng);
    }

    [[nodiscard]] token issue(token_claim const& claim, std::uint64_t number) const noexcept {
        token const proof = inner_.issue(with_number(claim, number));
        token t;
        t.resize(number_bytes + proof.size());
        store_big_endian(t.data(), number);
        std::memcpy(t.data() + number_bytes, proof.data(), proof.size());
        return t;
    }

    /// Of a token that is good for that claim; nothing: it is not.
    std::optional<std::uint64_t> number_in(token_claim const& claim, byte_view raw) noexcept {
        if (raw.size() != token_bytes) return std::nullopt;
        auto const number = load_big_endian<std::uint64_t>(raw.data());
        bool const good = inner_.verify(with_number(claim, number), raw.subspan(number_bytes),
                                        ticket{}) == token_verdict::valid;
        return good ? std::optional{number} : std::nullopt;
    }

    instant rotate(times at) noexcept { return inner_.rotate(at); }

    [[nodiscard]] hmac_tokens const& inner() const noexcept { return inner_; }

private:
    /// The target and the number, as one target: another one for each of both.
    static token_claim with_number(token_claim claim, std::uint64_t number) noexcept {
        std::array<std::byte, key160::size_bytes + number_bytes> both;
        std::memcpy(both.data(), claim.target.bytes.data(), key160::size_bytes);
        store_big_endian(both.data() + key160::size_bytes, number);
        claim.target = key160::from(byte_view{sha256_of(both)}.first(key160::size_bytes));
        return claim;
    }

    hmac_tokens inner_;
};

} // namespace dht::inline DHT_ABI

#endif
