#ifndef DHT_SIM_PATH_MODEL_HPP
#define DHT_SIM_PATH_MODEL_HPP

#include <dht/kad/closest.hpp>
#include <dht/kad/lookup.hpp>
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

/// Whom adversaries name who are asked for a key: members that are closer to it than themselves, or
/// others where they are not.
enum class liars : std::uint8_t {
    name_closest,  ///< the closest of them (A-SK)
    name_new,      ///< the closest that they did not name in that lookup (A-SKs)
    name_anywhere, ///< any of those, as widely spread as the answers of honest nodes
    name_falsely,  ///< the closest honest nodes, each at an endpoint of its own where nobody is
};

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
            share /= std::max(clean, 1.0);
        return all;
    }

    struct walk {
        double success = 0; ///< share of the lookups
        double asked = 0;   ///< nodes per lookup, until the goal was named or it ended
    };

    /// Lookups by a policy of slot lookup_strategy. One succeeds when an honest node names the
    /// goal; it ends without when the strategy ends it, or after so many questions. `results` is
    /// what the strategy takes for enough answers.
    template <class Strategy>
    walk run(Strategy const& strategy, unsigned lookups, double adversaries, liars how,
             unsigned questions_max, unsigned results) {
        walk all;
        for (unsigned i = 0; i < lookups; ++i) {
            journey j{random_key(chance_)};
            j.adversaries = adversaries;
            j.how = how;
            j.goal = goal_of(j.target);
            auto const [found, asked] = travel(strategy, j, questions_max, results);
            all.success += found ? 1 : 0;
            all.asked += asked;
        }
        all.success /= lookups;
        all.asked /= lookups;
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
        shorten(all, target, plan_.k);
        return all;
    }

    void shorten(places& candidates, key160 const& target, std::size_t most) const {
        std::size_t const count = std::min(most, candidates.size());
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
        s.goal = goal_of(s.target);
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

    [[nodiscard]] std::uint32_t goal_of(key160 const& target) const {
        return closest_of(
                   std::span<peer const>{peers_}, target, 1, [](peer const& p) { return p.id; },
                   [](peer const&) { return true; })
            .front()
            .place;
    }

    std::uint32_t honest_node(double adversaries) {
        DHT_ASSERT(adversaries < 1);
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
        shorten(p.candidates, s.target, plan_.k);
    }

    // -- lookups by a strategy

    static constexpr std::size_t first_candidates = 64;
    static constexpr std::size_t candidates_max = 1'024;

    /// One lookup by a strategy.
    struct journey {
        key160 target;
        std::uint32_t goal = 0;
        double adversaries = 0;
        liars how = liars::name_closest;
        places told{};                ///< by liars
        std::uint16_t falsehoods = 0; ///< answers with false endpoints
    };

    static constexpr std::uint16_t true_port = 6'881;

    static endpoint door_of(std::uint32_t place) noexcept {
        return {address::v4(0x01000000U + place), true_port};
    }

    static bool is_false(endpoint const& e) noexcept { return e.port != true_port; }

    static std::uint32_t place_at(endpoint const& e) noexcept {
        return e.ip.v4_value() - 0x01000000U;
    }

    /// Falsely, if that has a number: at endpoints that are that answer's own.
    void offer(shortlist& list, places const& named, candidate const* by,
               std::uint16_t falsehood = 0) const {
        candidate c;
        c.plausible = true;
        c.source = by == nullptr ? std::uint16_t{0} : by->answer;
        c.named_on = static_cast<std::uint16_t>(by == nullptr ? 0U : 1U << by->path);
        std::uint16_t dealt = 1;
        for (std::uint32_t const place : named) {
            c.id = peers_[place].id;
            c.at = door_of(place);
            c.at.port = static_cast<std::uint16_t>(true_port + falsehood);
            if (by == nullptr) c.named_on = std::rotl(dealt, static_cast<int>(place % 16));
            list.offer(c);
        }
    }

    /// Was the goal named by somebody honest, and how many were asked?
    template <class Strategy>
    std::pair<bool, unsigned> travel(Strategy const& strategy, journey& j, unsigned questions_max,
                                     unsigned results) {
        std::uint32_t const origin = honest_node(j.adversaries);
        places known = peers_[origin].table;
        if (contains(known, j.goal)) return {true, 0};
        shorten(known, j.target, first_candidates);
        shortlist list{j.target, candidates_max, false};
        offer(list, known, nullptr);
        typename Strategy::state state{};
        key160 reach{}; // within it stand `results` nodes, on average
        store_big_endian(reach.bytes.data(), ~std::uint64_t{0} / plan_.nodes * results);
        for (unsigned asked = 0; asked < questions_max; ++asked) {
            lookup_view const view{j.target, list.candidates(), 1, 0, results, ~0U, reach};
            lookup_step const step = strategy.next(state, view, times{}, chance_);
            if (step.what != lookup_step::kind::ask) return {false, asked};
            candidate& who = list.at(step.position);
            bool const unasked = list.has_deputy(who);
            if (unasked || is_false(who.at)) {
                if (unasked) --asked;
                list.change(who, candidate_state::failed);
                continue;
            }
            who.path = step.path;
            who.answer = static_cast<std::uint16_t>(asked + 1);
            list.change(who, candidate_state::replied);
            std::uint32_t const place = place_at(who.at);
            bool const liar = peers_[place].villainy < j.adversaries;
            places const named = liar ? lies(place, j) : answer(place, j.target);
            if (!liar && contains(named, j.goal)) return {true, asked + 1};
            candidate const by = who;
            std::erase(known = named, origin);
            bool const falsely = liar && j.how == liars::name_falsely;
            offer(list, known, &by, falsely ? ++j.falsehoods : std::uint16_t{0});
        }
        return {false, questions_max};
    }

    [[nodiscard]] places lies(std::uint32_t who, journey& j) {
        places found;
        auto const id_at = [&](std::size_t at) -> key160 const& { return peers_[at].id; };
        bool const falsely = j.how == liars::name_falsely;
        auto const may_name = [&](std::size_t at) {
            auto const place = static_cast<std::uint32_t>(at);
            bool const member = peers_[at].villainy < j.adversaries;
            bool const repeats = j.how == liars::name_closest || falsely;
            return member != falsely && place != who && (repeats || !contains(j.told, place));
        };
        visit_closest(0, peers_.size(), j.target, id_at, [&](std::size_t at) {
            if (!falsely && !closer(peers_[at].id, peers_[who].id, j.target)) return false;
            if (may_name(at)) found.push_back(static_cast<std::uint32_t>(at));
            return j.how == liars::name_anywhere || found.size() < plan_.k;
        });
        if (j.how == liars::name_anywhere)
            for (std::size_t i = 0; i < found.size(); ++i)
                std::swap(found[i], found[i + below(chance_, found.size() - i)]);
        found.resize(std::min<std::size_t>(found.size(), plan_.k));
        j.told.insert(j.told.end(), found.begin(), found.end());
        return found;
    }

    plan plan_;
    seeded_random chance_;
    std::vector<peer> peers_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
