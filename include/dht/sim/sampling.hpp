#ifndef DHT_SIM_SAMPLING_HPP
#define DHT_SIM_SAMPLING_HPP

#include <dht/sim/chance.hpp>

#include <cmath>
#include <numbers>

/// Random numbers of other laws than the uniform one. Those of the standard library differ from
/// one implementation to the next; these do not.
namespace dht::inline DHT_ABI::sim {

/// Mean 1.
inline double exponential(dice& chance) noexcept {
    return -std::log1p(-chance.fraction());
}

/// Mean 0, deviation 1 (Box and Muller 1958; the second number of a pair is thrown away).
inline double normal(dice& chance) noexcept {
    double const radius = std::sqrt(2 * exponential(chance));
    double const angle = 2 * std::numbers::pi * chance.fraction();
    return radius * std::cos(angle);
}

/// Half of all draws are below the median; sigma is the deviation of the logarithm.
inline double lognormal(dice& chance, double median, double sigma) noexcept {
    return median * std::exp(sigma * normal(chance));
}

inline double weibull(dice& chance, double shape, double scale) noexcept {
    return scale * std::pow(exponential(chance), 1 / shape);
}

/// Scale 1, shape at least 1 (Marsaglia and Tsang 2000: 1.05 rounds on average).
inline double gamma(dice& chance, double shape) noexcept {
    double const d = shape - 1.0 / 3;
    double const c = 1 / std::sqrt(9 * d);
    for (;;) {
        double const x = normal(chance);
        double const v = (1 + c * x) * (1 + c * x) * (1 + c * x);
        double const u = 1 - chance.fraction();
        if (v > 0 && std::log(u) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
    }
}

} // namespace dht::inline DHT_ABI::sim

#endif
