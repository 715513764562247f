#ifndef DHT_ENGINE_LOOKUP_QUESTIONS_HPP
#define DHT_ENGINE_LOOKUP_QUESTIONS_HPP

#include <dht/engine/storing.hpp>

/// What a lookup asks, and whom it asks to store.
namespace dht::inline DHT_ABI::engine {

template <class Set, class Run>
auto put_question(core<Set>& c, Run const& r, question const& q, key160 const& target) {
    krpc::want const wants = c.wants(r.plan.via);
    bool const for_mirror = r.plan.mirrored != 0 && r.in == Run::phase::searching;
    if (r.plan.asks == lookup_asks::find_node || for_mirror)
        return c.ask(q, "find_node", krpc::find_node{target, wants});
    if (r.plan.asks == lookup_asks::get_peers)
        return c.ask(q, "get_peers",
                     krpc::get_peers{to_info_hash(target), wants, r.plan.noseed, r.plan.scrape});
    return c.ask(q, "get", krpc::get_item{target, r.plan.newer_than, wants});
}

/// One who was asked before, for what he has and for a token.
template <class Set, class Run>
auto ask_for_key(core<Set>& c, Run const& r, candidate const& who, timer_subject owner) {
    question const q{r.plan.via, who.at, to_node_id(who.id), event::purpose::lookup, owner};
    return put_question(c, r, q, r.plan.key());
}

template <class Set>
auto ask_to_put(core<Set>& c, question const& q, item_work const& w, candidate const& who) {
    dht::item const& what = w.given.v.empty() ? *w.found : w.given;
    krpc::put_item put = put_message(w, what, who);
    item_key const key = what.key();
    if (w.put.adds_target) put.target = key;
    return c.ask(q, "put", put);
}

template <class Set, class Run>
void retry_soon(core<Set>& c, Run& r, timer_subject owner) {
    if (!r.retry_set) c.wakes.set(c.at.now + milliseconds{250}, wake_reason::lookup_spacing, owner);
    r.retry_set = true;
}

// -- whom to ask to store

template <class Set, class Run>
store_rules rules_of(core<Set>& c, Run const& r) noexcept {
    return {c.limits.results, c.limits.store_nodes_max,
            c.local_network() ? 0U : c.limits.store_providers_min, r.reach, r.crowd};
}

template <class Set, class Run>
candidate const* next_to_store_of(core<Set>& c, Run const& r, operation const& o) noexcept {
    switch (r.plan.stores) {
    case lookup_stores::nothing:
        return nullptr;
    case lookup_stores::repairs:
        return o.item->found ? next_to_repair(r.list, o.item->found->seq) : nullptr;
    default:
        return next_to_store(r.list, rules_of(c, r));
    }
}

/// A search does not wait for everybody. What it found is stored at once, and on those who answer
/// later when they do. Late neighbours of a mirror would have to be asked for the key first.
template <class Set, class Run>
bool awaits_late(core<Set>& c, Run const& r) noexcept {
    bool const on_closest =
        r.plan.stores == lookup_stores::peer || r.plan.stores == lookup_stores::item;
    return on_closest && r.plan.mirrored == 0 && may_store_later(r.list, rules_of(c, r));
}

} // namespace dht::inline DHT_ABI::engine

#endif
