#ifndef DHT_WIRE_KRPC_ENCODE_HPP
#define DHT_WIRE_KRPC_ENCODE_HPP

#include <dht/wire/bencode_writer.hpp>
#include <dht/wire/compact.hpp>
#include <dht/wire/krpc.hpp>

/// From typed messages to canonical datagrams: sorted keys, minimal numbers. Encoders return the
/// size, or 0 when `buffer` is too small. What extensions add, ascending by key, is merged into its
/// places: `body` into "a" or "r", `top` into the message itself.
namespace dht::inline DHT_ABI::krpc {

using extra_fields = std::span<bencode::raw_field const>;

/// What every query carries beside its arguments.
struct query_head {
    byte_view tid;
    byte_view version; ///< "v"; empty: none
    node_id sender;
    bool read_only = false; ///< BEP 43
};

/// Who takes part in a torrent, as Bloom filters of 256 bytes (BEP 33).
struct filter_part {
    byte_view seeds;
    byte_view peers;
};

/// Infohashes out of `num` (BEP 51); there even without any.
struct sample_part {
    std::span<info_hash const> hashes;
    std::int64_t num = 0;
    std::int32_t interval_s = 0;
};

/// BEP 44: v is raw bencoding.
struct item_part {
    byte_view v, k, sig;
    std::optional<std::int64_t> seq;
};

/// A reply. Absent parts are empty; those that may be there and empty are optional, and so is what
/// few replies have, which would take time to clear.
struct reply_parts {
    byte_view tid;
    byte_view version;
    node_id sender;
    std::optional<endpoint> requester; ///< top-level "ip" (BEP 42)
    std::optional<byte_view> nodes;    ///< of IPv4, 26 bytes each
    std::optional<byte_view> nodes6;   ///< of IPv6, 38 bytes each
    byte_view token;
    std::span<endpoint const> values; ///< as many of them as fit the buffer
    std::optional<filter_part> filters;
    std::optional<sample_part> samples;
    std::optional<item_part> item;
};

namespace detail {

/// Writes the arguments of one query. One overload per method, in the order of the keys.
class argument_writer {
public:
    argument_writer(bencode::writer& out, node_id const& sender, extra_fields extra) noexcept
        : out_{out},
          a_{out, extra},
          sender_{sender} {}

    void operator()(ping const&) noexcept { id(); }

    void operator()(find_node const& q) noexcept { id_target_want(q.target, q.wants); }

    void operator()(sample_infohashes const& q) noexcept { id_target_want(q.target, q.wants); }

    void operator()(other const& q) noexcept {
        if (q.target) return id_target_want(*q.target, q.wants);
        id();
        want_list(q.wants);
    }

    void operator()(get_peers const& q) noexcept {
        id();
        a_.field("info_hash", q.hash.bytes);
        if (q.noseed) a_.field("noseed", 1);
        if (q.scrape) a_.field("scrape", 1);
        want_list(q.wants);
    }

    void operator()(announce_peer const& q) noexcept {
        id();
        if (q.implied_port) a_.field("implied_port", 1);
        a_.field("info_hash", q.hash.bytes);
        if (q.port != 0) a_.field("port", q.port);
        if (q.seed) a_.field("seed", 1);
        a_.field("token", q.token);
    }

    void operator()(get_item const& q) noexcept {
        id();
        if (q.seq) a_.field("seq", *q.seq);
        a_.field("target", q.target.bytes);
        want_list(q.wants);
    }

    void operator()(put_item const& q) noexcept {
        if (q.cas) a_.field("cas", *q.cas);
        id();
        if (!q.k.empty()) a_.field("k", q.k);
        if (!q.salt.empty()) a_.field("salt", q.salt);
        if (q.seq) a_.field("seq", *q.seq);
        if (!q.sig.empty()) a_.field("sig", q.sig);
        if (q.target) a_.field("target", q.target->bytes);
        a_.field("token", q.token);
        a_.key("v");
        out_.raw(q.v);
    }

    void end() noexcept { a_.end(); }

private:
    void id() noexcept { a_.field("id", sender_.bytes); }

    void id_target_want(key160 const& target, want wants) noexcept {
        id();
        a_.field("target", target.bytes);
        want_list(wants);
    }

    void want_list(want wants) noexcept {
        if (!wants.n4 && !wants.n6) return;
        a_.key("want");
        out_.begin_list();
        if (wants.n4) out_.string("n4");
        if (wants.n6) out_.string("n6");
        out_.end();
    }

    bencode::writer& out_;
    bencode::dictionary_writer a_;
    node_id const& sender_;
};

inline void write_endpoint(bencode::writer& out, endpoint const& e) noexcept {
    std::size_t const bytes = compact::endpoint_bytes(e.ip.ip_family());
    out.string_header(bytes);
    if (byte_span const to = out.claim(bytes); !to.empty()) compact::write_endpoint(to.data(), e);
}

inline void write_info_hashes(bencode::writer& out, std::span<info_hash const> hashes) noexcept {
    out.string_header(hashes.size() * info_hash::size_bytes);
    for (info_hash const& hash : hashes)
        out.raw(hash.bytes);
}

/// Writes "r" but for its values, and says where they belong.
inline std::size_t write_results(bencode::writer& out, reply_parts const& parts,
                                 extra_fields extra) noexcept {
    bencode::dictionary_writer r{out, extra};
    auto const string = [&r](std::string_view name, byte_view text) {
        if (!text.empty()) r.field(name, text);
    };
    if (parts.filters) {
        string("BFpe", parts.filters->peers);
        string("BFsd", parts.filters->seeds);
    }
    r.field("id", parts.sender.bytes);
    if (parts.samples) r.field("interval", parts.samples->interval_s);
    if (parts.item) string("k", parts.item->k);
    if (parts.nodes) r.field("nodes", *parts.nodes);
    if (parts.nodes6) r.field("nodes6", *parts.nodes6);
    if (parts.samples) {
        r.field("num", parts.samples->num);
        r.key("samples");
        write_info_hashes(out, parts.samples->hashes);
    }
    if (parts.item && parts.item->seq) r.field("seq", *parts.item->seq);
    if (parts.item) string("sig", parts.item->sig);
    string("token", parts.token);
    if (parts.item && !parts.item->v.empty()) {
        r.key("v");
        out.raw(parts.item->v);
    }
    std::size_t const values_at = r.place_of("values");
    r.end();
    return values_at;
}

/// Inserts "values" into a message that is complete without them: only then it is known how many
/// fit. The others are left out; a reply is better short than lost.
inline void insert_values(bencode::writer& out, std::size_t at,
                          std::span<endpoint const> values) noexcept {
    std::size_t bytes = std::string_view{"6:valuesle"}.size();
    std::size_t count = 0;
    for (endpoint const& e : values) {
        std::size_t const more = e.ip.is_v4() ? 2 + 6 : 3 + 18;
        if (bytes + more > out.room()) break;
        bytes += more;
        ++count;
    }
    if (count == 0) return;
    bencode::writer list{out.insert_gap(at, bytes)};
    list.string("values");
    list.begin_list();
    for (endpoint const& e : values.first(count))
        write_endpoint(list, e);
    list.end();
    DHT_ASSERT(!list.overflowed() && list.room() == 0);
}

inline void write_requester(bencode::writer& out, bencode::dictionary_writer& message,
                            std::optional<endpoint> const& requester) noexcept {
    if (!requester) return;
    message.key("ip");
    write_endpoint(out, *requester);
}

/// What ends every message: t, v, y.
inline void finish(bencode::dictionary_writer& message, byte_view tid, byte_view version,
                   std::string_view kind) noexcept {
    message.field("t", tid);
    if (!version.empty()) message.field("v", version);
    message.field("y", as_bytes(kind));
    message.end();
}

inline std::size_t size_of(bencode::writer const& out) noexcept {
    return out.overflowed() ? 0 : out.size();
}

} // namespace detail

/// A query. `method` goes into "q"; most of krpc::other's arguments come in `body`.
// NOLINTNEXTLINE(bugprone-exception-escape): no alternative throws, so a variant always holds one
inline std::size_t encode_query(byte_span buffer, query_head const& head, std::string_view method,
                                arguments const& args, extra_fields body = {},
                                extra_fields top = {}) noexcept {
    bencode::writer out{buffer};
    bencode::dictionary_writer message{out, top};
    message.key("a");
    detail::argument_writer a{out, head.sender, body};
    std::visit(a, args);
    a.end();
    message.field("q", as_bytes(method));
    if (head.read_only) message.field("ro", 1);
    detail::finish(message, head.tid, head.version, "q");
    return detail::size_of(out);
}

/// A reply. Everything but values must fit.
inline std::size_t encode_reply(byte_span buffer, reply_parts const& parts, extra_fields body = {},
                                extra_fields top = {}) noexcept {
    bencode::writer out{buffer};
    bencode::dictionary_writer message{out, top};
    detail::write_requester(out, message, parts.requester);
    message.key("r");
    std::size_t const values_at = detail::write_results(out, parts, body);
    detail::finish(message, parts.tid, parts.version, "r");
    if (!out.overflowed()) detail::insert_values(out, values_at, parts.values);
    return detail::size_of(out);
}

/// An error reply. It has no id (BEP 5), and an "ip" like every answer (BEP 42).
inline std::size_t encode_error(byte_span buffer, byte_view tid, byte_view version,
                                std::optional<endpoint> const& requester, error_code code,
                                std::string_view text, extra_fields top = {}) noexcept {
    bencode::writer out{buffer};
    bencode::dictionary_writer message{out, top};
    message.key("e");
    out.begin_list();
    out.integer(static_cast<std::int64_t>(code));
    out.string(text);
    out.end();
    detail::write_requester(out, message, requester);
    detail::finish(message, tid, version, "e");
    return detail::size_of(out);
}

} // namespace dht::inline DHT_ABI::krpc

#endif
