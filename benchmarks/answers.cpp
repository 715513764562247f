// What it takes to answer a query in memory, from the bytes of the question to those of the answer:
// time, and calls of operator new. 500 contacts, 100 000 torrents with five peers each and one with
// 2 000.

#include "allocations.hpp"
#include "load.hpp"
#include <benchmark/benchmark.h>

namespace {

using namespace bench;

struct living_node {
    instant now{seconds{1'000}};
    load chance;
    node_type node{roomy_limits(), seeded_random{7}};
    std::vector<info_hash> hashes;
    std::vector<info_hash> crowd;

    living_node() {
        node.open(now, own_address);
        befriend(node, now, chance, 500);
        hashes = store(node, now, chance, 100'000, 5);
        crowd = store(node, now, chance, 1, 2'000);
        now += minutes{1};
    }
};

void answer(benchmark::State& state, kind what, bool of_crowd = false) {
    static living_node one;
    auto const all =
        questions(one.node, one.now, one.chance, what, of_crowd ? one.crowd : one.hashes, 8'192);
    one.now += minutes{1};
    std::size_t asked = 0;
    std::size_t answered = 0;
    std::size_t bytes = 0;
    std::uint64_t const before = heap.calls;
    for (auto _ : state) {
        question const& q = all[asked++ % all.size()];
        one.now += microseconds{5};
        one.node.receive(one.now, 0, q.from, as_bytes(q.bytes));
        while (auto const t = one.node.poll_transmit()) {
            answered += t->to == q.from ? 1 : 0;
            bytes += t->bytes.size();
        }
        if (auto const next = one.node.next_deadline(); next && next->at <= one.now)
            one.node.advance(one.now);
    }
    auto const per_query = [&](double n) { return n / static_cast<double>(asked); };
    state.counters["allocations"] = per_query(static_cast<double>(heap.calls - before));
    state.counters["answered"] = per_query(static_cast<double>(answered));
    state.counters["bytes"] = per_query(static_cast<double>(bytes));
}

BENCHMARK_CAPTURE(answer, ping, kind::ping);
BENCHMARK_CAPTURE(answer, find_node, kind::find_node);
BENCHMARK_CAPTURE(answer, get_peers, kind::get_peers);
BENCHMARK_CAPTURE(answer, get_peers_of_2000, kind::get_peers, true);
BENCHMARK_CAPTURE(answer, announce_peer, kind::announce_peer);
BENCHMARK_CAPTURE(answer, get, kind::get);
BENCHMARK_CAPTURE(answer, put, kind::put);
BENCHMARK_CAPTURE(answer, put_mutable, kind::put_mutable);

} // namespace

BENCHMARK_MAIN();
