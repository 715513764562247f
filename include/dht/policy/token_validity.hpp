#ifndef DHT_POLICY_TOKEN_VALIDITY_HPP
#define DHT_POLICY_TOKEN_VALIDITY_HPP

#include <dht/config.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace dht::inline DHT_ABI {

/// For how long tokens are good, from what is seen of them. In calm as long as can be: whoever
/// asked may announce a quarter of an hour later. Under threat the less, down to what all but one
/// in a thousand of those who come back with a token of ours have needed lately (how soon sources
/// come back, and how many are refused for being late, are in that), but two minutes at least: a
/// token that was captured or hoarded is worth the less then.
///
/// Minutes are suspicious in which many tokens are not ours, or many more are asked for than usual;
/// a few of them are a threat, and as many calm ones end it. Whoever sees other signs may raise the
/// level. O(1) but for a minute's end, which takes 16 steps.
class token_validity {
public:
    /// In full minutes: a token lives so many and a part of one more.
    static constexpr unsigned least = 2;
    static constexpr unsigned most = 14;
    static constexpr unsigned threat_max = 8;

    /// One of our tokens came back, so many minutes old, 0 .. most: good still or not.
    void came_back(unsigned age) noexcept {
        ++returned_;
        if (ages_[age] == 0xffff)
            for (std::uint16_t& each : ages_)
                each /= 2;
        ++ages_[age];
    }

    /// Something came in a token's place that is none of ours.
    void forged() noexcept { ++forged_; }

    void issued() noexcept { ++issued_; }

    /// A minute is over.
    void next_minute() noexcept {
        bool const suspicious = many_forged() || many_issued();
        if (suspicious)
            raise_threat(threat_ + 2U);
        else if (threat_ > 0)
            --threat_;
        if (!suspicious) usual_ = usual_ == 0 ? issued_ : usual_ - usual_ / 16 + issued_ / 16;
        if (++minutes_ % 64 == 0) // what was hours ago counts less and less
            for (std::uint16_t& each : ages_)
                each = static_cast<std::uint16_t>(each - each / 4);
        returned_ = forged_ = issued_ = 0;
        settle();
    }

    /// At least to that level, 0 .. threat_max.
    void raise_threat(unsigned level) noexcept {
        threat_ =
            static_cast<std::uint8_t>(std::min(std::max<unsigned>(threat_, level), threat_max));
        settle();
    }

    [[nodiscard]] unsigned threat() const noexcept { return threat_; }

    [[nodiscard]] unsigned minutes() const noexcept { return good_for_; }

private:
    static constexpr std::uint32_t few_forged = 32; ///< a minute: old clients, changed addresses
    static constexpr std::uint32_t few_issued = 1'024;

    [[nodiscard]] bool many_forged() const noexcept {
        return forged_ > few_forged && forged_ > 4 * returned_;
    }

    [[nodiscard]] bool many_issued() const noexcept {
        return usual_ > 0 && issued_ > few_issued && issued_ / 8 > usual_;
    }

    /// What all but one in a thousand have needed.
    [[nodiscard]] unsigned needed() const noexcept {
        std::uint32_t all = 0;
        for (std::uint16_t const each : ages_)
            all += each;
        std::uint32_t later = 0;
        unsigned age = most;
        while (age > least && (later += ages_[age]) <= all / 1'000)
            --age;
        return age;
    }

    void settle() noexcept {
        unsigned const spared = (most - needed()) * threat_ / threat_max;
        good_for_ = static_cast<std::uint8_t>(most - spared);
    }

    std::array<std::uint16_t, most + 1> ages_{}; // how many came back at that age
    std::uint16_t minutes_ = 0;
    std::uint32_t returned_ = 0; // in this minute, as the next two
    std::uint32_t forged_ = 0;
    std::uint32_t issued_ = 0;
    std::uint32_t usual_ = 0; // issued in a calm minute
    std::uint8_t threat_ = 0;
    std::uint8_t good_for_ = most;
};

} // namespace dht::inline DHT_ABI

#endif
