#ifndef DHT_SECURE_SINGLE_USE_TOKENS_HPP
#define DHT_SECURE_SINGLE_USE_TOKENS_HPP

#include <dht/secure/numbered_tokens.hpp>
#include <dht/secure/token_uses.hpp>

namespace dht::inline DHT_ABI {

/// Tokens that store once: whoever captured one and sends it again, as it was or for another port,
/// stores nothing else by it. A repetition of the same announce is confirmed again, for the answer
/// may have been lost. No two of its numbered tokens have the same number.
class single_use_tokens {
public:
    using policy_slot = slots::token_scheme;

    single_use_tokens() noexcept = default;

    /// `remembered` uses are, rounded up to a multiple of eight (see token_uses).
    explicit single_use_tokens(std::size_t remembered, hmac_tokens const& inner = {}) noexcept
        : tokens_{inner},
          uses_{remembered} {}

    template <class Settings, class Rng>
    void start(Settings const& s, Rng& rng) noexcept {
        tokens_.start(s, rng);
        number_ = rng.next();
        uses_.start(rng);
    }

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        return tokens_.issue(claim, number_++);
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket) noexcept {
        auto const number = tokens_.number_in(claim, raw);
        return number && may_use(claim, *number) ? token_verdict::valid : token_verdict::invalid;
    }

    instant rotate(times at) noexcept { return tokens_.rotate(at); }

    [[nodiscard]] hmac_tokens const& inner() const noexcept { return tokens_.inner(); }

private:
    bool may_use(token_claim const& claim, std::uint64_t number) noexcept {
        if (auto const* const before = uses_.find(claim.from, number))
            return before->port == claim.port;
        uses_.add(claim.from, number, claim.port);
        return true;
    }

    numbered_tokens tokens_{};
    token_uses uses_{16'384};
    mutable std::uint64_t number_ = 0; ///< of the next token
};

} // namespace dht::inline DHT_ABI

#endif
