#ifndef DHT_IO_STEADY_CLOCK_HPP
#define DHT_IO_STEADY_CLOCK_HPP

#include <dht/base/time.hpp>

/// Where a driver's times come from: the system's monotonic clock and its date.
namespace dht::inline DHT_ABI::io {

inline instant to_instant(std::chrono::steady_clock::time_point t) noexcept {
    return instant{std::chrono::duration_cast<duration>(t.time_since_epoch())};
}

inline std::chrono::steady_clock::time_point to_steady(instant t) noexcept {
    return std::chrono::steady_clock::time_point{t.time_since_epoch()};
}

inline instant steady_now() noexcept {
    return to_instant(std::chrono::steady_clock::now());
}

inline unix_time unix_now() noexcept {
    auto const since = std::chrono::system_clock::now().time_since_epoch();
    return unix_time{std::chrono::duration_cast<seconds>(since).count()};
}

} // namespace dht::inline DHT_ABI::io

#endif
