#ifndef DHT_SIM_CHANCE_HPP
#define DHT_SIM_CHANCE_HPP

#include <dht/base/dense_map.hpp>
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

/// A short stream of draws from one number (SplitMix64, Steele, Lea and Flood 2014): the same on
/// every machine and compiler, and cheap enough for one per datagram.
class dice {
public:
    explicit constexpr dice(std::uint64_t seed) noexcept : state_{seed} {}

    constexpr std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
        return z ^ z >> 31U;
    }

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

private:
    std::uint64_t state_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
