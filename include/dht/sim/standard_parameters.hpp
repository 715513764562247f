#ifndef DHT_SIM_STANDARD_PARAMETERS_HPP
#define DHT_SIM_STANDARD_PARAMETERS_HPP

#include <dht/base/time.hpp>

#include <cstddef>

namespace dht::inline DHT_ABI::sim {

/// What a standard client does, as BEP 5 and the clients of around 2010 had it. Written down before
/// the first run; no figure that a simulation gave has changed any of them.
struct standard_parameters {
    /// Contacts per bucket, answers that end a lookup, nodes in a reply (BEP 5).
    static constexpr std::size_t k = 8;

    unsigned alpha = 3; ///< questions in flight per lookup (Kademlia, section 2.3)
    duration question_fails = seconds{2};   ///< ours, for a client with one time-out only
    unsigned bad_after = 2;                 ///< failures in a row ("fails multiple times", BEP 5)
    duration good_for = minutes{15};        ///< since it was heard of (BEP 5)
    duration refresh_after = minutes{15};   ///< a bucket that did not change (BEP 5)
    duration token_changes = minutes{5};    ///< and the one before is accepted, too (BEP 5)
    duration peer_kept = minutes{30};       ///< after its announce (jech/dht keeps 32 min)
    std::size_t peers_max = 1'000;          ///< kept for others in all; jech/dht: 2048 per hash
    std::size_t candidates_max = 100;       ///< that a lookup remembers (libtorrent)
    duration bootstrap_again = seconds{30}; ///< while the table is empty; ours
};

} // namespace dht::inline DHT_ABI::sim

#endif
