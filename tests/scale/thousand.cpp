#include "../network/world.hpp"
#include <cstdio>

// A thousand nodes: do lookups find what an oracle knows to be closest, and at what cost?

using namespace dht;
using namespace dht::test;

TEST_CASE("a thousand nodes find the true closest, cheaply, and know how many they are") {
    constexpr std::size_t nodes = 1'000;
    constexpr unsigned lookups = 64;
    checked_world w{1'000};
    network<> net{w};
    net.grow(nodes, only_v4, 0, {}, milliseconds{50});
    w.run_for(minutes{2});
    auto const ids = ids_of(net.hosts);

    double found = 0;
    std::uint64_t asked = 0;
    duration took{};
    for (unsigned i = 0; i < lookups; ++i) {
        info_hash const target = w.draw_hash();
        auto& host = net.any();
        outcome const o = w.finish(host, host.find_node(target));
        CHECK(o.nodes.size() == 8);
        auto expected = true_closest(ids, target, 9);
        std::erase(expected, host.inside().own_id(0));
        expected.resize(8);
        found += recall(o.nodes, expected) / lookups;
        asked += o.asked;
        took += o.took;
    }
    std::printf("1000 nodes: recall of the closest 8 %.3f, %.1f questions and %.0f ms per lookup, "
                "%.0f datagrams per node so far\n",
                found, static_cast<double>(asked) / lookups,
                static_cast<double>(took.count()) / 1e3 / lookups,
                static_cast<double>(w.counts().sent) / nodes);
    CHECK(found >= 0.97); // mean of many seeds 0.985, deviation of one about 0.006
    CHECK(asked / lookups <= 30);

    // Relative deviation of the estimate after 16 lookups is about 0.1 (Sohl 2020).
    auto& measurer = *net.hosts[500];
    for (unsigned i = 0; i < 16; ++i)
        w.finish(measurer, measurer.find_node(w.draw_hash()));
    double const estimate = measurer.inside().network_size(0);
    std::printf("1000 nodes: estimated as %.0f\n", estimate);
    CHECK(estimate > 750);
    CHECK(estimate < 1'250);
}

TEST_CASE("hundreds of announces of one node share what their lookups have met") {
    constexpr unsigned torrents = 400;
    checked_world w{50};
    network<> net{w};
    net.grow(1'000, only_v4, 0, {}, milliseconds{50});
    w.run_for(minutes{2});
    auto const questions_each = [&](auto& host) {
        std::uint64_t asked = 0;
        unsigned stored = 0;
        seeded_random chance{5};
        for (unsigned i = 0; i < torrents; ++i) {
            info_hash hash;
            chance.fill(hash.bytes);
            outcome const o = w.finish(host, host.announce(hash, {.port = 7'000}));
            asked += o.asked;
            stored += o.stored >= 8 ? 1U : 0U;
        }
        CHECK(stored >= torrents * 99 / 100);
        return static_cast<double>(asked) / torrents;
    };
    auto& alone = w.add<sim::node<>>(sim::public_v4(5'000), settings{.met_nodes_max = 0});
    auto& sharing = w.add<sim::node<>>(sim::public_v4(5'001));
    alone.bootstrap(net.hosts[0]->at());
    sharing.bootstrap(net.hosts[0]->at());
    w.run_for(minutes{2});
    double const apart = questions_each(alone);
    double const first = questions_each(sharing);
    double const again = questions_each(sharing);
    std::printf("400 announces: %.1f questions each apart, %.1f sharing, %.1f when repeated\n",
                apart, first, again);
    CHECK(first < apart);
    CHECK(again < first);
}
