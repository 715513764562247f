#ifndef DHT_SIM_LINK_HPP
#define DHT_SIM_LINK_HPP

#include <dht/base/static_vector.hpp>
#include <dht/sim/geography.hpp>
#include <dht/sim/sampling.hpp>

#include <algorithm>
#include <optional>

namespace dht::inline DHT_ABI::sim {

/// Losses in bursts (Gilbert 1960, Elliott 1963). A burst begins and ends by chance with each
/// datagram that one host sends, or that one door lets in: that is how lines and queues fail, and
/// it takes no memory for the pairs of hosts, which meet too rarely to see each other's bursts.
struct loss_bursts {
    double begin = 0; ///< chance per datagram that a burst begins; 0: there are none
    double end = 1;   ///< chance per datagram that it ends
    double loss = 1;  ///< chance that a datagram is lost within; link::loss holds outside
};

/// A stretch of the way that datagrams take. The network between all hosts is one, the door of each
/// host another (its last mile). Latencies add up; what else happens is independent.
struct link {
    duration latency_min{}; ///< one way; each pair of ends has its own fixed one
    duration latency_max{}; ///< between the two, all equally likely
    double jitter = 0;      ///< deviation j: the latency of each datagram is times 1 + |N(0, j)|
    double loss = 0;        ///< chance that a datagram is lost
    double duplication = 0; ///< chance that it arrives twice
    geography const* map = nullptr; ///< where given, half its round trips are the latencies
    loss_bursts bursts{};
    double corruption = 0; ///< chance that a datagram arrives with one bit flipped
    std::size_t datagram_bytes_max = 65'507;  ///< payload; larger ones are lost
    std::uint64_t bytes_per_second = 0;       ///< of a door, each way; 0: it never has a queue
    std::size_t queue_bytes_max = 64 * 1'024; ///< what finds the queue full is lost

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

/// One stretch of a way, and what is the same for each datagram between its ends.
struct hop {
    link const& over;
    std::uint64_t ends;      ///< a number that belongs to the pair of ends, whichever of them sends
    geography::place from{}; ///< where there is a map
    geography::place to{};
    bool* burst = nullptr; ///< whether a burst of losses goes on; nobody's: there are none

    [[nodiscard]] duration latency() const noexcept {
        return over.map != nullptr ? over.map->round_trip(from, to, ends) / 2
                                   : dice{ends}.between(over.latency_min, over.latency_max);
    }

    [[nodiscard]] bool loses(dice& chance) const noexcept {
        if (burst == nullptr || over.bursts.begin == 0) return chance.happens(over.loss);
        *burst = chance.happens(*burst ? 1 - over.bursts.end : over.bursts.begin);
        return chance.happens(*burst ? over.bursts.loss : over.loss);
    }
};

/// When a datagram arrives, measured from now: never, once or twice.
using arrivals = static_vector<duration, 2>;

/// What becomes of a datagram on its way.
struct fate {
    arrivals when;
    bool too_large = false; ///< the reason why it never arrives; otherwise it was chance
    bool corrupted = false; ///< one of its bits, anywhere, has flipped
};

/// What the hops do to one datagram with so many bytes of payload.
template <std::size_t N>
fate travel(std::array<hop, N> const& way, std::size_t bytes, dice& chance) noexcept {
    fate f;
    bool lost = false;
    bool doubled = false;
    duration base{};
    double spread = 0;
    for (hop const& h : way) {
        duration const latency = h.latency();
        base += latency;
        spread += h.over.jitter * static_cast<double>(latency.count());
        f.too_large |= bytes > h.over.datagram_bytes_max;
        lost |= h.loses(chance);
        doubled |= chance.happens(h.over.duplication);
        f.corrupted |= chance.happens(h.over.corruption);
    }
    if (lost || f.too_large) return f;
    for (int copies = doubled ? 2 : 1; copies > 0; --copies) {
        double const late = spread == 0 ? 0 : spread * std::abs(normal(chance));
        f.when.push_back(base + duration{static_cast<duration::rep>(late)});
    }
    return f;
}

/// What waits at a door, in one direction. Who comes when it is full is lost (drop-tail).
class door_queue {
public:
    /// After what time a datagram that comes now has passed; nothing: it is lost.
    std::optional<duration> pass(link const& door, instant now, std::size_t bytes) noexcept {
        duration const wait = std::max(free_at_ - now, duration{});
        auto const rate = static_cast<std::int64_t>(door.bytes_per_second);
        std::int64_t const waiting = wait.count() * rate / ticks_per_second;
        bool const fits = waiting + static_cast<std::int64_t>(bytes) <=
                          static_cast<std::int64_t>(door.queue_bytes_max);
        if (waiting > 0 && !fits) return std::nullopt;
        duration const own{static_cast<std::int64_t>(bytes) * ticks_per_second / rate};
        free_at_ = now + wait + own;
        return wait + own;
    }

private:
    static constexpr std::int64_t ticks_per_second = duration{seconds{1}}.count();

    instant free_at_{};
};

} // namespace dht::inline DHT_ABI::sim

#endif
