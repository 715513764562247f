/// A policy of your own in a world of its own: is it better than the default?
///
/// The same network twice, host by host and datagram by datagram as far as the nodes behave alike:
/// sixty nodes in the cities of the world, each twentieth datagram lost, and hosts that come and go.
/// Everybody is held to the protocol meanwhile.
#include <dht/dht.hpp>
#include <dht/sim/scenarios.hpp>
#include <dht/sim/stage.hpp>

#include <cstdio>
#include <cstdlib>

namespace sim = dht::sim;

//! [trial]
/// Two seconds for everybody, as many clients have it.
struct two_seconds {
    using policy_slot = dht::slots::timeouts;

    void observe(dht::duration) noexcept {}

    [[nodiscard]] dht::duration stall_after(dht::contact const&) const noexcept {
        return dht::seconds{2};
    }

    [[nodiscard]] dht::duration fail_after(dht::contact const&) const noexcept {
        return dht::seconds{5};
    }
};

/// How the nodes of that kind do.
template <class Node>
sim::report try_out(sim::scenario const& s, std::uint64_t seed) {
    std::optional<sim::protocol_checker> laws;
    sim::stage stage{s, seed, [&](sim::world& w, std::vector<dht::endpoint> at) -> sim::client& {
                         if (!laws) laws.emplace(w);
                         auto& host = w.add<Node>(std::move(at));
                         laws->follow(host);
                         return host;
                     }};
    return stage.run();
}

int main() {
    sim::scenario s = sim::scenarios::churning(7);
    s.nodes = 60;
    s.links = sim::losing(0.05, sim::homes_across(sim::geographies::wn242));
    sim::report const ours = try_out<sim::node<>>(s, 7);
    sim::report const theirs = try_out<sim::node<two_seconds>>(s, 7);
    //! [trial]
    for (auto const& [name, r] : {std::pair{"default", &ours}, {"two seconds", &theirs}})
        std::printf("%-12s recall %.2f, lookups %4u ms, %zu complaints\n", name, r->mean_recall(),
                    r->lookups.took_us.quantile(0.5) / 1'000, r->complaints.size());
    return ours.complaints.empty() && theirs.complaints.empty() ? EXIT_SUCCESS : EXIT_FAILURE;
}
