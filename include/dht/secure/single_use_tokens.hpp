#ifndef DHT_SECURE_SINGLE_USE_TOKENS_HPP
#define DHT_SECURE_SINGLE_USE_TOKENS_HPP

#include <dht/base/keyed_hash.hpp>
#include <dht/crypto/sha256.hpp>
#include <dht/policy/token_scheme.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI {

/// Tokens that store once: whoever captured one and sends it again, as it was or for another port,
/// stores nothing else by it. A repetition of the same announce is confirmed again, for the answer
/// may have been lost. A token is eight bytes that no other has, and the token of hmac_tokens for
/// these with the target.
///
/// Nothing is kept before the first announce. Then the last `remembered` uses are, 16 bytes each,
/// in sets of eight by a keyed hash of the address: who announces much makes the memory forget
/// uses of his own, and of nobody whom he could choose.
class single_use_tokens {
public:
    using policy_slot = slots::token_scheme;

    single_use_tokens() noexcept = default;

    /// `remembered` is rounded up to a multiple of eight, at least eight.
    explicit single_use_tokens(std::size_t remembered, hmac_tokens const& inner = {}) noexcept
        : inner_{inner},
          sets_{std::max<std::size_t>(1, (remembered + ways - 1) / ways)} {}

    template <class Settings, class Rng>
    void start(Settings const& s, Rng& rng) noexcept {
        inner_.start(s, rng);
        number_ = rng.next();
        secret_.k0 = rng.next();
        secret_.k1 = rng.next();
    }

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        std::uint64_t const number = number_++;
        token const proof = inner_.issue(claim_with(claim, number));
        token t;
        t.resize(number_bytes + proof.size());
        store_big_endian(t.data(), number);
        std::memcpy(t.data() + number_bytes, proof.data(), proof.size());
        return t;
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket query) noexcept {
        if (raw.size() <= number_bytes) return token_verdict::invalid;
        auto const number = load_big_endian<std::uint64_t>(raw.data());
        token_verdict const verdict =
            inner_.verify(claim_with(claim, number), raw.subspan(number_bytes), query);
        bool const fresh = verdict == token_verdict::valid && may_use(claim, number);
        return fresh ? token_verdict::valid : token_verdict::invalid;
    }

    instant rotate(times at) noexcept { return inner_.rotate(at); }

    [[nodiscard]] hmac_tokens const& inner() const noexcept { return inner_; }

private:
    static constexpr std::size_t number_bytes = sizeof(std::uint64_t);
    static constexpr std::size_t ways = 8;

    /// For what a token was used: address and target are in it.
    struct use {
        std::uint64_t number = 0;
        std::uint32_t turn = 0; ///< ordinal of the use; 0: none
        std::uint16_t port = 0;
    };

    /// The target and the number, as one target: another one for each of both.
    static token_claim claim_with(token_claim claim, std::uint64_t number) noexcept {
        std::array<std::byte, key160::size_bytes + number_bytes> both;
        std::memcpy(both.data(), claim.target.bytes.data(), key160::size_bytes);
        store_big_endian(both.data() + key160::size_bytes, number);
        claim.target = key160::from(byte_view{sha256_of(both)}.first(key160::size_bytes));
        return claim;
    }

    /// The oldest use of a set is forgotten for a new one.
    bool may_use(token_claim const& claim, std::uint64_t number) noexcept {
        if (uses_.empty()) uses_.resize(sets_ * ways);
        std::uint64_t const set = folded_hash{}(secret_, source_of(claim.from)) % sets_;
        use* const first = uses_.data() + set * ways;
        use* oldest = first;
        for (use* u = first; u != first + ways; ++u) {
            if (u->turn != 0 && u->number == number) return u->port == claim.port;
            if (u->turn < oldest->turn) oldest = u;
        }
        *oldest = {number, ++turn_, claim.port};
        return true;
    }

    hmac_tokens inner_{};
    std::size_t sets_ = 2'048;
    mutable std::uint64_t number_ = 0; ///< of the next token
    std::uint32_t turn_ = 0;
    hash_key secret_{};
    std::vector<use> uses_{}; // sets of `ways`, none before the first use
};

} // namespace dht::inline DHT_ABI

#endif
