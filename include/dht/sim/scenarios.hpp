#ifndef DHT_SIM_SCENARIOS_HPP
#define DHT_SIM_SCENARIOS_HPP

#include <dht/sim/scenario.hpp>

#include <algorithm>
#include <string_view>

/// The weather that a network must stand: ready scenarios, whose details are drawn from a seed.
namespace dht::inline DHT_ABI::sim::scenarios {

namespace detail {

/// Draws acts all over the time of a scenario.
class author {
public:
    author(std::uint64_t seed, scenario& s) : chance_{dice{seed ^ 0x706c6f74U}.next()}, s_{s} {}

    ~author() {
        std::stable_sort(s_.acts.begin(), s_.acts.end(),
                         [](act const& a, act const& b) { return a.at < b.at; });
    }

    author(author const&) = delete;
    author& operator=(author const&) = delete;

    [[nodiscard]] duration any_time() noexcept {
        return chance_.between(duration{}, s_.lasting - minutes{3}); // all that begins shall end
    }

    [[nodiscard]] std::uint32_t any_host() noexcept {
        return static_cast<std::uint32_t>(chance_.next());
    }

    /// Somebody who is no router.
    [[nodiscard]] std::uint32_t anybody() noexcept {
        std::uint32_t const others = s_.nodes - s_.routers;
        return s_.routers + static_cast<std::uint32_t>(chance_.next() % others);
    }

    void let(duration at, verb does, std::uint32_t who = 0, std::uint32_t what = 0,
             double amount = 0) {
        s_.acts.push_back({at, does, who, what, amount});
    }

    /// `count` torrents that two announce and a third looks for some minutes later, and as many
    /// lookups of nodes.
    void errands(std::uint32_t count, std::uint32_t first_torrent = 0) {
        for (std::uint32_t i = 0; i < count; ++i) {
            duration const at = chance_.between(duration{}, s_.lasting - minutes{10});
            for (int n = 0; n < 2; ++n) {
                std::uint32_t const announcer = any_host();
                let(at, verb::announce, announcer, first_torrent + i);
            }
            duration const later = at + chance_.between(minutes{3}, minutes{7});
            std::uint32_t const finder = any_host();
            let(later, verb::find, finder, first_torrent + i);
            duration const when = any_time();
            std::uint32_t const asker = any_host();
            let(when, verb::look_up, asker, first_torrent + i);
        }
    }

    /// One announces a torrent, the other one looks for it three minutes later, and for nodes.
    void meet(duration at, std::uint32_t announcer, std::uint32_t finder, std::uint32_t torrent,
              double implied_port = 0) {
        let(at, verb::announce, announcer, torrent, implied_port);
        let(at + minutes{3}, verb::find, finder, torrent);
        let(at + minutes{3}, verb::look_up, finder, torrent);
    }

    /// `count` such pairs of any hosts, in the `during` that begins at `from`.
    void meetings(std::uint32_t count, duration from, duration during, double implied_port = 0) {
        for (std::uint32_t i = 0; i < count; ++i) {
            duration const at = from + chance_.between(duration{}, during);
            std::uint32_t const announcer = any_host();
            std::uint32_t const finder = any_host();
            meet(at, announcer, finder, i, implied_port);
        }
    }

    /// `count` items, each put with a higher and, from somewhere else, an older seq; then got.
    void items(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i) {
            duration const at = chance_.between(duration{}, s_.lasting - minutes{15});
            std::uint32_t const owner = any_host();
            let(at, verb::put, owner, i, 5);
            std::uint32_t const late = any_host();
            let(at + minutes{3}, verb::put, late, i, 3);
            std::uint32_t const reader = any_host();
            let(at + minutes{8}, verb::get, reader, i);
        }
    }

    dice& chance() noexcept { return chance_; }

private:
    dice chance_;
    scenario& s_;
};

} // namespace detail

/// Nothing bad happens.
inline scenario quiet(std::uint64_t seed) {
    scenario s;
    s.name = "quiet";
    detail::author a{seed, s};
    a.errands(30);
    a.items(10);
    return s;
}

/// Each tenth datagram is lost, some come twice, all overtake each other.
inline scenario lossy(std::uint64_t seed) {
    scenario s;
    s.name = "lossy";
    s.links.network = {milliseconds{10}, milliseconds{80}, 2.0, 0.1, 0.05};
    s.found_min = 0.95;
    s.peers_min = 0.95;
    s.recall_min = 0.7; // 19 of 100 questions get no answer, and none is asked twice
    detail::author{seed, s}.errands(40);
    return s;
}

/// Hosts stay for half an hour on average, and are away as long; half of them end in good order.
inline scenario churning(std::uint64_t seed) {
    scenario s;
    s.name = "churning";
    s.nodes = 120;
    s.staying = session_law::weibull(0.6, minutes{20});
    s.away = session_law::exponential(minutes{30});
    s.cleanly = 0.5;
    s.found_min = 0.85; // what was kept by those who crash is gone
    s.peers_min = 0.8;
    s.recall_min = 0.9;
    s.dead_max = 0.25;
    detail::author{seed, s}.errands(60);
    return s;
}

/// A wall stands between two halves for half an hour. Then all find what the others announce.
inline scenario partitioned(std::uint64_t seed) {
    scenario s;
    s.name = "partitioned";
    s.lasting = minutes{120};
    s.found_min = 0.95;
    s.peers_min = 0.95;
    s.recall_min = 0.9;
    detail::author a{seed, s};
    double const share = 0.3 + 0.4 * a.chance().fraction();
    a.let(minutes{0}, verb::split, 0, 0, share);
    a.let(minutes{30}, verb::heal);
    a.meetings(40, minutes{60}, minutes{50});
    return s;
}

/// Everybody wants the same torrent within a minute, and announces it.
inline scenario flash_crowd(std::uint64_t seed) {
    scenario s;
    s.name = "flash_crowd";
    s.lasting = minutes{30};
    detail::author a{seed, s};
    std::uint32_t const first = a.any_host();
    a.let(minutes{1}, verb::announce, first, 0);
    for (std::uint32_t i = 0; i < 2 * s.nodes; ++i) {
        duration const at = minutes{5} + a.chance().between(duration{}, minutes{1});
        a.let(at, verb::find, i, 0);
        a.let(at + seconds{20}, verb::announce, i, 0);
    }
    return s;
}

/// The routers die; some hosts end and come back, and know whom they knew.
inline scenario routers_gone(std::uint64_t seed) {
    scenario s;
    s.name = "routers_gone";
    s.lasting = minutes{120};
    s.dead_max = 0.08; // the routers themselves stand in some tables for a while
    s.peers_min = 0.95;
    detail::author a{seed, s};
    for (std::uint32_t i = 0; i < s.routers; ++i)
        a.let(minutes{0}, verb::crash, i);
    for (unsigned i = 0; i < 20; ++i) {
        duration const at = a.chance().between(minutes{5}, minutes{60});
        std::uint32_t const who = a.anybody();
        a.let(at, verb::leave, who);
        a.let(at + minutes{5}, verb::start, who);
    }
    for (std::uint32_t i = 0; i < 30; ++i) {
        duration const at = minutes{70} + a.chance().between(duration{}, minutes{40});
        std::uint32_t const announcer = a.anybody();
        std::uint32_t const finder = a.anybody();
        a.meet(at, announcer, finder, i);
    }
    return s;
}

/// A new version comes out: all end and start again within ten minutes, the routers too.
inline scenario all_restarted(std::uint64_t seed) {
    scenario s;
    s.name = "all_restarted";
    s.lasting = minutes{90};
    detail::author a{seed, s};
    for (std::uint32_t i = 0; i < s.nodes; ++i) {
        duration const at = a.chance().between(duration{}, minutes{10});
        a.let(at, verb::leave, i);
        a.let(at + seconds{20}, verb::start, i);
    }
    a.meetings(40, minutes{20}, minutes{60});
    return s;
}

/// A third speaks IPv4 alone, a third IPv6 alone, a third both: each family finds its own.
inline scenario islands(std::uint64_t seed) {
    scenario s;
    s.name = "islands";
    s.nodes = 90;
    s.addresses = dialing::islands;
    detail::author a{seed, s};
    for (std::uint32_t i = 0; i < 40; ++i) {
        duration const at = a.chance().between(duration{}, minutes{50});
        auto const island = static_cast<std::uint32_t>(a.chance().next() % 3);
        std::uint32_t const announcer = s.routers + 3 * (i % 20) + island;
        std::uint32_t const finder = announcer + 9;
        a.meet(at, announcer, finder, i);
    }
    return s;
}

/// Seven of ten hosts are behind NATs, as homes are, and six of ten are reached only by those whom
/// they have asked. Yet all but the few that get no UDP out find what all others announce.
inline scenario nat_heavy(std::uint64_t seed) {
    scenario s;
    s.name = "nat_heavy";
    s.routers = 4; // of them is known that they are open
    s.nats = nat_mixes::homes;
    s.found_min = 0.9; // one in 25 is blocked: he neither announces nor finds
    s.peers_min = 0.9;
    s.recall_min = 0.5; // of those who are open
    s.dead_max = 0.1;
    detail::author a{seed, s};
    a.meetings(40, minutes{0}, minutes{50}, 1);
    return s;
}

/// Losses come in bursts, paths stall, and the network falls apart and heals, again and again.
inline scenario stormy_network(std::uint64_t seed) {
    scenario s;
    s.name = "stormy_network";
    s.links = losing_in_bursts(homes_across(geographies::pl490));
    s.clogging = clogs{};
    s.parting = partition_law{};
    s.parting->how = split::unevenly;
    s.found_min = 0.8;
    s.peers_min = 0.75;
    s.recall_min = 0.7;
    detail::author{seed, s}.errands(40);
    return s;
}

/// Two hosts break the protocol wherever they can, in a network of small tables.
inline scenario rogues(std::uint64_t seed) {
    scenario s;
    s.name = "rogues";
    s.nodes = 45;
    s.rogues = 2;
    s.limits.buckets.shallow.fill(8);
    s.peers_min = 0.95;
    s.recall_min = 0.8;
    detail::author a{seed, s};
    a.errands(20);
    a.items(6);
    return s;
}

/// Clocks jump by up to two hours forwards, or some minutes backwards.
inline scenario clock_jumps(std::uint64_t seed) {
    scenario s;
    s.name = "clock_jumps";
    s.found_min = 0.95; // a jump forwards ends lookups that are under way, and what is kept
    s.peers_min = 0.9;
    s.recall_min = 0.95;
    detail::author a{seed, s};
    a.errands(40);
    for (unsigned i = 0; i < 30; ++i) {
        duration const at = a.any_time();
        std::uint32_t const who = a.any_host();
        bool const forwards = a.chance().happens(0.5);
        double const by_s = (forwards ? 7'200 : -600) * a.chance().fraction();
        a.let(at, verb::jump, who, 0, by_s);
    }
    return s;
}

/// A little of everything at once, in a small network: where bugs hide.
inline scenario storm(std::uint64_t seed) {
    scenario s;
    s.name = "storm";
    s.nodes = 45;
    s.rogues = 1;
    s.lasting = minutes{100};
    s.settling = minutes{10};
    s.addresses = dialing::both;
    s.links.network = {milliseconds{10}, milliseconds{120}, 3.0, 0.02, 0.02};
    s.found_min = 0.8;
    s.peers_min = 0.8;
    s.got_min = 0.8;
    s.recall_min = 0.75;
    s.dead_max = 0.2;
    detail::author a{seed, s};
    a.errands(12);
    a.items(6);
    for (std::uint32_t i = 0; i < 6; ++i) { // announced again and again, found long after
        std::uint32_t const announcer = a.any_host();
        std::uint32_t const finder = a.any_host();
        double const implied = i % 2;
        for (int again = 0; again < 3; ++again)
            a.let(minutes{1 + 25 * again}, verb::announce, announcer, 100 + i, implied);
        a.let(minutes{70}, verb::find, finder, 100 + i);
    }
    for (unsigned i = 0; i < 8; ++i) {
        duration const at = a.any_time();
        std::uint32_t const who = a.anybody();
        bool const cleanly = a.chance().happens(0.5);
        a.let(at, cleanly ? verb::leave : verb::crash, who);
        a.let(at + minutes{15}, verb::start, who);
    }
    for (unsigned i = 0; i < 3; ++i) {
        duration const at = a.any_time();
        std::uint32_t const who = a.anybody();
        double const by_s = 1'800 * a.chance().fraction();
        a.let(at, verb::jump, who, 0, by_s);
    }
    return s;
}

struct ready {
    std::string_view name;
    scenario (*write)(std::uint64_t seed);
    std::string_view says; ///< what happens
};

inline constexpr std::array<ready, 13> all{{
    {"quiet", quiet, "nothing bad happens"},
    {"lossy", lossy, "each tenth datagram is lost, some come twice, all overtake each other"},
    {"churning", churning, "hosts stay for half an hour on average, and are away as long"},
    {"partitioned", partitioned, "a wall stands between two halves for half an hour"},
    {"flash_crowd", flash_crowd, "all want the same torrent within a minute, and announce it"},
    {"routers_gone", routers_gone, "the routers die; some hosts end and come back"},
    {"all_restarted", all_restarted, "all end and start again within ten minutes"},
    {"islands", islands, "a third speaks IPv4 alone, a third IPv6 alone, a third both"},
    {"clock_jumps", clock_jumps, "clocks jump, up to two hours forwards or minutes backwards"},
    {"nat_heavy", nat_heavy, "seven of ten hosts are behind NATs of all kinds"},
    {"stormy_network", stormy_network,
     "losses in bursts, paths that stall, a net that falls apart"},
    {"rogues", rogues, "two hosts that everybody knows break the protocol"},
    {"storm", storm, "a little of everything at once, in a small network"},
}};

} // namespace dht::inline DHT_ABI::sim::scenarios

#endif
