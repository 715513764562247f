#ifndef DHT_EVENT_EVENTS_HPP
#define DHT_EVENT_EVENTS_HPP

#include <dht/base/error.hpp>
#include <dht/kad/density_test.hpp>
#include <dht/outcome.hpp>
#include <dht/wire/krpc.hpp>

/// Every fact that a node makes known: plain structs, a closed list. Each carries `at`, the instant
/// of its step. Views in them are valid during the call only.
namespace dht::inline DHT_ABI::event {

enum class method : std::uint8_t {
    ping,
    find_node,
    get_peers,
    announce_peer,
    get,
    put,
    sample_infohashes,
    other
};
inline constexpr std::size_t method_count = 8;

/// Why we asked.
enum class purpose : std::uint8_t {
    lookup,
    store,
    ping,
    bootstrap,
    upkeep,
    extension,
    topic ///< of an extension, in an overlay that has nothing to do with our tables (BEP 50)
};
inline constexpr std::size_t purpose_count = 7;

/// Which bound bit.
enum class limit : std::uint8_t {
    outbox,
    transactions,
    operations,
    lookups,
    peers,           ///< any of those of the peer store
    pending_queries, ///< parked, or those about whose token somebody is asked
    operation_peers,
    items, ///< any of those of the item store
    signatures
};
inline constexpr std::size_t limit_count = 9;

/// Why a datagram was dropped in silence.
enum class drop_reason : std::uint8_t {
    too_long,
    martian,
    filtered,
    not_krpc,
    malformed,
    rate_limited,
    read_only,
    unmatched,
    bad_signature
};
inline constexpr std::size_t drop_reason_count = 9;

/// What is wrong with a signature.
enum class signature_fault : std::uint8_t {
    missing,    ///< there is none where one is demanded
    malformed,  ///< no form of a signature, or of one that does not belong here
    stale,      ///< of another time
    replayed,   ///< it has come before
    wrong,      ///< not of that key, for that message, for us
    no_session, ///< of a session that we do not know, or no longer
    unasked,    ///< on an answer whose question is forgotten
    postponed,  ///< there was no time to verify it: too many came
};
inline constexpr std::size_t signature_fault_count = 8;

/// Fires for each datagram handed to receive(), before anything is looked at.
struct datagram_received {
    instant at;
    via_index via;
    endpoint from;
    std::uint32_t bytes;
};

/// Fires for each datagram committed to the transport.
struct datagram_sent {
    instant at;
    via_index via;
    endpoint to;
    std::uint32_t bytes;
};

/// Fires when a datagram is dropped without an answer.
struct datagram_dropped {
    instant at;
    via_index via;
    endpoint from;
    drop_reason why;
};

/// Fires when a query was decoded and admitted, before it is answered.
struct query_received {
    instant at;
    via_index via;
    endpoint from;
    node_id sender;
    method what;
};

/// Fires when an answer was sent, with its size.
struct query_answered {
    instant at;
    via_index via;
    endpoint to;
    method what;
    std::uint32_t bytes;
};

/// Fires when a query got an error.
struct query_refused {
    instant at;
    via_index via;
    endpoint to;
    krpc::error_code code;
};

/// Fires when a question of ours was sent.
struct question_sent {
    instant at;
    via_index via;
    endpoint to;
    method what;
    purpose why;
};

/// Fires when an answer matched a question; `late`: after the stall time-out.
struct question_answered {
    instant at;
    via_index via;
    endpoint from;
    purpose why;
    duration round_trip;
    bool late;
};

/// Fires when the other side answered with a KRPC error: it is alive all the same.
struct question_refused {
    instant at;
    via_index via;
    endpoint from;
    std::int32_t code;
};

/// Fires when the short time-out freed the slot of a question. Costs the contact nothing.
struct question_stalled {
    instant at;
    endpoint to;
    purpose why;
};

/// Fires when the long time-out passed.
struct question_failed {
    instant at;
    endpoint to;
    purpose why;
};

/// Fires when a contact entered the routing table.
struct contact_added {
    instant at;
    via_index via;
    node_id id;
    endpoint where;
};

/// Fires when a contact left the routing table.
struct contact_removed {
    instant at;
    via_index via;
    node_id id;
    endpoint where;
};

/// Fires when an endpoint answered with another id than it had answered with before: its entry is
/// gone. Ids that others told of it do not count.
struct id_mismatch {
    instant at;
    via_index via;
    endpoint from;
    node_id known;
    node_id claimed;
};

/// Fires when the external address of a local address became known, or changed.
struct external_address_changed {
    instant at;
    via_index via;
    endpoint external;
};

/// Fires when an identity took another node id (BEP 42).
struct own_id_changed {
    instant at;
    via_index via;
    node_id before;
    node_id now;
};

/// Fires when a peer was stored, new or refreshed.
struct peer_stored {
    instant at;
    info_hash hash;
    endpoint peer;
};

/// Fires when an item was stored, new or refreshed (BEP 44).
struct item_stored {
    instant at;
    item_key key;
    std::int64_t seq; ///< 0 when it is immutable
};

/// Fires when a query brought a wrong, old or foreign token.
struct token_rejected {
    instant at;
    endpoint from;
};

/// Fires when a message carried a bad signature, or none where one is demanded.
struct signature_refused {
    instant at;
    via_index via;
    endpoint from;
    signature_fault why;
};

/// Fires when it could not be found out whether the token of a query is good: too few of those who
/// were to be asked have answered, or there was no room to wait for them.
struct token_undecided {
    instant at;
    endpoint from;
};

/// Fires when one lookup has found the closest nodes; `around` is how dense they are.
struct lookup_finished {
    instant at;
    via_index via;
    key160 target;
    std::uint32_t asked;
    std::uint32_t replied;
    duration took;
    density around;
};

/// Fires beside it when there are more nodes around the target than chance allows: somebody may
/// hide what is stored there.
struct eclipse_suspected {
    instant at;
    via_index via;
    key160 target;
    density around;
};

/// Fires when an operation ended.
struct operation_finished {
    instant at;
    operation_id operation;
    operation_kind kind;
    errc error;
    duration took;
};

/// Fires when a bound was met and something was refused because of it.
struct limit_reached {
    instant at;
    limit what;
};

template <class... E>
struct list {};

using all =
    list<datagram_received, datagram_sent, datagram_dropped, query_received, query_answered,
         query_refused, question_sent, question_answered, question_refused, question_stalled,
         question_failed, contact_added, contact_removed, id_mismatch, external_address_changed,
         own_id_changed, peer_stored, item_stored, token_rejected, signature_refused,
         token_undecided, lookup_finished, eclipse_suspected, operation_finished, limit_reached>;

} // namespace dht::inline DHT_ABI::event

#endif
