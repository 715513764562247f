#ifndef DHT_ENGINE_BEGIN_HPP
#define DHT_ENGINE_BEGIN_HPP

#include <dht/engine/provision.hpp>

/// How operations begin, whoever wants them: users, or extensions. All return the null id when
/// operations_max is reached. Those that are one question end here as well.
namespace dht::inline DHT_ABI::engine {

/// An operation with a bound on its time.
template <class Set>
operation_id new_operation(core<Set>& c, lookups<Set>& all, operation_kind kind,
                           operation_owner owner) {
    operation_id const id = all.operations.start(kind, owner, c.at.now,
                                                 c.limits.operation_peers_max, c.draw_hash_key());
    if (id)
        c.wakes.set(c.at.now + c.limits.operation_time_max, wake_reason::operation, subject_of(id));
    else
        c.limit_met(event::limit::operations);
    return id;
}

/// An operation that could never work: its outcome says so.
template <class Set>
operation_id refuse_operation(core<Set>& c, lookups<Set>& all, operation_kind kind,
                              operation_owner owner = {}) {
    operation_id const id = new_operation(c, all, kind, owner);
    if (id) all.finish(c, id, errc::invalid_argument);
    return id;
}

/// One lookup per local address; those of one family are spaced (BEP 45).
template <class Set>
void look_up(core<Set>& c, lookups<Set>& all, operation_id id, lookup_plan plan) {
    operation& o = *all.operations.find(id);
    make_room(c, all, o);
    o.lookups = o.searching = 1; // holds it together until all have started
    if (c.identities.empty()) o.error = errc::no_contacts;
    plan.operation = id;
    std::array<int, 2> of_family{};
    for (std::size_t i = 0; i < c.identities.size(); ++i) {
        plan.via = static_cast<via_index>(i);
        int& before = of_family[static_cast<std::size_t>(c.identities[i].ip_family())];
        plan.starts_at = c.at.now + before++ * c.limits.lookup_spacing;
        if (!all.start(c, plan)) o.error = errc::limit_reached;
    }
    --o.searching;
    all.all_started(c, id);
}

/// To the first local address of the endpoint's family.
template <class Set>
errc ask_once(core<Set>& c, operation_id id, endpoint const& to, std::string_view method,
              krpc::arguments const& arguments) {
    for (std::size_t i = 0; i < c.identities.size(); ++i) {
        if (c.identities[i].ip_family() != to.ip.ip_family()) continue;
        question const q{static_cast<via_index>(i), to, std::nullopt, event::purpose::ping,
                         subject_of(id)};
        auto const sent = c.ask(q, method, arguments);
        return sent ? errc::ok : sent.error();
    }
    return errc::invalid_argument;
}

template <class Set>
operation_id begin_question(core<Set>& c, lookups<Set>& all, operation_kind kind,
                            endpoint const& to, std::string_view method,
                            krpc::arguments const& arguments) {
    operation_id const id = new_operation(c, all, kind, {});
    if (!id) return id;
    errc const error = ask_once(c, id, to, method, arguments);
    if (error != errc::ok) all.finish(c, id, error);
    return id;
}

/// What became of it.
template <class Set>
void conclude_question(core<Set>& c, lookups<Set>& all, transaction const& t,
                       krpc::reply const* reply, errc error, std::int32_t code) {
    operation_id const id = named_by<operation_tag>(t.owner);
    operation* const o = all.operations.find(id);
    if (o == nullptr) return;
    o->asked = 1;
    o->remote_error = code;
    if (reply != nullptr) {
        o->replied = 1;
        if (o->kind == operation_kind::sample)
            take_sample(*o, *reply);
        else
            o->nodes.push_back({reply->sender, t.to});
    }
    all.finish(c, id, error);
}

template <class Set>
operation_id begin_find_node(core<Set>& c, lookups<Set>& all, key160 const& target) {
    operation_id const id = new_operation(c, all, operation_kind::find_node, {});
    lookup_plan plan;
    plan.target = target;
    if (id) look_up(c, all, id, plan);
    return id;
}

template <class Set>
operation_id begin_operation(core<Set>& c, lookups<Set>& all, find_peers_wish const& w,
                             operation_owner owner) {
    operation_id const id = new_operation(c, all, operation_kind::find_peers, owner);
    if (!id) return id;
    if (w.options.scrape) all.operations.find(id)->swarm.emplace();
    lookup_plan plan;
    plan.target = w.hash;
    plan.asks = lookup_asks::get_peers;
    plan.noseed = w.options.noseed;
    plan.scrape = w.options.scrape;
    look_up(c, all, id, plan);
    return id;
}

template <class Set>
operation_id begin_operation(core<Set>& c, lookups<Set>& all, announce_wish const& w,
                             operation_owner owner) {
    if (w.options.port == 0 && !w.options.implied_port)
        return refuse_operation(c, all, operation_kind::announce, owner);
    operation_id const id = new_operation(c, all, operation_kind::announce, owner);
    if (!id) return id;
    all.operations.find(id)->announce = w.options;
    lookup_plan plan;
    plan.target = w.hash;
    plan.asks = lookup_asks::get_peers;
    plan.stores = lookup_stores::peer;
    look_up(c, all, id, plan);
    return id;
}

/// What we keep for others is as good an answer as theirs.
template <class Set>
void look_at_home(core<Set>& c, item_work& w, key160 const& key) {
    auto const kept = c.template policy<slots::item_store>().get(c.at.now, item_key{key});
    if (kept && is_wanted(w, *kept)) keep_if_better(w, *kept);
}

template <class Set>
operation_id begin_operation(core<Set>& c, lookups<Set>& all, get_wish const& w,
                             operation_owner owner) {
    operation_id const id = new_operation(c, all, operation_kind::get, owner);
    if (!id) return id;
    operation& o = *all.operations.find(id);
    o.item = item_work{w};
    lookup_plan plan;
    plan.target = w.k ? mutable_item_key(*w.k, o.item->salt()) : w.key;
    plan.asks = lookup_asks::get_item;
    plan.stores = w.options.repair && w.k ? lookup_stores::repairs : lookup_stores::nothing;
    if (w.k && !w.options.repair) plan.newer_than = w.options.newer_than;
    look_at_home(c, *o.item, plan.target);
    if (o.item->found) all.operations.has_news(id);
    look_up(c, all, id, plan);
    return id;
}

/// Looks up what nodes have, for their tokens and the highest seq, and stores `w`. With `signer` it
/// is signed in between; without it, it has to be valid as it is.
template <class Set>
operation_id begin_operation(core<Set>& c, lookups<Set>& all, put_wish const& w,
                             operation_owner owner,
                             std::optional<ed25519_key_pair> const& signer = {}) {
    bool const possible =
        signer ? w.item.v.size() <= krpc::item_value_bytes_max && bencode::is_canonical(w.item.v)
               : w.item.valid();
    if (!possible) return refuse_operation(c, all, operation_kind::put, owner);
    operation_id const id = new_operation(c, all, operation_kind::put, owner);
    if (!id) return id;
    operation& o = *all.operations.find(id);
    get_wish const present{w.item.key(), w.item.k, w.item.salt, {}};
    o.item = item_work{present, {}, w.item, w.options, signer};
    lookup_plan plan;
    plan.target = w.item.key();
    plan.asks = lookup_asks::get_item;
    plan.stores = lookup_stores::item;
    if (w.item.k) look_at_home(c, *o.item, plan.target);
    look_up(c, all, id, plan);
    return id;
}

} // namespace dht::inline DHT_ABI::engine

#endif
