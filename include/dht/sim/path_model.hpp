#ifndef DHT_SIM_PATH_MODEL_HPP
#define DHT_SIM_PATH_MODEL_HPP

#include <dht/sim/placement.hpp>

#include <cmath>

/// Lookups over disjoint paths among adversaries, as S/Kademlia (Baumgart and Mies 2007, section 5)
/// simulated them: ids and tables only, no messages and no time. A check for experiments in whole
/// worlds, not a substitute.
namespace dht::inline DHT_ABI::sim {

/// The share of lookups of which at least one path meets no adversary, when hops[i] is the share of
/// paths that ask i nodes, and paths are independent.
inline double disjoint_paths_success(std::vector<double> const& hops, double adversaries,
                                     unsigned paths) {
    double sum = 0;
    double clean = 1; // (1 - a)^i
    for (double const share : hops) {
        sum += share * (1 - std::pow(1 - clean, paths));
        clean *= 1 - adversaries;
    }
    return sum;
}

/// A network that stands still: the tables of all nodes are full and right, and adversaries are in
/// them in proportion.
class path_model {
public:
    struct plan {
        std::uint32_t nodes = 10'000;
        std::uint32_t k = 16;        ///< per bucket, and per answer
        std::uint32_t siblings = 16; ///< closest nodes, all of which each node knows
    };

    struct result {
        double success = 0;         ///< share of the lookups
        double asked = 0;           ///< nodes per lookup
        std::vector<double> hops{}; ///< hops[i]: share of the clean paths that asked i nodes
    };

    path_model(plan const& p, std::uint64_t seed) : plan_{p}, chance_{seed} {
        for (std::uint32_t i = 0; i < p.nodes; ++i)
            peers_.push_back({random_key(chance_)});
        std::sort(peers_.begin(), peers_.end(),
                  [](peer const& a, peer const& b) { return a.id < b.id; });
        for (std::uint32_t i = 0; i < p.nodes; ++i)
            peers_[i].place = i;
        for (peer& each : peers_) {
            each.table = table_of(each);
            each.villainy = static_cast<double>(chance_.next() >> 11U) * 0x1p-53;
        }
    }

    /// Lookups of random keys by random honest nodes, of which a share is adversaries.
    result run(unsigned lookups, unsigned paths, double adversaries) {
        result all;
        all.hops.resize(hops_max);
        double clean = 0;
        for (unsigned i = 0; i < lookups; ++i) {
            std::vector<path> const walked = lookup(paths, adversaries);
            double found = 0;
            for (path const& p : walked) {
                all.asked += p.asked;
                if (p.at != path::end::goal) continue;
                ++all.hops[std::min(p.asked, hops_max - 1)];
                ++found;
            }
            clean += found;
            all.success += found > 0 ? 1 : 0;
        }
        all.success /= lookups;
        all.asked /= lookups;
        for (double& share : all.hops)
            share /= clean;
        return all;
    }

private:
    static constexpr unsigned hops_max = 64;

    using places = std::vector<std::uint32_t>;

    struct peer {
        key160 id;
        std::uint32_t place = 0;
        double villainy = 0; ///< an adversary, if that is below their share
        places table{};
    };

    struct path {
        enum class end : std::uint8_t { none, goal, lost };

        places candidates{}; ///< closest first
        unsigned asked = 0;
        end at = end::none;
    };

    // -- tables

    places table_of(peer const& owner) {
        places table;
        for (peer const& p : closest_of(
                 std::span<peer const>{peers_}, owner.id, plan_.siblings + 1,
                 [](peer const& p) { return p.id; },
                 [&](peer const& p) { return p.place != owner.place; }))
            table.push_back(p.place);
        std::span<peer const> rest = peers_;
        for (std::size_t bit = 0; rest.size() > 1; ++bit) {
            auto const middle = std::partition_point(
                rest.begin(), rest.end(), [bit](peer const& p) { return !p.id.bit(bit); });
            auto const zeros = static_cast<std::size_t>(middle - rest.begin());
            bool const one = owner.id.bit(bit);
            add_some(table, one ? rest.first(zeros) : rest.subspan(zeros));
            rest = one ? rest.subspan(zeros) : rest.first(zeros);
        }
        return table;
    }

    /// A bucket: k of these at random, or all.
    void add_some(places& table, std::span<peer const> bucket) {
        bool const all = bucket.size() <= plan_.k;
        std::size_t const wanted = all ? bucket.size() : plan_.k;
        places chosen;
        while (chosen.size() < wanted)
            add(chosen, bucket[all ? chosen.size() : below(chance_, bucket.size())].place);
        for (std::uint32_t const place : chosen)
            add(table, place);
    }

    static bool contains(places const& all, std::uint32_t one) noexcept {
        return std::find(all.begin(), all.end(), one) != all.end();
    }

    static void add(places& all, std::uint32_t one) {
        if (!contains(all, one)) all.push_back(one);
    }

    /// The k of a node's table that are closest to the target.
    [[nodiscard]] places answer(std::uint32_t who, key160 const& target) const {
        places all = peers_[who].table;
        shorten(all, target);
        return all;
    }

    void shorten(places& candidates, key160 const& target) const {
        std::size_t const count = std::min<std::size_t>(plan_.k, candidates.size());
        auto const middle = candidates.begin() + static_cast<std::ptrdiff_t>(count);
        std::partial_sort(candidates.begin(), middle, candidates.end(),
                          [&](std::uint32_t a, std::uint32_t b) {
                              return closer(peers_[a].id, peers_[b].id, target);
                          });
        candidates.resize(count);
    }

    // -- lookups

    /// One lookup while it goes on.
    struct search {
        key160 target;
        std::uint32_t goal; ///< closest of all to the target
        double adversaries;
        places used{}; ///< by whichever path
    };

    std::vector<path> lookup(unsigned paths, double adversaries) {
        search s{random_key(chance_), 0, adversaries};
        s.goal = closest_of(
                     std::span<peer const>{peers_}, s.target, 1, [](peer const& p) { return p.id; },
                     [](peer const&) { return true; })
                     .front()
                     .place;
        std::uint32_t const origin = honest_node(adversaries);
        s.used.push_back(origin);
        std::vector<path> all(paths);
        begin(all, answer(origin, s.target), s);
        while (std::any_of(all.begin(), all.end(),
                           [](path const& p) { return p.at == path::end::none; }))
            for (path& p : all)
                if (p.at == path::end::none) step(p, s);
        return all;
    }

    std::uint32_t honest_node(double adversaries) {
        for (;;) {
            auto const place = static_cast<std::uint32_t>(below(chance_, peers_.size()));
            if (peers_[place].villainy >= adversaries) return place;
        }
    }

    /// Deals what the origin knows out to the paths.
    static void begin(std::vector<path>& all, places const& known, search const& s) {
        for (path& p : all)
            p.at = contains(known, s.goal) ? path::end::goal : path::end::none;
        for (std::size_t i = 0; i < known.size(); ++i)
            all[i % all.size()].candidates.push_back(known[i]);
    }

    /// Asks the closest candidate that no path has asked.
    void step(path& p, search& s) const {
        auto const next = std::find_if(p.candidates.begin(), p.candidates.end(),
                                       [&](std::uint32_t c) { return !contains(s.used, c); });
        p.at = path::end::lost;
        if (next == p.candidates.end()) return;
        std::uint32_t const asked = *next;
        s.used.push_back(asked);
        ++p.asked;
        if (peers_[asked].villainy < s.adversaries) return;
        places const named = answer(asked, s.target);
        p.at = contains(named, s.goal) ? path::end::goal : path::end::none;
        for (std::uint32_t const n : named)
            add(p.candidates, n);
        shorten(p.candidates, s.target);
    }

    plan plan_;
    seeded_random chance_;
    std::vector<peer> peers_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
