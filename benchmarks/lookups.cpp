// Questions and (virtual) time of a lookup among 1 000 nodes in one process, and the real time that
// a lookup takes there.

#include <dht/dht.hpp>
#include <dht/sim/world.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace dht;

void lookup(benchmark::State& state) {
    sim::world world{1};
    std::vector<sim::node_host<sim::node<>>*> hosts;
    for (std::uint32_t i = 0; i < 1'000; ++i) {
        hosts.push_back(&world.add<sim::node<>>(sim::public_v4(i)));
        if (i > 0) hosts.back()->bootstrap(hosts.front()->at());
        world.run_for(milliseconds{50});
    }
    world.run_for(minutes{2});
    double asked = 0;
    double took_ms = 0;
    for (auto _ : state) {
        auto& host = *hosts[static_cast<std::size_t>(below(world.workload(), hosts.size()))];
        key160 target;
        world.workload().fill(target.bytes);
        operation_id const id = host.find_node(target);
        while (host.result(id) == nullptr)
            world.run_for(milliseconds{10});
        asked += host.result(id)->asked;
        took_ms += static_cast<double>(host.result(id)->took.count()) / 1e3;
        host.forget_results();
    }
    auto const count = static_cast<double>(state.iterations());
    state.counters["questions"] = asked / count;
    state.counters["virtual_ms"] = took_ms / count;
}

BENCHMARK(lookup)->Iterations(500)->Unit(benchmark::kMicrosecond);

} // namespace

BENCHMARK_MAIN();
