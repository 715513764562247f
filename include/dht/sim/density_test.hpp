#ifndef DHT_SIM_DENSITY_TEST_HPP
#define DHT_SIM_DENSITY_TEST_HPP

#include <dht/kad/density_test.hpp>
#include <dht/kad/id.hpp>

/// The density test as somebody would apply it who knows how many nodes there are. The distance of
/// the i-th closest to a key has a gamma law of shape i. Distances are counted in spacings: 1 is
/// the key space over the number of nodes.
namespace dht::inline DHT_ABI::sim {

/// Nodes that an estimate rests on which deviates by one in 4096.
inline constexpr unsigned as_good_as_certain = 1U << 24U;

/// How far two keys are from each other in a network of `nodes`.
inline double spacings_between(key160 const& a, key160 const& b, double nodes) noexcept {
    return static_cast<double>(a.high_bits() ^ b.high_bits()) * 0x1p-64 * nodes;
}

/// The chance of at least `count` nodes where `expected` are on average. O(count).
inline double poisson_tail(unsigned count, double expected) noexcept {
    return chance_of_crowd(count, expected, as_good_as_certain);
}

/// The distance within which `count` nodes are with that chance. Bisection, to 1e-9 spacings.
inline double spacings_of(unsigned count, double chance) noexcept {
    double low = 0;
    double high = 8 + 4.0 * count;
    while (high - low > 1e-9) {
        double const middle = (low + high) / 2;
        (poisson_tail(count, middle) < chance ? low : high) = middle;
    }
    return low;
}

/// The least chance that the i-th closest node would be as close as it is, over all i in the
/// window. `spacings` ascend. 1 when there are too few, or none closer than expected.
inline double density_p_value(std::span<double const> spacings, density_window window = {}) {
    return density_of(spacings, as_good_as_certain, window).p_value;
}

} // namespace dht::inline DHT_ABI::sim

#endif
