#ifndef DHT_SIM_SCENARIO_HPP
#define DHT_SIM_SCENARIO_HPP

#include <dht/settings.hpp>
#include <dht/sim/conditions.hpp>
#include <dht/sim/disturbance.hpp>
#include <dht/sim/nat_kind.hpp>
#include <dht/sim/session_law.hpp>

#include <optional>
#include <string>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// What may happen to a network.
enum class verb : std::uint8_t {
    crash,    ///< host `who` falls silent and forgets all
    leave,    ///< it ends in good order, and will remember whom it knew
    start,    ///< it is there again, and asks the routers
    announce, ///< `who` announces torrent number `what`; amount 1: with implied_port
    find,     ///< `who` looks for its peers
    look_up,  ///< `who` looks for the nodes closest to key number `what`
    put,      ///< `who` puts mutable item number `what` with seq `amount`
    get,      ///< `who` gets it
    split,    ///< nothing passes between a share `amount` of all hosts and the others
    heal,     ///< everything passes again
    lose,     ///< from now on a share `amount` of all datagrams is lost
    jump,     ///< the clock of `who` jumps by `amount` seconds
};

constexpr std::string_view name_of(verb v) noexcept {
    constexpr std::array<std::string_view, 12> names{"crash", "leave",   "start", "announce",
                                                     "find",  "look_up", "put",   "get",
                                                     "split", "heal",    "lose",  "jump"};
    return names[static_cast<std::size_t>(v)];
}

/// One thing that happens. Hosts, torrents and keys are named by number; numbers of hosts are taken
/// modulo how many there are, so that any act makes sense in any network.
struct act {
    duration at{}; ///< after the network has settled
    verb does{};
    std::uint32_t who = 0;
    std::uint32_t what = 0;
    double amount = 0;
    friend bool operator==(act const&, act const&) noexcept = default;
};

/// Which addresses hosts have.
enum class dialing : std::uint8_t {
    ipv4,
    both,   ///< each host has one of each family
    islands ///< a third IPv4 alone, a third IPv6 alone, a third both
};

/// A network and what happens to it: with a seed and a kind of node it is an experiment.
struct scenario {
    std::string name = "unnamed";
    std::uint32_t nodes = 100;
    std::uint32_t routers = 2; ///< the first hosts; everybody knows them at first
    std::uint32_t rogues = 0;  ///< hosts that break the protocol; everybody takes them for routers
    dialing addresses = dialing::ipv4;
    settings limits;             ///< of every node
    std::optional<nat_mix> nats; ///< what stands before all but the routers; IPv4 alone
    conditions links{continental, {}};
    std::optional<clogs> clogging;        ///< paths that stall; the seed is added
    std::optional<partition_law> parting; ///< the network falls apart and heals; the seed is added
    duration settling = minutes{20};      ///< before anything happens
    duration lasting = minutes{60};       ///< after that
    std::optional<session_law> staying;   ///< sessions of all but the routers, if they come and go
    session_law away = session_law::exponential(minutes{60});
    double cleanly = 0;    ///< share of those sessions that end in good order, not by a crash
    std::vector<act> acts; ///< in order of time

    // What is expected of it: shares of all attempts.
    double found_min = 0.99;  ///< finds of torrents that somebody had announced
    double peers_min = 0.99;  ///< peers that finds brought, of all that had announced
    double got_min = 0.99;    ///< gets that brought the newest item
    double recall_min = 0.95; ///< of the closest 8, by find_node
    double dead_max = 0.05;   ///< contacts in tables, at the end, whose host is down
};

} // namespace dht::inline DHT_ABI::sim

#endif
