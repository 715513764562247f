#ifndef DHT_WIRE_KRPC_DECODE_HPP
#define DHT_WIRE_KRPC_DECODE_HPP

#include <dht/wire/compact.hpp>
#include <dht/wire/krpc_fields.hpp>
#include <dht/wire/krpc_usual.hpp>

#include <limits>
#include <utility>

/// From the bytes of a datagram to a krpc::message. One pass notes where the known keys' values
/// stand; then the message is built from them, because "y" and "q", which say what to expect, come
/// last.
namespace dht::inline DHT_ABI::krpc {

/// Decodes `datagram` into `out`, which views it afterwards. Keys may come in any order, unknown
/// keys are ignored, of repeated keys the first counts, bytes behind the message are noted and
/// ignored.
///
/// When the answer is not ok, `out` is unspecified and `why` says whether the sender gets an error
/// reply: only when a query with a readable tid breaks a rule of its method. Broken bencoding is
/// met with silence.
errc decode(byte_view datagram, message& out, refusal& why) noexcept;

/// The same without the short cut for usual queries.
errc decode_any(byte_view datagram, message& out, refusal& why) noexcept;

namespace detail {

/// Why arguments are refused; without text they are not.
struct objection {
    std::string_view text{};
    error_code code = error_code::protocol;

    constexpr explicit operator bool() const noexcept { return !text.empty(); }
};

inline constexpr objection no_objection{};
inline constexpr objection bad_target{"target must be 20 bytes"};
inline constexpr objection bad_info_hash{"info_hash must be 20 bytes"};
inline constexpr objection bad_token{"token must be a string"};

/// Unknown strings are ignored (BEP 32), and so is the list's length: two bits are all that it can
/// say.
inline want read_want(fields const& a) noexcept {
    bencode::value const* const list = a.find(field::want, bencode::kind::list);
    if (list == nullptr) return {};
    want wants;
    bencode::reader in{list->content()};
    while (!in.rest().empty() && !(wants.n4 && wants.n6)) {
        std::string_view const raw = as_text(in.next().raw());
        wants.n4 = wants.n4 || raw == "2:n4";
        wants.n6 = wants.n6 || raw == "2:n6";
    }
    return wants;
}

inline objection read(fields const&, ping&) noexcept {
    return no_objection;
}

inline objection read(fields const& a, find_node& out) noexcept {
    if (!a.copy(field::target, out.target)) return bad_target;
    out.wants = read_want(a);
    return no_objection;
}

inline objection read(fields const& a, get_peers& out) noexcept {
    if (!a.copy(field::info_hash, out.hash)) return bad_info_hash;
    out.wants = read_want(a);
    out.noseed = a.flag(field::noseed);
    out.scrape = a.flag(field::scrape);
    return no_objection;
}

inline objection read(fields const& a, announce_peer& out) noexcept {
    bencode::value const* const token = a.find(field::token, bencode::kind::string);
    std::int64_t const port = a.integer(field::port).value_or(0);
    bool const usable = port >= 1 && port <= 65535;
    out.implied_port = a.integer(field::implied_port).value_or(0) != 0;
    if (!a.copy(field::info_hash, out.hash)) return bad_info_hash;
    if (token == nullptr) return bad_token;
    if (!usable && !out.implied_port) return {"port must be 1 to 65535"};
    if (usable) out.port = static_cast<std::uint16_t>(port);
    out.token = token->content();
    out.seed = a.flag(field::seed);
    return no_objection;
}

inline objection read(fields const& a, get_item& out) noexcept {
    if (!a.copy(field::target, out.target)) return bad_target;
    out.seq = a.integer(field::seq);
    out.wants = read_want(a);
    return no_objection;
}

/// What a put has more when it has a public key.
inline objection read_mutable(fields const& a, put_item& out) noexcept {
    out.k = a.string(field::k, 32);
    out.sig = a.string(field::sig, 64);
    out.salt = a.string(field::salt);
    out.seq = a.integer(field::seq);
    out.cas = a.integer(field::cas);
    if (out.k.empty()) return {"k must be 32 bytes"};
    if (out.sig.empty()) return {"sig must be 64 bytes"};
    if (!out.seq) return {"seq must be an integer of 64 bits"};
    if (a.has(field::cas) && !out.cas) return {"cas must be an integer of 64 bits"};
    return no_objection;
}

/// BEP 44: a value with invalid bencoding must be refused; k decides between mutable and immutable.
/// Sizes are not judged here: a bad token is told before them.
inline objection read(fields const& a, put_item& out) noexcept {
    bencode::value const* const token = a.find(field::token, bencode::kind::string);
    if (token == nullptr) return bad_token;
    out.token = token->content();
    out.v = a.raw(field::v);
    if (out.v.empty()) return {"v is missing"};
    if (!bencode::is_canonical(out.v)) return {"v must be canonical bencoding"};
    return a.has(field::k) ? read_mutable(a, out) : no_objection;
}

inline objection read(fields const& a, sample_infohashes& out) noexcept {
    if (!a.copy(field::target, out.target)) return bad_target;
    out.wants = read_want(a);
    return no_objection;
}

inline objection read(fields const& a, other& out) noexcept {
    key160 target;
    if (a.copy(field::target, target) || a.copy(field::info_hash, target)) out.target = target;
    out.wants = read_want(a);
    return no_objection;
}

template <class Arguments>
objection read_as(fields const& a, arguments& out) noexcept {
    return read(a, out.emplace<Arguments>());
}

inline objection read_arguments(std::string_view method, fields const& a, arguments& out) noexcept {
    if (method == method_name<get_peers>) return read_as<get_peers>(a, out);
    if (method == method_name<find_node>) return read_as<find_node>(a, out);
    if (method == method_name<ping>) return read_as<ping>(a, out);
    if (method == method_name<announce_peer>) return read_as<announce_peer>(a, out);
    if (method == method_name<sample_infohashes>) return read_as<sample_infohashes>(a, out);
    if (method == method_name<get_item>) return read_as<get_item>(a, out);
    if (method == method_name<put_item>) return read_as<put_item>(a, out);
    return read_as<other>(a, out);
}

/// The dictionaries of a message.
struct raw_message {
    fields top;
    fields a;
    fields r;

    void read(bencode::reader& in) noexcept {
        bencode::dictionary_reader keys{in};
        while (keys.next()) {
            field const f = field_of(keys.current());
            fields* const inner = f == field::a ? &a : f == field::r ? &r : nullptr;
            bool const enter = inner != nullptr && in.peek() == bencode::kind::dictionary;
            if (enter && !top.has(f))
                top.place_for(f) = inner->read(in);
            else
                in.read_into(top.place_for(f));
        }
    }
};

inline objection read_query(raw_message const& raw, query& out) noexcept {
    bencode::value const* const method = raw.top.find(field::q, bencode::kind::string);
    bencode::value const* const a = raw.top.find(field::a, bencode::kind::dictionary);
    if (method == nullptr) return {"q must be a string"};
    if (a == nullptr) return {"a must be a dictionary"};
    if (!raw.a.copy(field::id, out.sender)) return {"id must be 20 bytes"};
    out.method = as_text(method->content());
    out.read_only = raw.top.flag(field::ro);
    out.topic = raw.top.string(field::c, key160::size_bytes);
    out.a = a->raw();
    return read_arguments(out.method, raw.a, out.args);
}

/// Absent counts as the least.
constexpr std::int64_t clamped(std::optional<std::int64_t> number, std::int64_t least,
                               std::int64_t most) noexcept {
    if (!number || *number < least) return least;
    return *number > most ? most : *number;
}

/// Only the id is required; whatever else has the wrong type or size counts as absent.
inline errc read_reply(raw_message const& raw, reply& out) noexcept {
    bencode::value const* const dictionary = raw.top.find(field::r, bencode::kind::dictionary);
    if (dictionary == nullptr) return errc::missing_field;
    fields const& r = raw.r;
    if (!r.copy(field::id, out.sender)) return errc::missing_field;
    out.topic = raw.top.string(field::c, key160::size_bytes);
    out.nodes = r.entries(field::nodes, compact::node_bytes(family::ipv4));
    out.nodes6 = r.entries(field::nodes6, compact::node_bytes(family::ipv6));
    out.token = r.string(field::token);
    bencode::value const* const list = r.find(field::values, bencode::kind::list);
    out.values = list != nullptr ? list->content() : r.raw(field::values);
    out.filter_seeds = r.string(field::filter_seeds, 256);
    out.filter_peers = r.string(field::filter_peers, 256);
    out.v = r.raw(field::v);
    out.k = r.string(field::k, 32);
    out.sig = r.string(field::sig, 64);
    out.seq = r.integer(field::seq);
    out.samples = r.entries(field::samples, key160::size_bytes);
    bencode::value const* const samples = r.find(field::samples, bencode::kind::string);
    out.has_samples = samples != nullptr && samples->content().size() == out.samples.size();
    out.interval_s =
        static_cast<std::int32_t>(clamped(r.integer(field::interval), 0, sample_interval_s_max));
    out.num = clamped(r.integer(field::num), 0, std::numeric_limits<std::int64_t>::max());
    out.r = dictionary->raw();
    return errc::ok;
}

/// Takes whatever it finds: a list of code and text, or a text alone. Without a code it is a
/// generic error.
inline void read_error(fields const& top, error& out) noexcept {
    out = {static_cast<std::int32_t>(error_code::generic), as_text(top.string(field::e))};
    bencode::value const* const list = top.find(field::e, bencode::kind::list);
    if (list == nullptr) return;
    bencode::reader in{list->content()};
    for (int i = 0; i < 2 && !in.rest().empty(); ++i) {
        bencode::value const v = in.next();
        if (auto const code = bencode::to_integer(v); code && std::in_range<std::int32_t>(*code))
            out.code = static_cast<std::int32_t>(*code);
        if (v.type == bencode::kind::string) out.text = as_text(v.content());
    }
}

/// Room for a body. One that is there already is used again as it is, because clearing it costs as
/// much as reading it: its reader assigns every member.
template <class Body>
// NOLINTNEXTLINE(bugprone-exception-escape): emplace throws what the constructor does, here nothing
Body& body_of(message& out) noexcept {
    Body* const held = std::get_if<Body>(&out.body);
    return held != nullptr ? *held : out.body.emplace<Body>();
}

inline errc read_body(raw_message const& raw, message& out, refusal& why) noexcept {
    switch (std::string_view const y = as_text(raw.top.string(field::y, 1));
            y.empty() ? '\0' : y[0]) {
    case 'q': {
        objection const found = read_query(raw, body_of<query>(out));
        if (!found) return errc::ok;
        why = {out.tid, true, found.code, found.text};
        return errc::wrong_type;
    }
    case 'r':
        return read_reply(raw, body_of<reply>(out));
    case 'e':
        read_error(raw.top, body_of<error>(out));
        return errc::ok;
    default:
        return errc::unknown_message;
    }
}

} // namespace detail

inline errc decode(byte_view datagram, message& out, refusal& why) noexcept {
    return read_usual_query(datagram, out) ? errc::ok : decode_any(datagram, out, why);
}

inline errc decode_any(byte_view datagram, message& out, refusal& why) noexcept {
    why = {};
    bencode::reader in{datagram};
    if (in.peek() != bencode::kind::dictionary) return errc::malformed;
    detail::raw_message raw;
    raw.read(in);
    if (!in.ok()) return in.error();
    bencode::value const* const tid = raw.top.find(field::t, bencode::kind::string);
    if (tid == nullptr) return errc::missing_field;
    if (tid->content().size() > tid_bytes_max) return errc::out_of_range;
    out.tid = tid->content();
    out.version = raw.top.string(field::v);
    out.external.reset();
    if (raw.top.has(field::ip)) out.external = compact::read_endpoint(raw.top.string(field::ip));
    out.trailing_bytes = !in.rest().empty();
    out.canonical = in.canonical();
    return detail::read_body(raw, out, why);
}

} // namespace dht::inline DHT_ABI::krpc

#endif
