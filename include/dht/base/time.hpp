#ifndef DHT_BASE_TIME_HPP
#define DHT_BASE_TIME_HPP

#include <dht/config.hpp>

#include <chrono>
#include <cstdint>

namespace dht::inline DHT_ABI {

/// A clock that cannot be asked: it has no now(). Time is an argument everywhere in the core, and
/// code that would read it does not compile.
struct no_clock {
    using duration = std::chrono::microseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<no_clock>;
    static constexpr bool is_steady = true;
};

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// Spans of time, in microseconds.
using duration = no_clock::duration;

/// Monotonic time, given by whoever drives the node; any origin, never before it. Equal instants
/// are fine, an instant before an earlier one is taken as that earlier one.
using instant = no_clock::time_point;

/// Later than every deadline.
inline constexpr instant never = instant::max();

/// Seconds since 1970-01-01 UTC: for token epochs, stamps and snapshots, never for time-outs.
enum class unix_time : std::int64_t {};

constexpr unix_time operator+(unix_time at, duration d) noexcept {
    return unix_time{static_cast<std::int64_t>(at) +
                     std::chrono::duration_cast<std::chrono::seconds>(d).count()};
}

/// Both times of one step.
struct times {
    instant now{};
    unix_time date{};
};

/// May one more pass? Each is paid back in `each`, and debts of up to `most` are allowed: the
/// generic cell rate algorithm (ITU-T I.371). `paid_at` is when nothing is owed any more.
[[nodiscard]] constexpr bool take_turn(instant& paid_at, instant now, duration each,
                                       duration most) noexcept {
    instant const next = (paid_at < now ? now : paid_at) + each;
    if (next > now + most) return false;
    paid_at = next;
    return true;
}

} // namespace dht::inline DHT_ABI

#endif
