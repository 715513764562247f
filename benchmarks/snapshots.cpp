// What it takes to save a node and to bring it back: the routing state alone, and with the peers
// and items kept for others. 500 contacts, 10 000 torrents of ten peers each, 1 000 items of which
// half are signed.

#include "load.hpp"
#include <benchmark/benchmark.h>

namespace {

using namespace bench;

struct living_node {
    instant now{seconds{1'000}};
    load chance;
    node_type node{roomy_limits(), seeded_random{7}};

    living_node() {
        node.open(now, own_address);
        befriend(node, now, chance, 500);
        store(node, now, chance, 10'000, 10);
        for (std::size_t i = 0; i < 1'000; ++i) {
            kind const what = i % 2 == 0 ? kind::put : kind::put_mutable;
            auto const put =
                put_query(node, now, chance, chance.asker(i), item_for(what, chance, i / 2));
            node.receive(now, 0, chance.asker(i), as_bytes(put));
            drain(node);
        }
    }

    [[nodiscard]] std::vector<std::byte> save(snapshot_scope what) const {
        std::vector<std::byte> bytes;
        node.snapshot(now, bytes, what);
        return bytes;
    }
};

void save(benchmark::State& state, snapshot_scope what) {
    living_node const one;
    for (auto _ : state)
        state.counters["bytes"] = static_cast<double>(one.save(what).size());
}

void restore(benchmark::State& state, snapshot_scope what) {
    living_node const one;
    auto const bytes = one.save(what);
    for (auto _ : state) {
        node_type fresh{roomy_limits(), seeded_random{8}};
        fresh.open(one.now, own_address);
        if (fresh.restore(one.now, bytes) != errc::ok) state.SkipWithError("not restored");
        state.counters["contacts"] = static_cast<double>(fresh.good_contacts(0));
    }
}

BENCHMARK_CAPTURE(save, own_state, snapshot_scope::own_state)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(save, with_stores, snapshot_scope::with_stores)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(restore, own_state, snapshot_scope::own_state)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(restore, with_stores, snapshot_scope::with_stores)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
