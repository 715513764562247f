#ifndef DHT_WIRE_KRPC_HPP
#define DHT_WIRE_KRPC_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/static_vector.hpp>
#include <dht/kad/contact.hpp>

#include <optional>
#include <variant>

/// KRPC messages as types (BEP 5, 32, 33, 42, 43, 44, 50, 51). All of them are views into the
/// datagram that they were decoded from, or into the caller's memory when they are to be encoded.
namespace dht::inline DHT_ABI::krpc {

/// Which node lists a query asks for (BEP 32 `want`). Neither: the family of the datagram.
struct want {
    bool n4 = false;
    bool n6 = false;
    friend constexpr bool operator==(want const&, want const&) noexcept = default;
};

struct ping {};

struct find_node {
    key160 target;
    want wants{};
};

struct get_peers {
    info_hash hash;
    want wants{};
    bool noseed = false; ///< leave seeds out (BEP 33)
    bool scrape = false; ///< answer with filters (BEP 33)
};

struct announce_peer {
    info_hash hash;
    byte_view token;
    std::uint16_t port = 0; ///< 0: none was given, allowed with implied_port
    bool implied_port = false;
    bool seed = false; ///< BEP 33
};

struct get_item { ///< `get`, BEP 44
    key160 target;
    std::optional<std::int64_t> seq;
    want wants{};
};

struct put_item { ///< `put`, BEP 44
    byte_view token;
    byte_view v;    ///< raw bencoding of the value, never re-encoded; canonical
    byte_view k;    ///< 32 bytes, or empty: immutable
    byte_view sig;  ///< 64 bytes when k is there
    byte_view salt; ///< empty is no salt
    std::optional<std::int64_t> seq{};
    std::optional<std::int64_t> cas{};
    std::optional<key160> target{}; ///< written only: BEP 44 has none, some insist on it
};

struct sample_infohashes { ///< BEP 51
    key160 target;
    want wants{};
};

/// A method of an extension, or of a BEP that we do not know. `target` or `info_hash` makes it
/// answerable like find_node.
struct other {
    std::optional<key160> target;
    want wants{};
};

using arguments = std::variant<ping, find_node, get_peers, announce_peer, get_item, put_item,
                               sample_infohashes, other>;

struct query {
    query() noexcept {} // NOLINT: a default one would zero all arguments that there could be

    std::string_view method; ///< "q" as it stands in the datagram
    node_id sender;
    bool read_only = false; ///< BEP 43
    byte_view topic;        ///< top-level "c", 20 bytes; else empty: none (BEP 50)
    byte_view a;            ///< raw bencoding of the argument dictionary, for extensions
    arguments args;
};

/// Everything any reply may carry; absent is empty. Lists whose size is no multiple of an entry are
/// empty too (PEERS traps 18, 27): the rest of the reply stays usable.
struct reply {
    node_id sender;
    byte_view topic;  ///< top-level "c", 20 bytes or empty (BEP 50)
    byte_view nodes;  ///< 26-byte entries
    byte_view nodes6; ///< 38-byte entries (BEP 32)
    byte_view token;  ///< as long as it may be; kept by reference
    byte_view
        values; ///< raw bencoding of the list's inside, or one string of entries; see peer_reader
    byte_view filter_seeds; ///< BFsd, 256 bytes or empty (BEP 33)
    byte_view filter_peers; ///< BFpe
    byte_view v, k, sig;    ///< BEP 44; v raw
    std::optional<std::int64_t> seq;
    byte_view samples; ///< BEP 51; meaningful when has_samples
    bool has_samples = false;
    std::int32_t interval_s = 0; ///< clamped to 0..21600
    std::int64_t num = 0;        ///< clamped to at least 0
    byte_view r;                 ///< raw bencoding of the dictionary, for extensions
};

/// KRPC error codes (BEP 5, BEP 44).
enum class error_code : std::int32_t {
    generic = 201,
    server = 202,
    protocol = 203,
    method_unknown = 204,
    value_too_big = 205,
    invalid_signature = 206,
    salt_too_big = 207,
    cas_mismatch = 301,
    seq_too_old = 302,
};

struct error {
    std::int32_t code = 0;
    std::string_view text; ///< of a stranger: bytes, not UTF-8
};

struct message {
    byte_view tid;                    ///< "t", 0..32 bytes (longer is refused: it would be echoed)
    byte_view version;                ///< "v", empty when absent or no string
    std::optional<endpoint> external; ///< top-level "ip" (BEP 42); nothing when malformed
    std::variant<query, reply, error> body;
    bool trailing_bytes = false; ///< something stood behind the dictionary; ignored
    bool canonical = true;       ///< keys sorted and unique, numbers without padding
};

inline constexpr std::size_t tid_bytes_max = 32;
inline constexpr std::size_t item_value_bytes_max = 1000;    ///< bencoded (BEP 44)
inline constexpr std::size_t item_salt_bytes_max = 64;       ///< BEP 44
inline constexpr std::int32_t sample_interval_s_max = 21600; ///< BEP 51

/// What to tell a stranger whose query could not be decoded: the tid, when one was readable, and
/// why.
struct refusal {
    byte_view tid;
    bool was_query = false; ///< only queries are ever answered
    error_code code = error_code::protocol;
    std::string_view text;
};

} // namespace dht::inline DHT_ABI::krpc

#endif
