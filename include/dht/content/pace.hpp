#ifndef DHT_CONTENT_PACE_HPP
#define DHT_CONTENT_PACE_HPP

#include <dht/base/time.hpp>
#include <dht/policy/random_source.hpp>

#include <algorithm>

namespace dht::inline DHT_ABI::content {

/// Lets one through per interval, and after a pause up to `burst` at once.
class pace {
public:
    constexpr pace(duration interval, std::uint16_t burst) noexcept
        : interval_{interval},
          slack_{interval * (burst > 0 ? burst - 1 : 0)} {}

    /// `per_second` is at least 1.
    static constexpr pace of(std::uint16_t per_second, std::uint16_t burst) noexcept {
        DHT_ASSERT(per_second > 0);
        return {duration{seconds{1}} / per_second, burst};
    }

    /// Before this nobody passes.
    [[nodiscard]] constexpr instant ready() const noexcept { return scheduled_ - slack_; }

    constexpr void pass(instant at) noexcept { scheduled_ = std::max(scheduled_, at) + interval_; }

    constexpr bool try_pass(instant now) noexcept {
        return take_turn(scheduled_, now, interval_, slack_ + interval_);
    }

private:
    duration interval_;
    duration slack_;
    instant scheduled_{};
};

/// A tenth up or down, so that what was begun together does not stay together.
template <random_source Rng>
duration jittered(duration d, Rng& chance) noexcept {
    auto const tenth = static_cast<std::uint64_t>(d.count() / 10);
    auto const drawn = static_cast<duration::rep>(below(chance, 2 * tenth + 1));
    return d - duration{static_cast<duration::rep>(tenth)} + duration{drawn};
}

} // namespace dht::inline DHT_ABI::content

#endif
