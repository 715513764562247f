// What it takes to answer a query in memory, from the bytes of the question to those of the answer,
// which wait in the outbox: time, and calls of operator new. The node has 500 contacts, 100 000
// torrents of five peers, a thousand of 50 and one of 2 000. Queries come as a driver brings them:
// up to 64 at once, in memory that the kernel has just written, and told of before by `expect`.
// Sending is not part of it. `median` is the time of a query in the median batch, which what else
// the machine does hardly touches; p50 and p999 are of single queries, without what it takes to
// read the clock twice.

#include "allocations.hpp"
#include "load.hpp"
#include <algorithm>
#include <benchmark/benchmark.h>
#include <chrono>

namespace {

using namespace bench;

using stopwatch = std::chrono::steady_clock;

struct living_node {
    instant now{seconds{1'000}};
    load chance;
    node_type node{roomy_limits(), seeded_random{7}};
    std::vector<info_hash> of_five;
    std::vector<info_hash> of_fifty;
    std::vector<info_hash> of_2000;

    living_node() {
        node.open(now, own_address);
        befriend(node, now, chance, 500);
        of_five = store(node, now, chance, 100'000, 5);
        of_fifty = store(node, now, chance, 1'000, 50);
        of_2000 = store(node, now, chance, 1, 2'000);
        now += minutes{1};
    }
};

/// As many as a driver reads at once.
class datagrams {
public:
    struct datagram {
        endpoint from;
        byte_view bytes;
    };

    static constexpr std::size_t most = 64;

    datagrams() : memory_(most * stride) { all_.reserve(most); }

    void add(question const& q) {
        byte_span const room = byte_span{memory_}.subspan(all_.size() * stride, q.bytes.size());
        std::copy(as_bytes(q.bytes).begin(), as_bytes(q.bytes).end(), room.begin());
        all_.push_back({q.from, room});
    }

    void clear() { all_.clear(); }

    [[nodiscard]] std::span<datagram const> all() const { return all_; }

private:
    static constexpr std::size_t stride = 65 * 64; // as io::input_batch has it

    std::vector<std::byte> memory_;
    std::vector<datagram> all_;
};

/// Takes what was sent, and wakes the node if it wants.
class counted_replies {
public:
    void take(living_node& one, std::span<datagrams::datagram const> asked) {
        auto next = asked.begin();
        while (auto const t = one.node.poll_transmit()) {
            bytes += t->bytes.size();
            auto const to =
                std::find_if(next, asked.end(), [&](auto const& d) { return d.from == t->to; });
            if (to == asked.end()) continue; // a question of its own
            ++answers;
            next = to + 1;
        }
        if (auto const due = one.node.next_deadline(); due && due->at <= one.now)
            one.node.advance(one.now);
    }

    std::size_t answers = 0;
    std::size_t bytes = 0;
};

double nanoseconds(stopwatch::duration d) {
    return std::chrono::duration<double, std::nano>(d).count();
}

/// What reading the clock adds to what is measured between two readings.
double clock_ns() {
    std::vector<double> took(10'000);
    for (double& each : took) {
        auto const before = stopwatch::now();
        each = nanoseconds(stopwatch::now() - before);
    }
    std::nth_element(took.begin(), took.begin() + 5'000, took.end());
    return took[5'000];
}

/// Of each query by itself.
void spread_over(benchmark::State& state, living_node& one, std::vector<question> const& all) {
    std::vector<double> took;
    datagrams came;
    counted_replies replies;
    for (std::size_t n = 0; n < 200'000; n += came.all().size()) {
        came.clear();
        for (std::size_t i = 0; i < came.most; ++i)
            came.add(all[(n + i) % all.size()]);
        one.now += microseconds{5 * came.most};
        one.node.expect(came.all());
        for (auto const& d : came.all()) {
            auto const before = stopwatch::now();
            one.node.receive(one.now, 0, d.from, d.bytes);
            took.push_back(nanoseconds(stopwatch::now() - before));
        }
        replies.take(one, came.all());
    }
    std::sort(took.begin(), took.end());
    double const clock = clock_ns();
    state.counters["p50"] = took[took.size() / 2] - clock;
    state.counters["p999"] = took[took.size() - took.size() / 1'000] - clock;
}

void answer(benchmark::State& state, kind what, std::vector<info_hash> living_node::*hashes) {
    static living_node one;
    auto const all = questions(one.node, one.now, one.chance, what, one.*hashes, 16'384);
    one.now += minutes{1};
    datagrams came;
    counted_replies replies;
    std::size_t asked = 0;
    std::uint64_t calls = 0;
    std::vector<double> batches;
    while (state.KeepRunningBatch(came.most)) {
        came.clear();
        while (came.all().size() < came.most)
            came.add(all[asked++ % all.size()]);
        one.now += microseconds{5 * came.most};
        std::uint64_t const calls_before = heap.calls;
        auto const before = stopwatch::now();
        one.node.expect(came.all());
        for (auto const& d : came.all())
            one.node.receive(one.now, 0, d.from, d.bytes);
        auto const took = stopwatch::now() - before;
        calls += heap.calls - calls_before;
        state.SetIterationTime(nanoseconds(took) / 1e9);
        batches.push_back(nanoseconds(took) / came.most);
        replies.take(one, came.all());
    }
    auto const per_query = [&](std::size_t n) {
        return static_cast<double>(n) / static_cast<double>(asked);
    };
    std::nth_element(batches.begin(), batches.begin() + batches.size() / 2, batches.end());
    state.counters["median"] = batches[batches.size() / 2];
    state.counters["allocations"] = per_query(calls);
    state.counters["answered"] = per_query(replies.answers);
    state.counters["bytes"] = per_query(replies.bytes);
    spread_over(state, one, all);
}

#define DHT_ANSWER(name, ...) BENCHMARK_CAPTURE(answer, name, __VA_ARGS__)->UseManualTime()

DHT_ANSWER(ping, kind::ping, &living_node::of_five);
DHT_ANSWER(find_node, kind::find_node, &living_node::of_five);
DHT_ANSWER(get_peers, kind::get_peers, &living_node::of_five);
DHT_ANSWER(get_peers_of_50, kind::get_peers, &living_node::of_fifty);
DHT_ANSWER(get_peers_of_2000, kind::get_peers, &living_node::of_2000);
DHT_ANSWER(announce_peer, kind::announce_peer, &living_node::of_five);
DHT_ANSWER(get, kind::get, &living_node::of_five);
DHT_ANSWER(put, kind::put, &living_node::of_five);
DHT_ANSWER(put_mutable, kind::put_mutable, &living_node::of_five);

} // namespace

BENCHMARK_MAIN();
