#ifndef DHT_SIM_CONDITIONS_HPP
#define DHT_SIM_CONDITIONS_HPP

#include <dht/sim/link.hpp>

/// What networks are like, as measured: named as in reports, so that an experiment can say where it
/// took place.
namespace dht::inline DHT_ABI::sim {

/// The links of a world: between all hosts, and at each door. Doors add the last mile.
struct conditions {
    constexpr conditions(link const& between, link const& at_doors) noexcept
        : network{between},
          door{at_doors} {}

    link network;
    link door;
};

namespace geographies {

/// Round trips of the last mile of homes: lognormal, median 4 ms, deviation of the logarithm 0.8,
/// cut off at the ends.
inline constexpr geography last_mile{quantile_curve{{0, 0.3},
                                                    {0.01, 0.622},
                                                    {0.05, 1.073},
                                                    {0.10, 1.435},
                                                    {0.16, 1.805},
                                                    {0.25, 2.332},
                                                    {0.40, 3.266},
                                                    {0.50, 4.0},
                                                    {0.60, 4.899},
                                                    {0.75, 6.861},
                                                    {0.84, 8.863},
                                                    {0.90, 11.15},
                                                    {0.95, 14.91},
                                                    {0.99, 25.72},
                                                    {0.999, 47.39},
                                                    {1, 80}}};

} // namespace geographies

/// Homes that are as far apart as that map says, with their last miles and 5 % jitter; nothing is
/// lost. The map must outlive the world.
constexpr conditions homes_across(geography const& map) noexcept {
    return {link::across(map), link::across(geographies::last_mile)};
}

/// The same conditions, but that share of all datagrams is lost, each by itself.
constexpr conditions losing(double share, conditions c) noexcept {
    c.network.loss = share;
    return c;
}

/// The same conditions, but 0.5 % of all datagrams are lost, most of them in bursts: one in a
/// thousand begins one of ten on average, of which four are lost.
constexpr conditions losing_in_bursts(conditions c) noexcept {
    c.network.loss = 0.001;
    c.network.bursts = {0.001, 0.1, 0.4};
    return c;
}

/// The standard world, in which claims are measured.
inline constexpr conditions standard = losing(0.01, homes_across(geographies::pl490));

} // namespace dht::inline DHT_ABI::sim

#endif
