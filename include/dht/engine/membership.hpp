#ifndef DHT_ENGINE_MEMBERSHIP_HPP
#define DHT_ENGINE_MEMBERSHIP_HPP

#include <dht/engine/core.hpp>

/// How routing tables learn: from questions others ask us, from answers, from hearsay, from
/// silence.
namespace dht::inline DHT_ABI::engine {

/// Does the query belong to the overlay of a topic, and is there anybody to whom topics mean
/// anything? "c" is an unknown key like any other to a node without such an extension.
template <class Set>
bool is_on_topic(core<Set>& c, krpc::query const& q) noexcept {
    bool any = false;
    c.policies.for_each(
        [&](auto& p) { any = any || keeps_topics<std::remove_cvref_t<decltype(p)>>; });
    return any && !q.topic.empty();
}

/// What the extensions that guard the table say; the strictest counts. Nobody enters by a message
/// that is not his.
template <class Set>
entry_verdict may_enter(core<Set>& c, contact const& newcomer, auth_verdict const& auth) noexcept {
    if (auth.what == auth_verdict::kind::bad) return entry_verdict::no;
    entry_verdict verdict = entry_verdict::yes;
    c.policies.for_each([&](auto& p) {
        using policy_type = std::remove_cvref_t<decltype(p)>;
        entry_verdict v = entry_verdict::yes;
        if constexpr (guards_table_by_signer<policy_type>)
            v = p.may_enter(c.at, newcomer, auth);
        else if constexpr (guards_table<policy_type>)
            v = p.may_enter(c.at, newcomer);
        if (v == entry_verdict::no || verdict == entry_verdict::yes) verdict = v;
    });
    return verdict;
}

/// Remembers somebody we have not asked, to be asked when there is room for him.
template <class Set>
void learn_of(core<Set>& c, via_index via, node_id const& id, endpoint const& where,
              coarse_time heard, auth_verdict const& auth = {}) {
    identity& self = c.identities[via];
    if (where.ip.ip_family() != self.ip_family() || !self.table.wants(id, heard)) return;
    if (!c.allows(where, address_use::keep)) return;
    if (self.avoid.holds(where, c.at.now) || self.table.holds(id)) return;
    contact newcomer{id, where};
    newcomer.plausible = c.plausible(id, where);
    newcomer.last_heard = heard;
    if (may_enter(c, newcomer, auth) == entry_verdict::no) return;
    if (self.table.suggest(newcomer) == placement::spare)
        c.alarms.set_if_earlier(wake_reason::verify_newcomer, c.at.now + milliseconds{500});
}

/// Somebody sent us a query. A known contact at its own endpoint is heard of; any other endpoint
/// with that id changes nothing, so nobody can take over an entry by asking.
template <class Set>
void learn_from_query(core<Set>& c, via_index via, node_id const& id, endpoint const& from,
                      auth_verdict const& auth) {
    coarse_time const now = coarse(c.at.now);
    bool const known = c.identities[via].table.update(id, [&](contact& k) {
        if (k.at == from) k.last_heard = now;
    });
    if (known) return;
    identity& self = c.identities[via];
    if (!self.changes_ids(from)) self.avoid.reprieve(from); // it was silent, and is no more
    learn_of(c, via, id, from, now, auth);
}

/// An endpoint has another id than it had. Once is no crime: ids change when the external address
/// becomes known (BEP 42). Twice within a quarter of an hour is a reflector or a collider: avoided.
template <class Set>
void note_id_change(core<Set>& c, via_index via, endpoint const& from) {
    identity& self = c.identities[via];
    if (self.changed_ids.holds(from, c.at.now))
        self.avoid.add(from, c.at.now);
    else
        self.changed_ids.forgive(from);
    self.changed_ids.add(from, c.at.now);
}

/// The entry at `from` goes if it has another id than the one that just answered there. An entry
/// from hearsay was wrong or old, which says nothing about who answered: liars could have honest
/// nodes avoided otherwise. Who had answered with that id himself restarted, is a reflector, or
/// collides with ids that others ask for.
template <class Set>
void drop_contradicted(core<Set>& c, via_index via, node_id const& id, endpoint const& from) {
    routing_table& table = c.identities[via].table;
    auto const known = table.find(from);
    if (!known || known->id == id) return;
    node_id const before = to_node_id(known->id);
    bool const verified = known->verified();
    bool const live = table.is_live(before);
    table.remove(before);
    if (live) c.publish(event::contact_removed{c.at.now, via, before, from});
    if (!verified) return;
    note_id_change(c, via, from);
    c.publish(event::id_mismatch{c.at.now, via, from, before, id});
}

/// A verified newcomer found its bucket full: the eviction policy decides.
template <class Set>
void contest_place(core<Set>& c, via_index via, contact const& newcomer) {
    routing_table& table = c.identities[via].table;
    eviction_verdict const verdict =
        c.template policy<slots::eviction>().judge(table, newcomer, contact_costs{c}, c.at);
    if (verdict.what == eviction_verdict::kind::keep || !verdict.whom) return;
    auto const loser = table.find(*verdict.whom);
    if (!loser) return;
    if (verdict.what == eviction_verdict::kind::replace) {
        if (!table.replace(loser->id, newcomer)) return;
        c.publish(event::contact_removed{c.at.now, via, to_node_id(loser->id), loser->at});
        c.publish(event::contact_added{c.at.now, via, to_node_id(newcomer.id), newcomer.at});
    } else if (c.upkeep_open.size() < c.limits.upkeep_questions_max) {
        question const q{via, loser->at,      to_node_id(loser->id), event::purpose::upkeep,
                         {},  traffic::upkeep};
        if (c.ask(q, "ping", krpc::ping{})) c.upkeep_open.push_back({via, loser->at});
    }
}

/// An extension wants another answer before the contact may enter: it waits as a newcomer, and is
/// forgotten when the extension has not made up its mind after three answers.
template <class Set>
void ask_once_more(core<Set>& c, routing_table& table, contact newcomer) {
    constexpr std::uint8_t answers_max = 3;
    newcomer.last_reply = coarse_time::unset;
    table.suggest(newcomer, seconds{1}); // it has answered: others are but strangers
    unsigned answers = 0;
    if (!table.update(newcomer.id, [&](contact& waiting) { answers = ++waiting.failures; })) return;
    if (answers > answers_max) return static_cast<void>(table.remove(newcomer.id));
    c.alarms.set_if_earlier(wake_reason::verify_newcomer, c.at.now + seconds{1});
}

/// Somebody answered a question of ours: the only way into a bucket.
template <class Set>
void learn_from_reply(core<Set>& c, via_index via, node_id const& id, endpoint const& from,
                      duration round_trip, auth_verdict const& auth) {
    identity& self = c.identities[via];
    self.lost.remove({id, from});
    drop_contradicted(c, via, id, from);
    // Who changed his id once may be avoided for a silence, and has answered now.
    if (self.avoid.holds(from, c.at.now) && self.changes_ids(from)) return;
    self.avoid.forgive(from);
    if (!c.allows(from, address_use::keep)) return;
    auto const known = self.table.find(id);
    if (known && known->verified() && known->at != from) return;
    bool const was_live = self.table.is_live(id);
    contact fresh = known && known->at == from ? *known : contact{id, from};
    fresh.plausible = c.plausible(id, from);
    fresh.failures = 0;
    fresh.last_reply = fresh.last_heard = coarse(c.at.now);
    fresh.measured(round_trip);
    if (!was_live) {
        entry_verdict const verdict = may_enter(c, fresh, auth);
        if (verdict == entry_verdict::no && known && known->at == from) self.table.remove(id);
        if (verdict == entry_verdict::ask_first) ask_once_more(c, self.table, fresh);
        if (verdict != entry_verdict::yes) return;
    }
    placement const where = self.table.confirm(fresh);
    if (where == placement::live && !was_live)
        c.publish(event::contact_added{c.at.now, via, id, from});
    if (where == placement::bucket_full) contest_place(c, via, fresh);
}

/// An error is an answer: who sends it is alive, although that proves no id. Somebody whom only
/// others told of is forgotten then, or he would be asked again and again.
template <class Set>
void learn_from_error(core<Set>& c, via_index via, endpoint const& from) {
    routing_table& table = c.identities[via].table;
    auto const known = table.find(from);
    if (!known) return;
    if (!known->verified()) return static_cast<void>(table.remove(known->id));
    table.update(known->id, [&](contact& alive) {
        alive.failures = 0;
        alive.last_reply = alive.last_heard = coarse(c.at.now);
    });
}

/// Nobody answered within the long time-out. Who has answered a later question meanwhile is there:
/// the datagram was lost. Who once answered there counts as silent whatever id was expected, and is
/// not avoided as long as he is a contact: lookups would pass by somebody who is in the table.
template <class Set>
void learn_from_silence(core<Set>& c, transaction const& t) {
    identity& self = c.identities[t.via];
    auto const known = self.table.find(t.to);
    if (!known || !(known->verified() || (t.expected && *t.expected == known->id))) {
        // Whom we only look for, now and then, is no worse than he was.
        bool const sought =
            t.why == event::purpose::upkeep && t.expected && self.lost.holds(*t.expected);
        if (!sought) self.avoid.add(t.to, c.at.now);
        return;
    }
    if (known->last_reply >= coarse(t.sent)) return;
    bool const was_live = self.table.is_live(known->id);
    if (!self.table.failed(known->id, c.limits.failures_max)) return;
    self.avoid.add(t.to, c.at.now);
    if (!was_live) return;
    self.lost.add({to_node_id(known->id), t.to}, c.at.now, c.random());
    c.publish(event::contact_removed{c.at.now, t.via, to_node_id(known->id), t.to});
}

/// Somebody was named whose site has a contact already: if he is there too, the site is crowded.
/// Four such questions a second and 65 at once, whatever names we are told, and never the half of
/// the questions that may be open.
template <class Set>
void look_for_crowd(core<Set>& c, via_index via, node_contact const& named) {
    identity& self = c.identities[via];
    instant& again = self.look_for_crowd_at;
    bool const busy = c.open.size() >= c.limits.transactions_max / 2;
    if (busy || c.at.now < again || !self.table.would_crowd({named.id, named.at})) return;
    if (self.avoid.holds(named.at, c.at.now)) return;
    again = std::max(again, c.at.now - seconds{16}) + milliseconds{250};
    static_cast<void>(c.ask({via, named.at, named.id, event::purpose::upkeep, {}, traffic::upkeep},
                            "ping", krpc::ping{}));
}

/// The nodes that an answer told of, for the tables of both families.
template <class Set>
void learn_from_hearsay(core<Set>& c, via_index via, krpc::reply const& r) {
    auto const pass_on = [&](byte_view nodes, family f) {
        compact::node_reader reader{nodes, f};
        while (auto const n = reader.next())
            for (std::size_t i = 0; i < c.identities.size(); ++i) {
                bool const learns = i == via || f != c.identities[via].ip_family();
                if (c.identities[i].ip_family() != f || !learns) continue;
                learn_of(c, static_cast<via_index>(i), n->id, n->at, coarse_time::unset);
                look_for_crowd(c, static_cast<via_index>(i), *n);
            }
    };
    pass_on(r.nodes, family::ipv4);
    pass_on(r.nodes6, family::ipv6);
}

} // namespace dht::inline DHT_ABI::engine

#endif
