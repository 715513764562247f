#ifndef DHT_SIM_DISTURBANCE_HPP
#define DHT_SIM_DISTURBANCE_HPP

#include <dht/base/dense_map.hpp>
#include <dht/sim/clock.hpp>
#include <dht/sim/rule.hpp>
#include <dht/sim/sampling.hpp>

/// Rules that disturb by chance, after TigerBeetle's packet simulator. What they do depends on
/// their seed, the time and the ends of a datagram, and not on who asked before. They remember
/// nothing of single hosts or paths.
namespace dht::inline DHT_ABI::sim {

namespace detail {

inline duration exponential_time(dice& chance, duration mean) noexcept {
    double const ticks = exponential(chance) * static_cast<double>(mean.count());
    return duration{static_cast<duration::rep>(ticks)};
}

} // namespace detail

/// Each directed path between two addresses stalls now and then: what is sent meanwhile sets out
/// when that is over.
struct clogs {
    std::uint64_t seed = 0;
    duration every = minutes{10}; ///< a path begins to stall once in each such span, at any time
    duration mean = seconds{2};   ///< of exponential lengths, which are cut off at `every`

    verdict operator()(datagram const& d) const noexcept {
        std::int64_t const span = d.at.time_since_epoch() / every;
        duration const rest = std::max(rest_of(span - 1, d), rest_of(span, d));
        return rest > duration{} ? delay(rest) : pass();
    }

private:
    /// Of the one stall that begins in that span, seen from the datagram; not positive: none.
    [[nodiscard]] duration rest_of(std::int64_t span, datagram const& d) const noexcept {
        struct {
            address from;
            address to;
        } const path{d.from.ip, d.to.ip};

        dice chance{object_hash{}({seed, static_cast<std::uint64_t>(span)}, path)};
        instant const begin = instant{span * every} + chance.between({}, every - duration{1});
        duration const length = std::min(detail::exponential_time(chance, mean), every);
        return d.at < begin ? duration{} : begin + length - d.at;
    }
};

/// How a network falls apart.
enum class split : std::uint8_t {
    halves,   ///< each address is on either side with the same chance
    unevenly, ///< on one side with a chance that differs from time to time
    one,      ///< one address alone; needs a list of them
};

/// Whether what crosses a partition is lost both ways, or in one direction only.
enum class symmetry : std::uint8_t { both_ways, one_way };

struct partition_law {
    split how = split::halves;
    symmetry ways = symmetry::both_ways;
    duration mean_whole = minutes{10}; ///< of exponential times, on top of the least ones
    duration mean_parted = minutes{1};
    duration least_whole = seconds{10}; ///< stability: no state of the network is shorter
    duration least_parted = seconds{10};
};

/// The network falls apart and heals, again and again; it begins whole. Time must not go backwards.
class partitions {
public:
    /// `candidates`: whom split::one may isolate.
    partitions(std::uint64_t seed, partition_law const& law, std::vector<address> candidates = {})
        : law_{law},
          candidates_{std::move(candidates)},
          chance_{seed} {
        DHT_ASSERT(law.how != split::one || !candidates_.empty());
        until_ = world_begin + length();
    }

    verdict operator()(datagram const& d) noexcept {
        while (until_ <= d.at)
            change();
        if (!parted_) return pass();
        bool const from = inside(d.from.ip);
        bool const to = inside(d.to.ip);
        bool const lost = law_.ways == symmetry::one_way ? from && !to : from != to;
        return lost ? drop() : pass();
    }

private:
    duration length() noexcept {
        return parted_ ? law_.least_parted + detail::exponential_time(chance_, law_.mean_parted)
                       : law_.least_whole + detail::exponential_time(chance_, law_.mean_whole);
    }

    void change() noexcept {
        parted_ = !parted_;
        until_ += length();
        salt_ = chance_.next();
        share_ = law_.how == split::unevenly ? chance_.fraction() : 0.5;
    }

    [[nodiscard]] bool inside(address const& ip) const noexcept {
        if (law_.how == split::one) return ip == candidates_[salt_ % candidates_.size()];
        return dice{object_hash{}({salt_, 0}, ip)}.happens(share_);
    }

    partition_law law_;
    std::vector<address> candidates_;
    dice chance_;
    bool parted_ = false;
    instant until_{};
    std::uint64_t salt_ = 0; // of this partition
    double share_ = 0.5;     // of the addresses that are inside
};

} // namespace dht::inline DHT_ABI::sim

#endif
