#ifndef DHT_ENGINE_REPLIES_HPP
#define DHT_ENGINE_REPLIES_HPP

#include <dht/engine/membership.hpp>

/// How answers are made and sent: with the closest contacts, within the size that is allowed.
namespace dht::inline DHT_ABI::engine {

/// A query, where it came from and how to name it in the answer.
struct query_context {
    via_index via = 0;
    endpoint from;
    byte_view tid;
    krpc::query const& query;
    auth_verdict const& auth;
};

template <class Set>
byte_view version_of(core<Set> const& c) noexcept {
    return std::as_bytes(std::span<char const>{c.limits.version});
}

template <class Set>
void refuse_query(core<Set>& c, via_index via, endpoint const& to, byte_view tid,
                  krpc::error_code code, std::string_view text, raw_fields const& top = {}) {
    c.send(via, to, traffic::reply, [&](byte_span out) noexcept {
        return krpc::encode_error(out, tid, version_of(c), to, code, text, top);
    });
    c.publish(event::query_refused{c.at.now, via, to, code});
}

template <class Set>
void refuse_query(core<Set>& c, query_context const& q, krpc::error_code code,
                  std::string_view text) {
    refuse_query(c, q.via, q.from, q.tid, code, text);
}

using node_list = static_vector<node_contact, 16>;

/// The closest contacts of that family that have answered us and not failed since; not the asker.
template <class Set>
node_list closest_for(core<Set>& c, query_context const& q, key160 const& target, family f) {
    node_list nodes;
    for (std::size_t i = 0; i < c.identities.size(); ++i) {
        identity const& self = c.identities[f == q.from.ip.ip_family() ? q.via : i];
        if (self.ip_family() != f) continue;
        auto const found =
            self.table.closest_to(target, c.limits.reply_nodes, [&](contact const& k) {
                return k.failures == 0 && k.at != q.from && c.allows(k.at, address_use::hand_out);
            });
        for (contact const& k : found)
            nodes.push_back({to_node_id(k.id), k.at});
        break;
    }
    return nodes;
}

/// A reply that does not fit goes without some of its samples, then without the last of the longer
/// list. False: none is left.
inline bool drop_some(krpc::reply_parts& parts) noexcept {
    if (parts.samples && !parts.samples->empty()) {
        parts.samples = parts.samples->first(parts.samples->size() - 1);
        return true;
    }
    auto& longer = *(parts.nodes6 && (!parts.nodes || parts.nodes6->size() > parts.nodes->size())
                         ? &parts.nodes6
                         : &parts.nodes);
    if (!longer || longer->empty()) return false;
    longer = longer->first(longer->size() - 1);
    return true;
}

template <class Set>
void send_reply(core<Set>& c, via_index via, endpoint const& to, byte_view tid, event::method what,
                std::string_view method, krpc::reply_parts parts, raw_fields const& extra,
                byte_view topic = {}) {
    added_fields added = c.added_to({message_kind::reply, method, to});
    topic_field const field{topic};
    field.join(added.top);
    parts.tid = tid;
    parts.version = version_of(c);
    parts.sender = c.identities[via].id();
    parts.requester = to;
    auto const encode = [&](byte_span out) noexcept {
        std::size_t size = 0;
        do // values give way to what fits by themselves
            size = krpc::encode_reply(out, parts, extra.empty() ? added.body : extra, added.top);
        while (size == 0 && drop_some(parts));
        return size;
    };
    std::size_t const bytes =
        c.send(via, to, traffic::reply, encode, parts.v.empty() ? cargo::ordinary : cargo::item);
    if (bytes > 0)
        c.publish(
            event::query_answered{c.at.now, via, to, what, static_cast<std::uint32_t>(bytes)});
}

template <class Set>
void reply_to(core<Set>& c, query_context const& q, krpc::reply_parts const& parts) {
    send_reply(c, q.via, q.from, q.tid, static_cast<event::method>(q.query.args.index()),
               q.query.method, parts, {});
}

template <class Set>
void reply_with_nodes(core<Set>& c, query_context const& q, key160 const& target, krpc::want wants,
                      krpc::reply_parts parts) {
    bool const v4 = q.from.ip.is_v4();
    bool const n4 = wants.n4 || (!wants.n6 && v4);
    bool const n6 = wants.n6 || (!wants.n4 && !v4);
    node_list nodes;
    node_list nodes6;
    if (n4) nodes = closest_for(c, q, target, family::ipv4);
    if (n6) nodes6 = closest_for(c, q, target, family::ipv6);
    if (n4) parts.nodes = nodes;
    if (n6) parts.nodes6 = nodes6;
    reply_to(c, q, parts);
}

} // namespace dht::inline DHT_ABI::engine

#endif
