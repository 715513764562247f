#ifndef DHT_WIRE_KRPC_ENCODE_HPP
#define DHT_WIRE_KRPC_ENCODE_HPP

#include <dht/wire/bencode_writer.hpp>
#include <dht/wire/compact.hpp>
#include <dht/wire/krpc.hpp>

/// From typed messages to canonical datagrams: sorted keys, minimal numbers. Encoders return the
/// size, or 0 when `out` is too small.
namespace dht::inline DHT_ABI::krpc {

using extra_fields = std::span<bencode::raw_field const>;

/// What every query carries beside its arguments.
struct query_head {
    byte_view tid;
    byte_view version; ///< "v"; empty: none
    node_id sender;
    bool read_only = false;
};

/// An answer: absent parts are empty. Values are dropped from the end when they do not fit.
struct reply_parts {
    byte_view tid;
    byte_view version;
    node_id sender;
    endpoint requester; ///< top-level "ip" (BEP 42)
    std::optional<std::span<node_contact const>> nodes;
    std::optional<std::span<node_contact const>> nodes6;
    byte_view token;
    std::span<endpoint const> values;
};

namespace detail {

inline void write_wants(bencode::dictionary_writer& a, bencode::writer& out, want wants) noexcept {
    if (!wants.n4 && !wants.n6) return;
    a.key("want");
    out.begin_list();
    if (wants.n4) out.string("n4");
    if (wants.n6) out.string("n6");
    out.end();
}

/// One overload per method writes the arguments in the order of their keys; "id" is one of them.
class argument_writer {
public:
    argument_writer(bencode::writer& out, node_id const& sender, extra_fields extra) noexcept
        : out_{out},
          a_{out, extra},
          sender_{sender} {}

    void operator()(ping const&) noexcept { id(); }

    void operator()(other const&) noexcept { id(); }

    void operator()(find_node const& q) noexcept {
        id();
        a_.field("target", q.target.bytes);
        write_wants(a_, out_, q.wants);
    }

    void operator()(get_peers const& q) noexcept {
        id();
        a_.field("info_hash", q.hash.bytes);
        if (q.noseed) a_.field("noseed", 1);
        if (q.scrape) a_.field("scrape", 1);
        write_wants(a_, out_, q.wants);
    }

    void operator()(announce_peer const& q) noexcept {
        id();
        if (q.implied_port) a_.field("implied_port", 1);
        a_.field("info_hash", q.hash.bytes);
        a_.field("port", q.port);
        if (q.seed) a_.field("seed", 1);
        a_.field("token", q.token);
    }

    void operator()(get_item const& q) noexcept {
        id();
        if (q.seq) a_.field("seq", *q.seq);
        a_.field("target", q.target.bytes);
        write_wants(a_, out_, q.wants);
    }

    void operator()(put_item const& q) noexcept {
        if (q.cas) a_.field("cas", *q.cas);
        id();
        if (!q.k.empty()) a_.field("k", q.k);
        if (!q.salt.empty()) a_.field("salt", q.salt);
        if (q.seq) a_.field("seq", *q.seq);
        if (!q.sig.empty()) a_.field("sig", q.sig);
        a_.field("token", q.token);
        a_.key("v");
        out_.raw(q.v);
    }

    void operator()(sample_infohashes const& q) noexcept {
        id();
        a_.field("target", q.target.bytes);
        write_wants(a_, out_, q.wants);
    }

    void end() noexcept { a_.end(); }

private:
    void id() noexcept { a_.field("id", sender_.bytes); }

    bencode::writer& out_;
    bencode::dictionary_writer a_;
    node_id const& sender_;
};

inline void write_endpoint(bencode::writer& out, endpoint const& e) noexcept {
    std::array<std::byte, 18> bytes;
    auto const left = compact::write_endpoint(bytes, e);
    out.string(byte_view{bytes}.first(bytes.size() - left.size()));
}

inline void write_nodes(bencode::writer& out, std::span<node_contact const> nodes,
                        family f) noexcept {
    out.string_header(nodes.size() * compact::node_bytes(f));
    for (node_contact const& n : nodes) {
        std::array<std::byte, 38> bytes;
        compact::write_node(bytes, {n.id, n.at});
        out.raw(byte_view{bytes}.first(compact::node_bytes(f)));
    }
}

/// The tail of every message: t, v, y, with what extensions add between.
inline std::size_t finish(bencode::writer& out, bencode::dictionary_writer& top, byte_view tid,
                          byte_view version, std::string_view kind) noexcept {
    top.field("t", tid);
    if (!version.empty()) top.field("v", version);
    top.key("y");
    out.string(kind);
    top.end();
    return out.overflowed() ? 0 : out.size();
}

/// As many values as leave `reserve` bytes for the rest of the message.
inline void write_values(bencode::writer& out, std::span<endpoint const> values,
                         std::size_t reserve) noexcept {
    out.begin_list();
    for (endpoint const& e : values) {
        if (out.room() < reserve + compact::endpoint_bytes(e.ip.ip_family()) + 3) break;
        write_endpoint(out, e);
    }
    out.end();
}

inline std::size_t size_of(extra_fields fields) noexcept {
    std::size_t bytes = 0;
    for (auto const& f : fields)
        bytes += f.key.size() + f.value.size() + 4;
    return bytes;
}

} // namespace detail

/// A query. `method` is what goes into "q"; for krpc::other its arguments come in `body`.
inline std::size_t encode_query(byte_span buffer, query_head const& head, std::string_view method,
                                arguments const& args, extra_fields body = {},
                                extra_fields top = {}) noexcept {
    bencode::writer out{buffer};
    bencode::dictionary_writer message{out, top};
    message.key("a");
    detail::argument_writer a{out, head.sender, body};
    std::visit(a, args);
    a.end();
    message.key("q");
    out.string(method);
    if (head.read_only) message.field("ro", 1);
    return detail::finish(out, message, head.tid, head.version, "q");
}

inline std::size_t encode_reply(byte_span buffer, reply_parts const& parts, extra_fields body = {},
                                extra_fields top = {}) noexcept {
    bencode::writer out{buffer};
    bencode::dictionary_writer message{out, top};
    message.key("ip");
    detail::write_endpoint(out, parts.requester);
    message.key("r");
    {
        bencode::dictionary_writer r{out, body};
        r.field("id", parts.sender.bytes);
        if (parts.nodes) {
            r.key("nodes");
            detail::write_nodes(out, *parts.nodes, family::ipv4);
        }
        if (parts.nodes6) {
            r.key("nodes6");
            detail::write_nodes(out, *parts.nodes6, family::ipv6);
        }
        if (!parts.token.empty()) r.field("token", parts.token);
        if (!parts.values.empty()) {
            r.key("values");
            constexpr std::size_t punctuation = 32; // ends, keys t, v and y with their lengths
            detail::write_values(out, parts.values,
                                 punctuation + parts.tid.size() + parts.version.size() +
                                     detail::size_of(body) + detail::size_of(top));
        }
        r.end();
    }
    return detail::finish(out, message, parts.tid, parts.version, "r");
}

inline std::size_t encode_error(byte_span buffer, byte_view tid, byte_view version,
                                endpoint const& requester, error_code code,
                                std::string_view text) noexcept {
    bencode::writer out{buffer};
    bencode::dictionary_writer message{out, {}};
    message.key("e");
    out.begin_list();
    out.integer(static_cast<std::int64_t>(code));
    out.string(text);
    out.end();
    message.key("ip");
    detail::write_endpoint(out, requester);
    return detail::finish(out, message, tid, version, "e");
}

} // namespace dht::inline DHT_ABI::krpc

#endif
