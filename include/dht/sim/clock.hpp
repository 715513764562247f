#ifndef DHT_SIM_CLOCK_HPP
#define DHT_SIM_CLOCK_HPP

#include <dht/base/time.hpp>

namespace dht::inline DHT_ABI::sim {

/// When worlds begin: a day after the origin of time, so that nodes can have known others for long.
inline constexpr instant world_begin = instant{} + hours{24};

/// The monotonic clock of a machine, which may be ahead or behind, and run fast or slow. It goes
/// backwards only when a jump says so.
class skewed_clock {
public:
    /// What it shows at that moment.
    [[nodiscard]] constexpr instant shows(instant now) const noexcept {
        return now + error_ + drifted(now);
    }

    /// The first moment at which it shows that, or something later.
    [[nodiscard]] constexpr instant when(instant shown) const noexcept {
        if (shown == never) return never;
        if (drift_ == 0) return shown - error_;
        auto const ahead = static_cast<double>((shown - error_).time_since_epoch().count());
        instant at{duration{static_cast<duration::rep>(ahead / (1 + drift_)) - 2}};
        while (shows(at) < shown)
            at += duration{1};
        return at;
    }

    constexpr void jump(duration by) noexcept { error_ += by; }

    /// From now on it gains that many microseconds in each second; more than -1'000'000.
    constexpr void drift(instant now, double ppm) noexcept {
        error_ += drifted(now);
        drift_ = ppm / 1e6;
        error_ -= drifted(now);
    }

private:
    [[nodiscard]] constexpr duration drifted(instant now) const noexcept {
        auto const age = static_cast<double>(now.time_since_epoch().count());
        return duration{static_cast<duration::rep>(age * drift_)};
    }

    duration error_{};
    double drift_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
