#ifndef DHT_OUTCOME_HPP
#define DHT_OUTCOME_HPP

#include <dht/base/error.hpp>
#include <dht/kad/contact.hpp>
#include <dht/wire/item.hpp>

#include <vector>

namespace dht::inline DHT_ABI {

/// Index of a local address of the node, in the order of `open`.
using via_index = std::uint8_t;

/// Names one operation until its last outcome was polled. The null id means that it could not
/// start.
using operation_id = handle<struct operation_tag>;

enum class operation_kind : std::uint8_t {
    ping,
    find_node,
    find_peers,
    announce,
    get,
    put,
    sample
};

/// What a snapshot holds: who we are, whom we know and what policies save; or that and
/// what we keep for others.
enum class snapshot_scope : std::uint8_t { own_state, with_stores };

/// A datagram to be sent from local address `via`. `bytes` stay valid until the next verb but
/// poll_transmit: many may be sent at once.
struct transmit {
    via_index via = 0;
    endpoint to;
    byte_view bytes;
};

/// Why a node wants to be woken: a busy loop names its culprit.
enum class wake_reason : std::uint8_t {
    question_stalled,
    question_failed,
    operation,
    lookup_spacing,
    bootstrap,
    refresh,
    verify_newcomer,
    token_rotation,
    store_expiry,
    pending_query,
    extension,
};

struct deadline {
    instant at{};
    wake_reason why{};
};

/// How many nodes refused with this KRPC error.
struct error_count {
    std::int32_t code = 0;
    std::uint32_t count = 0;
};

/// Who shares a torrent, estimated from the union of the filters that nodes sent (BEP 33).
/// Uncertain by a few percent up to some 6000 each, and useless above.
struct swarm_size {
    double seeds = 0;
    double leeches = 0;
};

/// What one node answered to sample_infohashes (BEP 51).
struct key_sample {
    std::vector<info_hash> hashes;
    seconds interval{};     ///< do not ask that node again before
    std::int64_t num = 0;   ///< how many hashes it has
    bool supported = false; ///< it knows BEP 51; else it answered like find_node
};

/// What an operation has to say. Any number of progress outcomes (`finished` false) come before
/// exactly one finished outcome, which repeats everything found.
struct outcome {
    operation_id operation;
    operation_kind kind{};
    bool finished = false;
    errc error = errc::ok;         ///< having found nothing is no error
    std::int32_t remote_error = 0; ///< KRPC code of the last error reply, 0: none
    std::vector<endpoint> peers;   ///< find_peers, announce: new ones, at the end all distinct ones
    std::vector<node_contact> nodes; ///< finished lookups: those that answered, closest first;
                                     ///< ping: who answered; sample: whom it named
    std::optional<dht::item> item;   ///< get: the valid one with the highest seq; put: what was put
    std::optional<swarm_size> scrape; ///< find_peers with scrape, finished, if anybody sent filters
    std::optional<key_sample> sample;
    std::vector<error_count> errors; ///< announce, put: of nodes that refused to store
    std::uint32_t stored = 0;        ///< announce, put, get with repair: nodes that confirmed
    std::uint32_t asked = 0;   ///< nodes that were asked while searching, without the announces
    std::uint32_t replied = 0; ///< of those
    duration took{};
    bool suspicious = false; ///< more nodes are around the target than chance allows: somebody may
                             ///< hide what is stored there (event::eclipse_suspected)
};

/// Which peers `find_peers` wants.
struct find_peers_options {
    bool noseed = false; ///< leave seeds out (BEP 33)
    bool scrape = false; ///< count seeds and leeches, too (BEP 33)
};

struct announce_options {
    std::uint16_t port = 0;    ///< of the BitTorrent peer; 0 only with implied_port
    bool implied_port = false; ///< nodes take the port that our datagram comes from (BEP 5)
    bool seed = false;         ///< BEP 33
};

/// How to look an item up (BEP 44).
struct get_options {
    std::optional<std::int64_t> newer_than{}; ///< mutable: nodes send no value up to this seq
    bool repair = false; ///< mutable: afterwards put what was found on nodes that had an older one
};

/// How to put an item (BEP 44).
struct put_options {
    std::optional<std::int64_t> seq{}; ///< when we sign; nothing: one more than the highest found
    std::optional<std::int64_t> cas{}; ///< told to the nodes that had an item: store only over it
    bool adds_target = false; ///< a `target` key that BEP 44 has not, for nodes that insist on one
};

// -- whole wishes: what a user, or an extension, wants the node to do

struct find_peers_wish {
    info_hash hash;
    find_peers_options options{};
};

struct announce_wish {
    info_hash hash;
    announce_options options{};
};

/// Look an item up: an immutable one by its key, a mutable one by owner and salt.
struct get_wish {
    item_key key{};
    std::optional<ed25519_public_key> k{};
    static_vector<std::byte, krpc::item_salt_bytes_max> salt{};
    get_options options{};
};

struct put_wish {
    dht::item item;
    put_options options{};
};

} // namespace dht::inline DHT_ABI

#endif
