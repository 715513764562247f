#ifndef DHT_ENGINE_FINDINGS_HPP
#define DHT_ENGINE_FINDINGS_HPP

#include <dht/engine/lookup_run.hpp>

/// What an answer to a lookup brings: nodes, peers, filters, an item.
namespace dht::inline DHT_ABI::engine {

/// Hearsay may be older than a change of id, and bootstrap endpoints have no name before they
/// answer: who answers counts as who he says he is now. Whoever has addresses of one provider may
/// have many: the fifth of a /16 or /48 is as good as one whose id does not fit. He ends no lookup,
/// but hides nobody, and nobody hides him.
template <class Set, class Run>
void note_answer(core<Set>& c, Run& r, candidate& who, krpc::reply const& reply) {
    bool const is_second = r.list.has_deputy(who); // both were asked before either answered
    r.list.change(who, is_second ? candidate_state::failed : candidate_state::replied);
    who.plausible = c.plausible(reply.sender, who.at) &&
                    !r.list.crowds_provider(who, c.limits.contacts_per_provider);
    if (!reply.token.empty() && reply.token.size() <= who.token.capacity())
        who.token = static_vector<std::byte, 40>{reply.token};
    ++r.progress.replied;
    who.answer = ++r.answers;
    if (who.id != reply.sender && !r.list.rename(who, reply.sender))
        r.list.change(who, candidate_state::failed);
}

/// `path` is the one that the answer came on.
template <class Set, class Run>
void offer_nodes(core<Set>& c, Run& r, krpc::reply const& reply, unsigned path) {
    identity const& self = c.identities[r.plan.via];
    family const f = self.ip_family();
    compact::node_reader reader{f == family::ipv4 ? reply.nodes : reply.nodes6, f};
    while (auto const n = reader.next()) {
        if (n->id == self.id() || r.plan.shuns(n->id) || !c.allows(n->at, address_use::talk) ||
            self.avoid.holds(n->at, c.at.now))
            continue;
        contact const stranger{n->id, n->at};
        candidate told{n->id, n->at, candidate_state::fresh, c.plausible(n->id, n->at)};
        told.cost_ms = c.cost_of(stranger);
        told.source = r.answers;
        told.named_on = static_cast<std::uint16_t>(1U << path);
        r.list.offer(told);
    }
}

/// True: the operation has news.
template <class Set, class Run>
bool take_peers(core<Set>& c, Run const& r, operation& o, krpc::reply const& reply) {
    compact::peer_reader reader{reply.values, c.identities[r.plan.via].ip_family()};
    std::size_t const before = o.peers.all().size();
    while (auto const peer = reader.next()) {
        if (is_martian(*peer) ||
            !c.template policy<slots::address_filter>().allows(*peer, address_use::talk))
            continue;
        if (!o.peers.add(*peer)) {
            c.limit_met(event::limit::operation_peers);
            break;
        }
    }
    return o.peers.all().size() > before;
}

/// BEP 33: filters of all nodes are united, so that nobody counts twice.
inline void take_filters(operation& o, krpc::reply const& reply) noexcept {
    if (!o.swarm || (reply.filter_seeds.empty() && reply.filter_peers.empty())) return;
    o.swarm->heard = true;
    o.swarm->seeds.unite(bloom_filter{reply.filter_seeds});
    o.swarm->leeches.unite(bloom_filter{reply.filter_peers});
}

/// Is this the item that was wanted? Strangers choose all of it: what is cheap is checked first,
/// and a signature that was checked before is not checked again.
inline bool is_wanted(item_work const& w, item_view const& offered) noexcept {
    if (offered.v.empty() || offered.v.size() > krpc::item_value_bytes_max) return false;
    if (!w.wanted.k) return immutable_item_key(offered.v) == w.wanted.key;
    if (w.found && w.found->seq == offered.seq && equal(byte_view{w.found->v}, offered.v) &&
        equal(byte_view{w.found->sig}, offered.sig))
        return true;
    return item_signature_valid(*w.wanted.k, w.salt(), offered.seq, offered.v, offered.sig);
}

/// Keeps the item if it is better than what was found. True: it is.
inline bool keep_if_better(item_work& w, item_view const& valid) {
    if (w.found && (!w.wanted.k || w.found->seq >= valid.seq)) return false;
    item_view whole = valid;
    whole.k = w.wanted.k ? byte_view{*w.wanted.k} : byte_view{};
    whole.salt = w.salt();
    w.found = to_item(whole, std::move(w.found ? w.found->v : w.memory));
    return true;
}

/// True: the operation has news.
inline bool take_item(operation& o, candidate* who, krpc::reply const& reply) {
    item_work& w = *o.item;
    item_view const offered{reply.v, reply.k, reply.sig, {}, reply.seq.value_or(0), {}};
    if (!is_wanted(w, offered)) return false;
    if (who != nullptr) who->holds = offered.seq;
    return keep_if_better(w, offered);
}

/// What one node said to sample_infohashes (BEP 51).
inline void take_sample(operation& o, krpc::reply const& reply) {
    key_sample s;
    for (byte_view rest = reply.samples; rest.size() >= info_hash::size_bytes;
         rest = rest.subspan(info_hash::size_bytes))
        s.hashes.push_back(to_info_hash(key160::from(rest.first(info_hash::size_bytes))));
    s.interval = seconds{reply.interval_s};
    s.num = reply.num;
    s.supported = reply.has_samples;
    o.sample = std::move(s);
    for (auto const& [nodes, f] :
         {std::pair{reply.nodes, family::ipv4}, std::pair{reply.nodes6, family::ipv6}}) {
        compact::node_reader reader{nodes, f};
        while (auto const n = reader.next())
            o.nodes.push_back(*n);
    }
}

/// The lookups of several addresses find the same nodes: closest first, each once.
inline void add_sorted(std::vector<node_contact>& nodes, node_contact const& n,
                       key160 const& target) {
    auto at = nodes.begin();
    while (at != nodes.end() && closer(at->id, n.id, target))
        ++at;
    for (auto same = at; same != nodes.end() && same->id == n.id; ++same)
        if (same->at == n.at) return;
    nodes.insert(at, n);
}

/// What a lookup that ends leaves to its operation.
template <class Run>
void gather(Run const& r, std::size_t results, operation& o) {
    o.asked += r.progress.asked;
    o.replied += r.progress.replied;
    if (r.plan.mirrored != 0) return; // it found the closest to something else
    std::size_t taken = 0;
    for (candidate const& k : r.list.candidates())
        if (k.state == candidate_state::replied && taken++ < results)
            add_sorted(o.nodes, {to_node_id(k.id), k.at}, r.plan.target);
}

} // namespace dht::inline DHT_ABI::engine

#endif
