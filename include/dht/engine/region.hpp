#ifndef DHT_ENGINE_REGION_HPP
#define DHT_ENGINE_REGION_HPP

#include <dht/engine/arrival.hpp>

/// What is stored, and looked for, where Sybils are closest to the key: in its region, which is the
/// subtree of some hundred nodes around it. There are places that they do not hide. A mirror of the
/// key differs from it in the bit where the region begins, or one bit before: the closest to it are
/// on the other side. A lookup converges on them as on any others, if it asks nobody on the side of
/// the key, all of whom are equally far from the mirror. They are then asked for the key itself
/// (tokens are for one key), and stored on.
///
/// Who stores and who reads do not agree exactly on the size of the network, so their regions may
/// begin one bit apart: of two mirrors each, one at least is the same. A mirror that is crowded,
/// too, leads to a further one, so that whoever knows all this has to crowd around four mirrors as
/// well as around the key, and in front of all honest nodes there.
namespace dht::inline DHT_ABI::engine {

/// Lookups of the mirrors of a key.
using mirror_plans = static_vector<lookup_plan, 2>;

namespace detail {

inline void add_mirror(mirror_plans& all, lookup_plan const& of, unsigned bit) noexcept {
    lookup_plan plan = of;
    plan.target = of.key();
    plan.target.flip_bit(bit);
    plan.mirrored = static_cast<std::uint8_t>(bit + 1);
    plan.starts_at = {};
    all.push_back(plan);
}

} // namespace detail

/// How many bits all nodes of a region share with its key: as many as leave 16 to 32 times
/// `results` nodes, half of which are on the side of the mirror.
inline unsigned region_depth(double nodes, unsigned results) noexcept {
    unsigned depth = 0;
    for (; nodes >= 32.0 * results && depth < 64; nodes /= 2)
        ++depth;
    return depth;
}

/// Where to go from a crowded target: from the key to two mirrors, from each of these to one more.
inline mirror_plans mirrors_of(lookup_plan const& crowded, unsigned depth) noexcept {
    mirror_plans all;
    if (crowded.mirrored == 0) {
        detail::add_mirror(all, crowded, depth);
        if (depth > 0) detail::add_mirror(all, crowded, depth - 1);
        return all;
    }
    unsigned const bit = crowded.mirrored - 1U;
    bool const is_further_one = bit + 1 < depth;
    if (bit >= 2 && !is_further_one) detail::add_mirror(all, crowded, bit - 2);
    return all;
}

/// How many nodes should be so close to the target that all of them are asked, on average. Where
/// something is stored, half as many more as store it: that none of 12 is there happens to 6 in a
/// million keys, and that few is all that undetected Sybils in front of them may hide.
inline double nodes_in_reach(lookup_plan const& plan, unsigned results) noexcept {
    bool const is_kept_there = plan.asks != lookup_asks::find_node && plan.mirrored == 0;
    return is_kept_there ? 1.5 * results : results;
}

namespace detail {

/// Are less than half of those known who share exactly so many bits with the target?
inline bool is_thin(shortlist const& list, unsigned bits, double expected) noexcept {
    double known = 0;
    for (candidate const& k : list.candidates())
        if (k.state != candidate_state::failed && common_prefix_length(k.id, list.target()) == bits)
            ++known;
    return 2 * known < expected;
}

/// From position `from` on.
template <class Run>
candidate* next_beyond_reach(Run& r, std::size_t& from) noexcept {
    for (; from < r.list.candidates().size(); ++from) {
        candidate& k = r.list.at(from);
        bool const askable = k.state == candidate_state::replied ||
                             (k.state == candidate_state::fresh && k.cost_ms != cost_never);
        if (askable && !k.asked_behind && (k.id ^ r.plan.target) > r.reach) return &k;
    }
    return nullptr;
}

} // namespace detail

/// Is an answer about those behind expected?
inline bool is_looking_behind(shortlist const& list) noexcept {
    auto const all = list.candidates();
    return std::any_of(all.begin(), all.end(), [](candidate const& k) {
        return k.asked_behind && k.state == candidate_state::asked;
    });
}

/// Eight Sybils may not be too many, but end a lookup before it has asked those who know their
/// neighbours. Distances within reach are halved three times: where less than half of those are
/// known who should be in the further half, somebody beyond reach, where no Sybil has to be, is
/// asked for nodes there. Where there are far too many, there are the mirrors. True: somebody was
/// asked.
template <class Set, class Run>
bool ask_behind(core<Set>& c, Run& r, timer_subject owner) {
    constexpr unsigned looks_max = 3;
    constexpr unsigned halves = 3;
    bool const may_hide = r.plan.asks != lookup_asks::find_node && r.plan.mirrored == 0;
    if (!may_hide || r.reach == key160{} || r.looks_behind++ == looks_max) return false;
    size_estimate const& size = c.identities[r.plan.via].size;
    if (density_around(size, r).suspicious()) return false;
    std::uint32_t const asked_before = r.progress.asked;
    std::size_t at = 0;
    unsigned const first = common_prefix_length(r.reach, key160{});
    for (unsigned bit = first; bit < first + halves && bit < key160::bits; ++bit) {
        key160 width{};
        width.set_bit(bit, true);
        if (!detail::is_thin(r.list, bit, size.expected_within(width))) continue;
        candidate* const who = detail::next_beyond_reach(r, at);
        if (who == nullptr) break;
        question const q{r.plan.via, who->at, to_node_id(who->id), event::purpose::lookup, owner};
        if (!c.ask(q, "find_node", krpc::find_node{r.plan.target ^ width, c.wants(r.plan.via)}))
            break;
        r.list.change(*who, candidate_state::asked);
        who->asked_behind = true; // the next one will be another
        ++r.progress.asked;
    }
    return r.progress.asked != asked_before;
}

/// Is there something that may be hidden, and is it not found already?
inline bool is_worth_more(lookup_plan const& plan, operation const* o) noexcept {
    if (o == nullptr || plan.asks == lookup_asks::find_node) return false;
    bool const all_found = o->item && o->item->found && !o->item->wanted.k;
    return plan.stores != lookup_stores::nothing || !all_found;
}

/// Who has answered closest to a mirror and was not asked for the key yet; nullptr: nobody. Of the
/// implausible only those that are among the closest of all, as in storing. O(candidates).
inline candidate const* next_to_inquire(shortlist const& list, unsigned results) noexcept {
    unsigned rank = 0;
    unsigned closer = 0;
    for (candidate const& k : list.candidates()) {
        if (k.state != candidate_state::replied) continue;
        bool const among_closest = rank++ < results;
        if (!k.renewed && (k.plausible ? closer < results : among_closest)) return &k;
        closer += k.plausible && k.stores != store_state::refused ? 1U : 0U;
    }
    return nullptr;
}

} // namespace dht::inline DHT_ABI::engine

#endif
