#ifndef DHT_OUTCOME_HPP
#define DHT_OUTCOME_HPP

#include <dht/base/error.hpp>
#include <dht/kad/contact.hpp>

#include <vector>

namespace dht::inline DHT_ABI {

/// Index of a local address of the node, in the order of `open`.
using via_index = std::uint8_t;

/// Names one operation until its last outcome was polled. The null id means that it could not
/// start.
using operation_id = handle<struct operation_tag>;

enum class operation_kind : std::uint8_t { ping, find_node, find_peers, announce };

/// A datagram to be sent from local address `via`. `bytes` stay valid until the next verb.
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
                                     ///< ping: who answered
    std::uint32_t stored = 0;        ///< announce: nodes that confirmed
    std::uint32_t asked = 0;   ///< nodes that were asked while searching, without the announces
    std::uint32_t replied = 0; ///< of those
    duration took{};
};

/// Which peers `find_peers` wants.
struct find_peers_options {
    bool noseed = false; ///< leave seeds out (BEP 33)
};

struct announce_options {
    std::uint16_t port = 0;    ///< of the BitTorrent peer; 0 only with implied_port
    bool implied_port = false; ///< nodes take the port that our datagram comes from (BEP 5)
    bool seed = false;         ///< BEP 33
};

} // namespace dht::inline DHT_ABI

#endif
