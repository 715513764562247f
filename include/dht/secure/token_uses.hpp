#ifndef DHT_SECURE_TOKEN_USES_HPP
#define DHT_SECURE_TOKEN_USES_HPP

#include <dht/base/address.hpp>
#include <dht/base/keyed_hash.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI {

/// What numbered tokens were used for, the last uses of them. Nothing is kept before the first;
/// then 16 bytes for each that there is room for, in sets of eight by a keyed hash of the address
/// that used it: who announces much makes the memory forget uses of his own, and of nobody whom he
/// could choose. Uses that others tell of have room of their own for each teller: who tells much
/// makes it forget nothing that others have told. All O(tellers).
class token_uses {
public:
    /// For what a token was used: address and target are in it.
    struct use {
        std::uint64_t number = 0;
        std::uint32_t turn = 0; ///< ordinal of the use; 0: none
        std::uint16_t port = 0;
        bool confirmed = false; ///< for the caller to set
    };

    /// `each` is how many uses of each teller are remembered, rounded up to a multiple of eight.
    explicit token_uses(std::size_t each, std::size_t tellers = 1) noexcept
        : sets_{std::max<std::size_t>(1, (each + ways - 1) / ways)},
          tellers_{tellers} {}

    template <class Rng>
    void start(Rng& rng) noexcept {
        secret_.k0 = rng.next();
        secret_.k1 = rng.next();
    }

    /// Null: that token was not used, or its use is forgotten. Holds until the next add.
    [[nodiscard]] use* find(address const& from, std::uint64_t number) noexcept {
        if (uses_.empty()) return nullptr;
        for (std::size_t teller = 0; teller < tellers_; ++teller)
            for (use& u : set_of(from, teller))
                if (u.turn != 0 && u.number == number) return &u;
        return nullptr;
    }

    /// Of a token that find does not know. The oldest use in its set is forgotten for it.
    void add(address const& from, std::uint64_t number, std::uint16_t port,
             std::size_t teller = 0) noexcept {
        if (uses_.empty()) uses_.resize(tellers_ * sets_ * ways);
        auto const set = set_of(from, teller);
        auto const oldest = std::min_element(
            set.begin(), set.end(), [](use const& a, use const& b) { return a.turn < b.turn; });
        *oldest = {number, ++turn_, port};
    }

private:
    static constexpr std::size_t ways = 8;

    [[nodiscard]] std::span<use> set_of(address const& from, std::size_t teller) noexcept {
        std::uint64_t const set = folded_hash{}(secret_, source_of(from)) % sets_;
        return {uses_.data() + (teller * sets_ + set) * ways, ways};
    }

    std::size_t sets_; ///< of each teller
    std::size_t tellers_;
    std::uint32_t turn_ = 0;
    hash_key secret_{};
    std::vector<use> uses_{};
};

} // namespace dht::inline DHT_ABI

#endif
