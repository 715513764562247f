// The peer store alone: what an announce, a renewal, a sample and an expiry take, and the bytes of a
// peer. Each peer is a source of its own, which is the dearest case.

#include <dht/policy/memory_peer_store.hpp>

#include "allocations.hpp"
#include <benchmark/benchmark.h>
#include <optional>

namespace {

using namespace dht;

info_hash torrent(std::uint32_t n) {
    info_hash h;
    store_big_endian(h.bytes.data(), n * 2'654'435'761U);
    return h;
}

stored_peer peer(std::uint32_t n) {
    return {{address::v4(0x02000000U + n * 97), 6881}, n % 4 == 0};
}

settings roomy() {
    settings s;
    s.peers_max = 4'000'000;
    s.torrents_max = 400'000;
    return s;
}

/// Peers announced a millisecond after another, spread evenly over the torrents.
struct filled_store {
    memory_peer_store store;
    seeded_random rng{1};
    std::uint32_t peers;
    std::uint32_t torrents;
    instant now{};

    filled_store(std::uint32_t peers_wanted, std::uint32_t torrents_wanted)
        : peers{peers_wanted},
          torrents{torrents_wanted} {
        store.start(roomy(), rng);
        for (std::uint32_t n = 0; n < peers; ++n)
            announce(n);
    }

    void announce(std::uint32_t n) {
        now += milliseconds{1};
        benchmark::DoNotOptimize(store.announce(now, torrent(n % torrents), peer(n)));
    }
};

std::uint32_t arg(benchmark::State const& state, std::size_t i) {
    return static_cast<std::uint32_t>(state.range(i));
}

/// Of everybody, into an empty store.
void announce(benchmark::State& state) {
    std::optional<filled_store> filled;
    std::uint64_t before = 0;
    for (auto _ : state) {
        state.PauseTiming();
        filled.reset();
        before = bench::heap.bytes;
        state.ResumeTiming();
        filled.emplace(arg(state, 0), arg(state, 1));
    }
    auto const held = static_cast<double>(bench::heap.bytes - before);
    state.counters["bytes_per_peer"] = held / static_cast<double>(filled->store.peers());
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// Of one after another, in the order of their announces.
void renew(benchmark::State& state) {
    filled_store filled{arg(state, 0), arg(state, 1)};
    std::uint32_t n = 0;
    for (auto _ : state)
        filled.announce(n++ % filled.peers);
    state.SetItemsProcessed(state.iterations());
}

/// Fifty of a torrent with so many.
void sample(benchmark::State& state) {
    filled_store filled{arg(state, 0), 1};
    std::array<endpoint, 50> out;
    for (auto _ : state)
        benchmark::DoNotOptimize(
            filled.store.sample(filled.now, torrent(0), {}, filled.rng, std::span{out}));
    state.SetItemsProcessed(state.iterations());
}

/// Of everybody, as fast as the store does it.
void expire(benchmark::State& state) {
    for (auto _ : state) {
        state.PauseTiming();
        std::optional<filled_store> filled{std::in_place, arg(state, 0), arg(state, 1)};
        instant now = filled->now + minutes{45};
        state.ResumeTiming();
        while ((now = filled->store.expire(now)) != never) {
        }
        state.PauseTiming();
        filled.reset();
        state.ResumeTiming();
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// Filters of a torrent with so many peers: kept ones, and ones that are built.
void scrape(benchmark::State& state, bool kept) {
    filled_store filled{arg(state, 0), 1};
    std::array<std::byte, 256> seeds{};
    std::array<std::byte, 256> leeches{};
    bool seed = false;
    for (auto _ : state) {
        if (!kept) filled.store.announce(filled.now, torrent(0), {peer(0).at, seed = !seed});
        benchmark::DoNotOptimize(filled.store.filters(filled.now, torrent(0), {seeds, leeches}));
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK(announce)->Args({100'000, 10'000})->Args({1'000'000, 100'000})->Iterations(1);
BENCHMARK(renew)->Args({100'000, 10'000})->Args({1'000'000, 100'000})->Args({2'000, 1});
BENCHMARK(sample)->Arg(50)->Arg(2'000);
BENCHMARK(expire)->Args({100'000, 10'000})->Args({1'000'000, 100'000})->Iterations(1);
BENCHMARK_CAPTURE(scrape, kept, true)->Arg(50)->Arg(2'000);
BENCHMARK_CAPTURE(scrape, built, false)->Arg(50)->Arg(2'000);

} // namespace

BENCHMARK_MAIN();
