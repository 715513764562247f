#ifndef DHT_ENGINE_REPLIES_HPP
#define DHT_ENGINE_REPLIES_HPP

#include <dht/engine/membership.hpp>
#include <dht/wire/krpc_usual_reply.hpp>

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
    c.send({via, to, message_kind::reply, tid}, traffic::reply, [&](byte_span out) noexcept {
        return krpc::encode_error(out, tid, version_of(c), to, code, text, top);
    });
    c.publish(event::query_refused{c.at.now, via, to, code});
}

template <class Set>
void refuse_query(core<Set>& c, query_context const& q, krpc::error_code code,
                  std::string_view text) {
    refuse_query(c, q.via, q.from, q.tid, code, text);
}

/// As many as settings.reply_nodes allows.
using node_list = compact::packed_nodes<16>;

/// Whose contacts of that family the asker is told of: of who was asked, or of our first identity
/// of the other family; null when there is none.
template <class Set>
identity const* identity_for(core<Set> const& c, query_context const& q, family f) noexcept {
    if (c.identities[q.via].ip_family() == f) return &c.identities[q.via];
    for (identity const& other : c.identities)
        if (other.ip_family() == f) return &other;
    return nullptr;
}

/// The closest contacts of family F that have answered us and not failed since; not the asker.
template <family F, class Set>
void find_closest(core<Set> const& c, query_context const& q, key160 const& target,
                  node_list& nodes) {
    std::size_t const wanted = c.limits.reply_nodes;
    identity const* const self = identity_for(c, q, F);
    if (self == nullptr || wanted == 0) return;
    // Whoever is in a table was no martian when he came, and not ourselves.
    auto const& filter = c.template policy<slots::address_filter>();
    auto const allowed = [&](endpoint const& e) {
        using filter_type = std::remove_cvref_t<decltype(filter)>;
        return hands_out_all_kept<filter_type> || filter.allows(e, address_use::hand_out);
    };
    auto const take = [&](sorted_contacts<key160::bits> const& live, std::size_t at) {
        if (live[at].failures != 0) return true;
        endpoint const where = live.template endpoint_of<F>(at);
        if (where != q.from && allowed(where)) nodes.push_back<F>(live[at].id, where);
        return nodes.size() < wanted;
    };
    self->table.visit_closest_to(target, wanted, take);
}

/// A reply that does not fit goes without some of its samples, then without the last of the longer
/// list. False: none is left.
inline bool drop_some(krpc::reply_parts& parts) noexcept {
    if (parts.samples && !parts.samples->hashes.empty()) {
        auto& hashes = parts.samples->hashes;
        hashes = hashes.first(hashes.size() - 1);
        return true;
    }
    bool const of_v6 = parts.nodes6 && (!parts.nodes || parts.nodes6->size() > parts.nodes->size());
    auto& longer = of_v6 ? parts.nodes6 : parts.nodes;
    if (!longer || longer->empty()) return false;
    std::size_t const one = compact::node_bytes(of_v6 ? family::ipv6 : family::ipv4);
    longer = longer->first(longer->size() - one);
    return true;
}

/// 0: nothing was sent.
template <class Set>
std::size_t send_any_reply(core<Set>& c, envelope const& e, krpc::reply_parts& parts,
                           raw_fields const& body, raw_fields const& top) {
    auto const encode = [&](byte_span out) noexcept {
        std::size_t size = 0;
        do // values give way to what fits by themselves
            size = krpc::encode_reply(out, parts, body, top);
        while (size == 0 && drop_some(parts));
        return size;
    };
    bool const has_item = parts.item && !parts.item->v.empty();
    return c.send(e, traffic::reply, encode, has_item ? cargo::item : cargo::ordinary);
}

template <class Set>
void send_reply(core<Set>& c, via_index via, endpoint const& to, byte_view tid, event::method what,
                std::string_view method, krpc::reply_parts& parts, raw_fields const& extra,
                byte_view topic = {}) {
    added_fields added = c.added_to({message_kind::reply, method, to, via});
    topic_field const field{topic};
    field.join(added.top);
    raw_fields const& body = extra.empty() ? added.body : extra;
    parts.tid = tid;
    parts.version = version_of(c);
    parts.sender = c.identities[via].id();
    parts.requester = to;
    envelope const e{via, to, message_kind::reply, tid};
    std::size_t bytes = 0;
    bool const covered = body.empty() && added.top.empty() && krpc::usual_reply::covers(parts);
    krpc::usual_reply const usual{parts, covered ? c.message_bytes_max(e, cargo::ordinary) : 0};
    if (usual.size() > 0)
        bytes = c.send_written(e, traffic::reply, usual.size(),
                               [&](std::byte* out) noexcept { usual.write(out); });
    else
        bytes = send_any_reply(c, e, parts, body, added.top);
    if (bytes > 0)
        c.publish(
            event::query_answered{c.at.now, via, to, what, static_cast<std::uint32_t>(bytes)});
}

template <class Set>
void reply_to(core<Set>& c, query_context const& q, krpc::reply_parts& parts) {
    send_reply(c, q.via, q.from, q.tid, static_cast<event::method>(q.query.args.index()),
               q.query.method, parts, {});
}

template <class Set>
void reply_with_nothing(core<Set>& c, query_context const& q) {
    krpc::reply_parts parts;
    reply_to(c, q, parts);
}

template <class Set>
void reply_with_nodes(core<Set>& c, query_context const& q, key160 const& target, krpc::want wants,
                      krpc::reply_parts& parts) {
    bool const v4 = q.from.ip.is_v4();
    bool const n4 = wants.n4 || (!wants.n6 && v4);
    bool const n6 = wants.n6 || (!wants.n4 && !v4);
    node_list nodes;
    node_list nodes6;
    if (n4) find_closest<family::ipv4>(c, q, target, nodes);
    if (n6) find_closest<family::ipv6>(c, q, target, nodes6);
    if (n4) parts.nodes = nodes.bytes();
    if (n6) parts.nodes6 = nodes6.bytes();
    reply_to(c, q, parts);
}

/// Nothing but nodes.
template <class Set>
void reply_with_nodes(core<Set>& c, query_context const& q, key160 const& target,
                      krpc::want wants) {
    krpc::reply_parts parts;
    reply_with_nodes(c, q, target, wants, parts);
}

} // namespace dht::inline DHT_ABI::engine

#endif
