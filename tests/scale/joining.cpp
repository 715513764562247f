#include "../network/world.hpp"
#include <cstdio>

// Whole networks that come to life through one node.

using namespace dht;
using namespace dht::test;

namespace {

struct scene {
    std::string name;
    address_plan plan;
    std::size_t nodes;
};

/// How many contacts the poorest table of the network has.
std::size_t fewest_contacts(network<> const& net) {
    std::size_t fewest = static_cast<std::size_t>(-1);
    for (auto const* h : net.hosts)
        for (via_index via = 0; via < h->addresses().size(); ++via)
            fewest = std::min(fewest, h->inside().good_contacts(via));
    return fewest;
}

/// How many that are up have a contact there.
std::size_t known_by(network<> const& net, endpoint const& at) {
    return static_cast<std::size_t>(
        std::count_if(net.hosts.begin(), net.hosts.end(),
                      [&](auto const* h) { return h->up() && knows(h->inside(), at); }));
}

} // namespace

TEST_CASE("nodes that join through one node find each other, and an announce is found by all") {
    scene const s = GENERATE(scene{"IPv4", only_v4, 60}, scene{"IPv6", only_v6, 60},
                             scene{"dual stack", dual_stack, 40});
    INFO(s.name);
    checked_world w{7};
    network<> net{w};
    net.grow(s.nodes, s.plan);
    w.run_for(minutes{5});
    CHECK(fewest_contacts(net) >= s.nodes / 3);

    info_hash const hash = w.draw_hash();
    auto& announcer = *net.hosts[s.nodes / 2];
    outcome const announced = w.finish(announcer, announcer.announce(hash, {.port = 7'000}));
    CHECK(announced.error == errc::ok);
    CHECK(announced.stored >= 8 * announcer.addresses().size());
    for (auto* h : net.hosts) {
        outcome const found = w.finish(*h, h->find_peers(hash));
        for (endpoint const& at : announcer.addresses())
            CHECK(contains(found.peers, endpoint{at.ip, 7'000}));
    }

    // Refreshing fills the tables: after half an hour nearly everybody knows nearly everybody.
    w.run_for(minutes{25});
    CHECK(fewest_contacts(net) >= s.nodes * 9 / 10);
}

TEST_CASE("in a mixed network both families are found through want (BEP 32)") {
    checked_world w{8};
    network<> net{w};
    net.grow(12, dual_stack);
    net.grow(20, only_v4, 100);
    w.run_for(minutes{2});
    // From here on nobody is told of IPv6 but over IPv4: a new dual host knows one IPv4 endpoint.
    auto& newcomer = w.add<sim::node<>>(dual_stack(200));
    newcomer.bootstrap(net.hosts.back()->at());
    w.run_for(minutes{5});
    CHECK(newcomer.inside().good_contacts(0) >= 16);
    CHECK(newcomer.inside().good_contacts(1) >= 8);
}

TEST_CASE("who crashes is forgotten, and who comes back is found again") {
    checked_world w{9};
    network<> net{w};
    net.grow(30);
    w.run_for(minutes{2});
    auto& gone = *net.hosts[7];
    node_id const before = gone.inside().own_id(0);
    gone.crash();
    w.run_for(hours{2});
    CHECK(known_by(net, gone.at()) == 0);

    gone.start();
    gone.bootstrap(net.hosts.front()->at());
    w.run_for(hours{1});
    CHECK(gone.inside().own_id(0) != before);
    CHECK(gone.inside().good_contacts(0) >= 25);
    CHECK(known_by(net, gone.at()) >= 20);
}

TEST_CASE("who was alone for a hundred minutes and knows no router finds back, and joins anew") {
    checked_world w{57};
    network<> net{w};
    net.grow(100);
    w.run_for(minutes{10});
    auto& host = *net.hosts[30];
    host.leave();
    host.start(); // with its table alone
    {
        auto const wall =
            w.install(sim::partition([&](endpoint const& e) { return e == host.at(); }));
        w.run_for(minutes{100});
        CHECK(contacts_of(host.inside()).empty());
    }
    w.run_for(minutes{60});
    CHECK(host.inside().good_contacts(0) >= 60);
}

TEST_CASE("who was away after all had forgotten it is known again when it is back") {
    for (int const away_min : {30, 45, 70}) {
        CAPTURE(away_min);
        checked_world w{58};
        network<> net{w};
        net.grow(20);
        w.run_for(minutes{10});
        auto& gone = *net.hosts[7];
        gone.leave();
        w.run_for(minutes{away_min});
        gone.start();
        w.run_for(minutes{5});
        CHECK(known_by(net, gone.at()) >= 17);
    }
}

TEST_CASE("a snapshot brings a node back without any bootstrap endpoint, at its old speed") {
    checked_world w{10};
    network<> net{w};
    net.grow(200, only_v4, 0, {}, milliseconds{50});
    w.run_for(minutes{5});
    auto& host = *net.hosts[11];

    struct cost {
        double questions = 0;
        double ms = 0;
    };

    auto const of_lookups = [&] {
        constexpr unsigned lookups = 32;
        cost mean;
        for (unsigned i = 0; i < lookups; ++i) {
            outcome const o = w.finish(host, host.find_node(w.draw_hash()));
            CHECK(o.nodes.size() == 8);
            mean.questions += static_cast<double>(o.asked) / lookups;
            mean.ms += static_cast<double>(o.took.count()) / 1e3 / lookups;
        }
        return mean;
    };
    cost const before = of_lookups();
    node_id const id = host.inside().own_id(0);
    std::vector<std::byte> saved;
    host.inside().snapshot(host.clock(), saved);
    host.crash();
    for (std::size_t i = 20; i < 40; ++i) // a tenth of the network goes meanwhile
        net.hosts[i]->crash();
    w.run_for(hours{2});

    host.start();
    CHECK(host.use([&](auto& n, instant now) { return n.restore(now, saved); }) == errc::ok);
    CHECK(host.inside().own_id(0) == id);
    cost const after = of_lookups();
    std::printf("restart: %.1f questions and %.0f ms per lookup before, %.1f and %.0f after\n",
                before.questions, before.ms, after.questions, after.ms);
    CHECK(after.questions <= before.questions * 1.25);
    CHECK(after.ms <= before.ms * 1.5);
}
