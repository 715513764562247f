#ifndef DHT_SIM_DENSITY_TEST_HPP
#define DHT_SIM_DENSITY_TEST_HPP

#include <dht/kad/id.hpp>

#include <algorithm>
#include <cmath>
#include <span>

/// How unlikely it is that so many nodes are so close to a key. Among uniform ids the nodes within
/// any distance of a key are Poisson distributed, so the distance of the i-th closest has a gamma
/// law of shape i. Distances are counted in spacings: 1 is the key space over the number of nodes.
namespace dht::inline DHT_ABI::sim {

/// How far two keys are from each other in a network of `nodes`.
inline double spacings_between(key160 const& a, key160 const& b, double nodes) noexcept {
    return static_cast<double>(a.high_bits() ^ b.high_bits()) * 0x1p-64 * nodes;
}

/// The chance of at least `count` nodes where `expected` are on average. O(count).
inline double poisson_tail(unsigned count, double expected) noexcept {
    double term = std::exp(-expected);
    double below = 0;
    for (unsigned i = 0; i < count; ++i) {
        below += term;
        term *= expected / (i + 1);
    }
    return std::max(0.0, 1 - below);
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

/// Which of the closest nodes a test looks at: the third, since the first two are anywhere, to the
/// twentieth.
struct density_window {
    unsigned first = 3;
    unsigned last = 20;
};

/// The least chance that the i-th closest node would be as close as it is, over all i in the
/// window. `spacings` ascend. 1 when there are too few.
inline double density_p_value(std::span<double const> spacings, density_window window = {}) {
    double least = 1;
    for (unsigned i = window.first; i <= window.last && i <= spacings.size(); ++i)
        least = std::min(least, poisson_tail(i, spacings[i - 1]));
    return least;
}

} // namespace dht::inline DHT_ABI::sim

#endif
