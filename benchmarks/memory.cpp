// Bytes of a node, all told: what it holds itself and what it took from the heap. The table is
// filled over the wire; a full one of the default shape holds a few hundred contacts of those that
// answer.

#include "allocations.hpp"
#include "load.hpp"
#include <benchmark/benchmark.h>
#include <memory>

namespace {

using namespace bench;

void node_memory(benchmark::State& state) {
    instant const now{seconds{1'000}};
    auto const offered = static_cast<std::size_t>(state.range(0));
    double bytes = 0;
    double contacts = 0;
    for (auto _ : state) {
        load chance;
        std::uint64_t const before = heap.bytes;
        auto node = std::make_unique<dht::node<allow_local>>();
        node->open(now, own_address);
        befriend(*node, now, chance, offered);
        bytes = static_cast<double>(heap.bytes - before);
        contacts = static_cast<double>(node->good_contacts(0));
    }
    state.counters["bytes"] = bytes;
    state.counters["contacts"] = contacts;
}

BENCHMARK(node_memory)->Arg(0)->Arg(1)->Arg(100)->Arg(1'000)->Arg(10'000)->Iterations(1);

} // namespace

BENCHMARK_MAIN();
