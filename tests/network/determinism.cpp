#include "world.hpp"

// The same seed and the same calls give the same world, datagram for datagram.

using namespace dht;
using namespace dht::test;

namespace {

struct listener {
    using policy_slot = slots::observer;
    std::uint64_t facts = 0;

    void on(event::datagram_received const&) noexcept { ++facts; }

    void on(event::datagram_sent const&) noexcept { ++facts; }

    void on(event::contact_added const&) noexcept { ++facts; }

    void on(event::lookup_finished const&) noexcept { ++facts; }
};

/// Half an hour of a network with loss, duplication and a crash; its trace.
template <class Node>
std::uint64_t live_through(std::uint64_t seed) {
    checked_world w{seed, {milliseconds{5}, milliseconds{150}, 0.2, 0.05, 0.02}};
    network<Node> net{w};
    net.grow(25);
    info_hash const hash = w.draw_hash();
    net.hosts[3]->announce(hash, {.port = 5'000});
    w.run_for(minutes{10});
    net.hosts[4]->crash();
    net.hosts[5]->find_peers(hash);
    w.run_for(minutes{10});
    net.hosts[4]->start();
    net.hosts[4]->bootstrap(net.hosts[0]->at());
    w.run_for(minutes{10});
    CHECK(w.counts().lost > 0);
    CHECK(w.counts().duplicated > 0);
    return w.trace();
}

} // namespace

TEST_CASE("the same seed gives the same trace, another seed another one") {
    std::uint64_t const first = live_through<sim::node<>>(42);
    CHECK(live_through<sim::node<>>(42) == first);
    CHECK(live_through<sim::node<>>(43) != first);
}

TEST_CASE("an observer changes nothing that a node does") {
    CHECK(live_through<sim::node<>>(42) == live_through<sim::node<listener>>(42));
}

TEST_CASE("drawing from the workload's chance changes nothing else") {
    auto const run = [](bool draws) {
        checked_world w{5, {milliseconds{5}, milliseconds{150}, 0.2, 0.05, 0.02}};
        network<> net{w};
        net.grow(10);
        for (int i = 0; draws && i < 100; ++i)
            w.draw_hash();
        w.run_for(minutes{5});
        return w.trace();
    };
    CHECK(run(true) == run(false));
}
