#ifndef DHT_POLICY_SHA1_TOKENS_HPP
#define DHT_POLICY_SHA1_TOKENS_HPP

#include <dht/crypto/hash.hpp>
#include <dht/policy/token_scheme.hpp>

namespace dht::inline DHT_ABI {

/// What BEP 5 describes: SHA-1 over the address and a secret that changes every five minutes, cut
/// to 8 bytes. Kept for comparison; it does not bind the target.
class sha1_tokens {
public:
    using policy_slot = slots::token_scheme;

    template <class Settings, class Rng>
    void start(Settings const&, Rng& rng) noexcept {
        rng.fill(master_);
    }

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        return digest(token_epoch_of(claim.at.date), claim);
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket) noexcept {
        std::int64_t const epoch = token_epoch_of(claim.at.date);
        for (std::int64_t const e : {epoch, epoch - 1}) {
            if (constant_time_equal(raw, digest(e, claim))) return token_verdict::valid;
        }
        return token_verdict::invalid;
    }

    instant rotate(times at) noexcept { return token_epoch_end(at); }

private:
    [[nodiscard]] token digest(std::int64_t epoch, token_claim const& claim) const noexcept {
        std::array<std::byte, 16 + 20 + 8> message;
        std::memcpy(message.data(), &claim.from, 16);
        std::memcpy(message.data() + 16, master_.data(), 20);
        store_big_endian(message.data() + 36, static_cast<std::uint64_t>(epoch));
        auto const hash = sha1_of(message);
        return token{std::span<std::byte const>{hash}.first(8)};
    }

    std::array<std::byte, 20> master_{};
};

} // namespace dht::inline DHT_ABI

#endif
