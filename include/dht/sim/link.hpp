#ifndef DHT_SIM_LINK_HPP
#define DHT_SIM_LINK_HPP

#include <dht/base/static_vector.hpp>
#include <dht/sim/geography.hpp>

namespace dht::inline DHT_ABI::sim {

/// A stretch of the way that datagrams take. The network between all hosts is one, and each host
/// may have another at its door (its last mile). Latencies add up, losses and duplications are
/// independent.
struct link {
    duration latency_min{}; ///< one way; each pair of ends has its own fixed one
    duration latency_max{}; ///< between the two, all equally likely
    double jitter = 0; ///< each datagram takes up to this share longer, so they overtake each other
    double loss = 0;   ///< chance that a datagram is lost
    double duplication = 0; ///< chance that it arrives twice
    geography const* map = nullptr; ///< where given, half its round trips are the latencies

    static constexpr link fixed(duration latency) noexcept { return {latency, latency}; }

    /// Between hosts in regions. The map must outlive the world.
    static constexpr link across(geography const& map, double jitter = 0.05) noexcept {
        link l;
        l.jitter = jitter;
        l.map = &map;
        return l;
    }

    static link across(geography const&& map, double jitter = 0.05) = delete; // it would be gone
};

/// A network as between home connections of one continent: 10 to 80 ms one way.
inline constexpr link continental{milliseconds{10}, milliseconds{80}, 0.05};

/// When a datagram arrives, measured from now: never, once or twice.
using arrivals = static_vector<duration, 2>;

/// One stretch of a way, and what is the same for each datagram between its ends.
struct hop {
    link const& over;
    std::uint64_t ends; ///< a number that belongs to the pair of ends, whichever of them sends
    geography::region from = 0;
    geography::region to = 0;

    [[nodiscard]] duration latency() const noexcept {
        return over.map != nullptr ? over.map->round_trip(from, to, ends) / 2
                                   : dice{ends}.between(over.latency_min, over.latency_max);
    }
};

/// What the hops do to one datagram. Draws the same number of dice whatever the outcome is.
template <std::size_t N>
arrivals travel(std::array<hop, N> const& way, dice& chance) noexcept {
    bool lost = false;
    bool doubled = false;
    duration base{};
    double late = 0;
    double late_double = 0;
    for (hop const& h : way) {
        duration const latency = h.latency();
        double const spread = h.over.jitter * static_cast<double>(latency.count());
        base += latency;
        lost |= chance.happens(h.over.loss);
        doubled |= chance.happens(h.over.duplication);
        late += spread * chance.fraction();
        late_double += spread * chance.fraction();
    }
    arrivals when;
    if (!lost) when.push_back(base + duration{static_cast<duration::rep>(late)});
    if (!lost && doubled) when.push_back(base + duration{static_cast<duration::rep>(late_double)});
    return when;
}

} // namespace dht::inline DHT_ABI::sim

#endif
