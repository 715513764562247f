#ifndef DHT_ENGINE_OWN_ADDRESS_HPP
#define DHT_ENGINE_OWN_ADDRESS_HPP

#include <dht/engine/core.hpp>

namespace dht::inline DHT_ABI::engine {

/// Stores may prefer what is close to us, and extensions have tables of their own around us.
template <class Set>
void tell_own_ids(core<Set>& c) {
    static_vector<node_id, identities_max> ids;
    static_vector<own_node, identities_max> nodes;
    for (identity const& self : c.identities) {
        ids.push_back(self.id());
        nodes.push_back({{self.id(), self.local}, self.votes.winner()});
    }
    c.template policy<slots::peer_store>().own_ids(ids);
    c.template policy<slots::item_store>().own_ids(ids);
    c.policies.for_each([&](auto& p) {
        if constexpr (knows_own_nodes<std::remove_cvref_t<decltype(p)>>) p.own_nodes(nodes);
    });
}

/// One answer says where our question came from. When enough others agree and our id does not fit
/// that address, we take one that does (BEP 42).
template <class Set>
void take_vote(core<Set>& c, via_index via, endpoint const& from, endpoint const& claimed) {
    identity& self = c.identities[via];
    bool const local = c.local_network();
    if (claimed.ip.ip_family() != self.ip_family() || is_unroutable(claimed.ip)) return;
    if (!local && is_local(claimed.ip)) return;
    auto const winner =
        self.votes.cast(local ? from.ip : site_of(from.ip), claimed, c.limits.address_votes_min);
    if (!winner) return;
    c.publish(event::external_address_changed{c.at.now, via, *winner});
    auto& ids = c.template policy<slots::id_generator>();
    if (!ids.plausible(self.id(), winner->ip)) {
        node_id const before = self.id();
        self.table.change_own_id(ids.generate(winner->ip, c.random()));
        self.join_step = 0;
        c.publish(event::own_id_changed{c.at.now, via, before, self.id()});
        c.alarms.set(wake_reason::bootstrap, c.at.now);
    }
    tell_own_ids(c);
}

} // namespace dht::inline DHT_ABI::engine

#endif
