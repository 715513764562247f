#ifndef DHT_SIM_CHANCE_HPP
#define DHT_SIM_CHANCE_HPP

#include <dht/base/keyed_hash.hpp>
#include <dht/base/split_mix.hpp>
#include <dht/base/time.hpp>

/// Where the chance of a simulated world comes from: one seed, and from it one stream for each
/// purpose, so that more of one thing never changes another.
namespace dht::inline DHT_ABI::sim {

enum class purpose : std::uint64_t {
    network = 1,    ///< latency, loss and duplication
    nodes = 2,      ///< what nodes are seeded with
    workload = 3,   ///< what tests and experiments draw
    churn = 4,      ///< when hosts come and go
    adversaries = 7 ///< what adversaries remember
};

constexpr hash_key key_for(std::uint64_t seed, purpose p) noexcept {
    return {seed, static_cast<std::uint64_t>(p)};
}

/// A short stream of draws from one number, one for each datagram.
class dice : public split_mix {
public:
    using split_mix::split_mix;

    /// In [0, 1), with 53 bits.
    constexpr double fraction() noexcept {
        return static_cast<double>(next() >> 11U) / 9007199254740992.0;
    }

    constexpr bool happens(double probability) noexcept { return fraction() < probability; }

    /// In [least, most].
    constexpr duration between(duration least, duration most) noexcept {
        auto const span = static_cast<std::uint64_t>((most - least).count()) + 1;
        return least + duration{static_cast<duration::rep>(next() % span)};
    }
};

} // namespace dht::inline DHT_ABI::sim

#endif
