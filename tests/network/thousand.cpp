#include "world.hpp"
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
