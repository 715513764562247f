// Bytes that a node takes, its own and those from the heap, as the allocator rounds them.
//
//   node_alone/CONTACTS      joined and tidied; the slope is what a contact takes
//   full_table               with all that a default table holds in a network of a million
//   all_told/CONTACTS/WHERE  with all that drives it: an io_context, asio_driver, batch_transport
//                            and a socket on the wildcard (0) or one address (1) that as many have
//                            sent to; not what the kernel keeps
//   transaction/COUNT        questions under way
//   ping/COUNT               the same, begun by the user
//   peers/TORRENTS/EACH      stored ones, each a source of its own
//   items/COUNT/KIND         of 100 bytes: immutable (0), mutable (1), each of another source

#include <dht/io/asio_driver.hpp>

#include <asio/io_context.hpp>

#include "allocations.hpp"
#include "load.hpp"
#include <benchmark/benchmark.h>
#include <memory>

namespace {

using namespace bench;

using quiet_node = dht::node<allow_local>;

/// Room for 512 contacts in the first four buckets, where the default has 240.
settings wide_table() {
    settings s;
    s.buckets.shallow.fill(128);
    return s;
}

endpoint everybody(std::size_t n) {
    return {address::v4(0x7f000001U + static_cast<std::uint32_t>(n + 1) * 256U), 6881};
}

/// One that shares so many leading bits with the node, and no more.
node_id id_at_depth(quiet_node& node, unsigned depth, load& chance) {
    key160 id = with_prefix(node.own_id(0), depth + 1, key160::from(as_bytes(chance.draw(20))));
    id.flip_bit(depth);
    return to_node_id(id);
}

void introduce(quiet_node& node, instant now, endpoint const& at, node_id const& id) {
    node.ping(now, at);
    std::string const question = drain(node);
    node.receive(now, 0, at,
                 as_bytes("d1:rd2:id20:" + std::string{as_text(id.bytes)} + "e" +
                          question.substr(question.rfind("1:t6:"), 11) + "1:y1:re"));
    while (node.poll_outcome()) {
    }
    drain(node);
}

void fill(quiet_node& node, instant now, std::size_t contacts) {
    load chance;
    for (std::size_t n = 0; n < contacts; ++n)
        introduce(node, now, everybody(n), id_at_depth(node, static_cast<unsigned>(n % 4), chance));
}

/// Time for it to give back what it does not need.
template <class Node>
void tidy(Node& node, instant now) {
    node.receive(now + minutes{6}, 0, everybody(0), as_bytes("x"));
}

void report(benchmark::State& state, std::uint64_t bytes, double contacts) {
    state.counters["bytes"] = static_cast<double>(bytes);
    state.counters["contacts"] = contacts;
}

void node_alone(benchmark::State& state) {
    instant const now{seconds{1'000}};
    for (auto _ : state) {
        std::uint64_t const before = heap.bytes;
        auto const node = std::make_unique<quiet_node>(wide_table());
        node->open(now, own_address);
        fill(*node, now, static_cast<std::size_t>(state.range(0)));
        tidy(*node, now);
        report(state, heap.bytes - before, static_cast<double>(node->good_contacts(0)));
    }
}

void full_table(benchmark::State& state) {
    instant const now{seconds{1'000}};
    for (auto _ : state) {
        load chance;
        std::uint64_t const before = heap.bytes;
        auto const node = std::make_unique<quiet_node>();
        node->open(now, own_address);
        std::size_t n = 0;
        for (std::size_t depth = 0, there = 500'000; there > 0; ++depth, there /= 2)
            for (std::size_t i = 0; i < there && i < 400; ++i)
                introduce(*node, now, everybody(n++),
                          id_at_depth(*node, static_cast<unsigned>(depth), chance));
        tidy(*node, now);
        report(state, heap.bytes - before, static_cast<double>(node->good_contacts(0)));
    }
}

/// Contacts as a node in memory has met them, for one that starts from its snapshot.
std::vector<std::byte> snapshot_with(std::size_t contacts, instant now, unix_time date,
                                     endpoint const& at) {
    quiet_node node{wide_table()};
    node.set_unix_time(now, date);
    node.open(now, at);
    fill(node, now, contacts);
    std::vector<std::byte> bytes;
    node.snapshot(now, bytes);
    return bytes;
}

struct embedded {
    asio::io_context io{1};
    dht::node<allow_local, io::batch_transport> node{wide_table()};
    io::asio_driver<decltype(node)> driver{io.get_executor(), node};
};

/// Everybody says something to it, on the wildcard to another address of ours each.
void be_heard(embedded& us, std::size_t count) {
    asio::io_context elsewhere;
    for (std::size_t n = 0; n < count; ++n) {
        endpoint to = us.driver.local(0);
        if (is_unroutable(to.ip)) to.ip = everybody(n + 1).ip;
        io::udp_socket socket{elsewhere.get_executor(), {everybody(n).ip, 0}};
        socket.send(std::vector<transmit>{{0, to, as_bytes("d")}});
        us.io.poll();
    }
}

void all_told(benchmark::State& state) {
    auto const contacts = static_cast<std::size_t>(state.range(0));
    address const where = state.range(1) == 0 ? address::v4(0U) : address::v4(0x7f000001);
    for (auto _ : state) {
        instant const now = io::steady_now();
        std::uint64_t const before = heap.bytes;
        auto const us = std::make_unique<embedded>();
        us->driver.open({where, 0});
        us->node.restore(now, snapshot_with(contacts, now, io::unix_now(), us->driver.local(0)));
        be_heard(*us, contacts);
        tidy(us->node, now);
        report(state, heap.bytes - before, static_cast<double>(us->node.good_contacts(0)));
    }
}

/// A question of the node's, and the deadline of its answer.
void transaction(benchmark::State& state) {
    for (auto _ : state) {
        engine::transactions open{4'096};
        engine::timers deadlines;
        std::uint64_t const before = heap.bytes;
        for (std::int64_t n = 0; n < state.range(0); ++n) {
            auto const h = open.add({});
            deadlines.set({}, wake_reason::question_stalled, engine::subject_of(h));
        }
        state.counters["each"] =
            static_cast<double>(heap.bytes - before) / static_cast<double>(state.range(0));
    }
}

/// What a user asks for: a question, and the operation that it belongs to.
void ping(benchmark::State& state) {
    instant const now{seconds{1'000}};
    for (auto _ : state) {
        quiet_node node;
        node.open(now, own_address);
        std::uint64_t const before = heap.bytes;
        for (std::int64_t n = 0; n < state.range(0); ++n) {
            node.ping(now, everybody(static_cast<std::size_t>(n)));
            drain(node);
        }
        state.counters["each"] =
            static_cast<double>(heap.bytes - before) / static_cast<double>(state.range(0));
    }
}

void peers(benchmark::State& state) {
    auto const torrents = static_cast<std::uint32_t>(state.range(0));
    auto const each = static_cast<std::uint32_t>(state.range(1));
    settings roomy;
    roomy.torrents_max = 2 * torrents;
    for (auto _ : state) {
        load chance;
        seeded_random rng{1};
        std::uint64_t const before = heap.bytes;
        memory_peer_store store;
        store.start(roomy, rng);
        for (std::uint32_t t = 0; t < torrents; ++t) {
            info_hash const hash = chance.draw_hash();
            for (std::uint32_t n = 0; n < each; ++n)
                store.announce(instant{} + milliseconds{t * each + n}, hash,
                               {{address::v4(0x02000000U + (t * each + n) * 97U), 6881}, n == 0});
        }
        state.counters["bytes"] = static_cast<double>(heap.bytes - before);
        state.counters["each"] =
            static_cast<double>(heap.bytes - before) / static_cast<double>(store.peers());
        state.counters["peers"] = static_cast<double>(store.peers());
    }
}

void items(benchmark::State& state) {
    auto const count = static_cast<std::uint32_t>(state.range(0));
    settings roomy = roomy_limits();
    for (auto _ : state) {
        load chance;
        seeded_random rng{1};
        std::uint64_t const before = heap.bytes;
        memory_item_store store;
        store.start(roomy, rng);
        for (std::uint32_t n = 0; n < count; ++n) {
            item i = chance.draw_item();
            if (state.range(1) == 1) i.k.emplace(); // nobody checks signatures here
            item_key const key{key160::from(as_bytes(chance.draw(20)))};
            store.put(instant{}, address::v4(0x02000000U + n * 97U), key, i.view());
        }
        state.counters["each"] =
            static_cast<double>(heap.bytes - before) / static_cast<double>(store.items());
        state.counters["items"] = static_cast<double>(store.items());
    }
}

BENCHMARK(node_alone)->Arg(0)->Arg(100)->Arg(500)->Iterations(1);
BENCHMARK(full_table)->Iterations(1);
BENCHMARK(all_told)->ArgsProduct({{0, 500}, {0, 1}})->Iterations(1);
BENCHMARK(transaction)->Arg(16)->Arg(100)->Arg(4'000)->Iterations(1);
BENCHMARK(ping)->Arg(100)->Arg(1'000)->Iterations(1);
BENCHMARK(peers)->Args({100'000, 5})->Args({100'000, 1})->Args({1, 2'000})->Iterations(1);
BENCHMARK(items)->ArgsProduct({{1'000, 50'000}, {0, 1}})->Iterations(1);

} // namespace

BENCHMARK_MAIN();
