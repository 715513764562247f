#ifndef DHT_ENGINE_PROVISION_HPP
#define DHT_ENGINE_PROVISION_HPP

#include <dht/engine/lookups.hpp>

/// What a lookup may need of the heap on its way is taken when its operation begins: from there to
/// the outcome nothing is allocated, as long as what waits to be sent is sent after each step.
/// (Beyond peers_at_start peers an operation does, each time that their number has doubled, and
/// when it goes on to the mirrors of a crowded key; and what a lookup teaches the spares of a table
/// is bounded by their buckets alone.)
namespace dht::inline DHT_ABI::engine {

namespace detail {

/// For all lookups under way and one more on each address.
template <class Set>
void make_room_for_lookups(core<Set>& c, lookups<Set> const& all) {
    settings const& s = c.limits;
    std::size_t const lookups = all.under_way() + c.identities.size();
    std::size_t const questions = std::min(s.candidates_max, s.lookup_questions_max);
    std::size_t const open = c.open.make_room(lookups * questions + s.upkeep_questions_max);
    c.wakes.reserve(open + lookups + all.operations.size());
    c.upkeep_open.reserve(s.upkeep_questions_max);
    for (identity& i : c.identities)
        i.make_room(lookups * s.lookup_questions_max);
}

/// For the messages that one of them sends at once.
template <class Set>
void make_room_to_send(core<Set>& c, operation const& o) {
    constexpr std::size_t question_bytes = 400; // get_peers, announce_peer, with a signature
    auto& out = c.template policy<slots::transport>();
    if constexpr (requires { out.make_room(1, 1); })
        out.make_room(c.limits.store_nodes_max,
                      o.item ? c.limits.item_datagram_bytes_max : question_bytes);
}

/// For what it finds.
template <class Set>
void make_room_for_findings(core<Set> const& c, operation& o) {
    o.nodes.reserve(c.limits.results * c.identities.size());
    if (o.kind == operation_kind::find_peers || o.kind == operation_kind::announce)
        o.peers.reserve(c.limits.peers_at_start);
    if (o.kind != operation_kind::find_node) o.errors.reserve(operation::codes_max);
    if (item_work* const w = o.item ? &*o.item : nullptr)
        (w->found ? w->found->v : w->memory).reserve(krpc::item_value_bytes_max);
}

} // namespace detail

template <class Set>
void make_room(core<Set>& c, lookups<Set> const& all, operation& o) {
    detail::make_room_for_lookups(c, all);
    detail::make_room_to_send(c, o);
    detail::make_room_for_findings(c, o);
}

} // namespace dht::inline DHT_ABI::engine

#endif
