#ifndef DHT_SIM_RECORD_HPP
#define DHT_SIM_RECORD_HPP

#include <dht/outcome.hpp>

/// What a world writes down about the hosts in it.
namespace dht::inline DHT_ABI::sim {

/// What no host may do, whatever happens to it.
enum class fault : std::uint8_t {
    wakes_for_nothing,   ///< asked to be woken twice at one instant for one reason: a busy timer
    sends_to_martian,    ///< to where nothing can be, or from a public address to a local one
    sends_across_family, ///< IPv6 from an IPv4 address, or the other way round
};

struct complaint {
    instant at{};
    endpoint who;
    fault what{};
    wake_reason why{}; ///< wakes_for_nothing
    endpoint to;       ///< sends_*
};

/// What became of all datagrams.
struct traffic_counts {
    std::uint64_t sent = 0;
    std::uint64_t sent_bytes = 0;
    std::uint64_t delivered = 0;
    std::uint64_t dropped = 0;    ///< by a rule
    std::uint64_t lost = 0;       ///< on a link, by chance
    std::uint64_t too_large = 0;  ///< for a link
    std::uint64_t overflowed = 0; ///< found the queue of a door full
    std::uint64_t filtered = 0;   ///< a NAT let them neither out nor in
    std::uint64_t nobody = 0;     ///< addressed to where no host is, or none that is up
    std::uint64_t duplicated = 0; ///< by a rule or a link
    std::uint64_t corrupted = 0;  ///< by a link; delivered all the same
};

} // namespace dht::inline DHT_ABI::sim

#endif
