// What identities cost (secure/puzzle.hpp): to find a key pair and an X by their zero bits, to check
// a proof. Medians of many searches are far below their means: both are told.

#include <dht/policy/random_source.hpp>
#include <dht/secure/puzzle.hpp>

#include <algorithm>
#include <benchmark/benchmark.h>
#include <vector>

namespace {

using namespace dht;

puzzle_rules rules(std::int64_t static_bits, std::int64_t dynamic_bits) {
    return {static_cast<unsigned>(static_bits), static_cast<unsigned>(dynamic_bits)};
}

void report_tries(benchmark::State& state, std::vector<double> tries) {
    std::sort(tries.begin(), tries.end());
    double sum = 0;
    for (double const each : tries)
        sum += each;
    state.counters["tries"] = sum / static_cast<double>(tries.size());
    state.counters["median"] = tries[tries.size() / 2];
}

void find_key(benchmark::State& state) {
    seeded_random chance{1};
    std::vector<double> tries;
    for (auto _ : state) {
        ed25519_seed seed;
        chance.fill(seed);
        key_search search{rules(state.range(0), 0), seed};
        while (!search.advance(1'000)) {
        }
        tries.push_back(static_cast<double>(search.tried()));
    }
    report_tries(state, std::move(tries));
}

void find_x(benchmark::State& state) {
    seeded_random chance{2};
    std::vector<double> tries;
    for (auto _ : state) {
        node_id id;
        chance.fill(id.bytes);
        puzzle_search search{rules(0, state.range(0)), id, 20'000};
        while (!search.advance(1'000)) {
        }
        tries.push_back(static_cast<double>(search.tried()));
    }
    report_tries(state, std::move(tries));
}

void check_proof(benchmark::State& state) {
    puzzle_rules const strict = rules(4, 12);
    key_search keys{strict, {}};
    std::optional<ed25519_key_pair> pair;
    while (!pair)
        pair = keys.advance(100);
    node_id const id = id_of_key(pair->public_key());
    puzzle_search search{strict, id, 20'000};
    std::optional<key160> x;
    while (!x)
        x = search.advance(1'000);
    puzzle_proof const proof{pair->public_key(), *x};
    bool good = true;
    for (auto _ : state)
        good &= is_proof_for(id, proof, strict, id_binding::bep42, unix_time{20'000 * 86'400LL});
    state.counters["good"] = good ? 1 : 0;
}

BENCHMARK(find_key)->Arg(0)->Arg(4)->Arg(8)->Arg(12)->Unit(benchmark::kMillisecond);
BENCHMARK(find_x)->Arg(0)->Arg(8)->Arg(12)->Arg(16)->Arg(20)->Unit(benchmark::kMillisecond);
BENCHMARK(check_proof);

} // namespace

BENCHMARK_MAIN();
