// S/Kademlia's figure 4 (Baumgart and Mies 2007): the share of lookups that meet no adversary on at
// least one of d disjoint paths, among 10 000 nodes with k = 16 and s = 16, each of which knows 5 s
// siblings as in the authors' simulator. Beside what was drawn stand the formula for independent
// paths, what the paper shows (read off its plot, to within 0.02), and how many nodes a lookup
// asked. In a network like that, but with 16 siblings each: the strategies that nodes have, 128
// questions each, until an honest node names the closest of all (`ends`: or until they end by
// themselves). LOOKUPS in the environment says how many are drawn for a point, else 10 000.

#include <dht/secure/disjoint_paths.hpp>
#include <dht/secure/fair_source.hpp>
#include <dht/sim/path_model.hpp>

#include <benchmark/benchmark.h>
#include <cmath>
#include <cstdlib>

namespace {

using namespace dht;

unsigned const lookups = [] {
    char const* const wanted = std::getenv("LOOKUPS");
    return wanted == nullptr ? 10'000U : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}();

/// For 5, 10, ... 90 % adversaries.
constexpr std::array<double, 18> figure_of(std::int64_t paths) {
    switch (paths) {
    case 1:
        return {.96, .88, .83, .76, .68, .62, .56, .51, .46,
                .38, .33, .25, .24, .22, .17, .17, .13, .08};
    case 2:
        return {1.0, .97, .97, .94, .90, .83, .77, .72, .68,
                .60, .55, .49, .46, .34, .26, .22, .15, .08};
    case 4:
        return {1.0, 1.0, 1.0, 1.0, .99, .98, .92, .90, .86,
                .80, .76, .65, .54, .50, .36, .33, .18, .14};
    default:
        return {1.0, 1.0, 1.0, 1.0, 1.0, .99, .98, .96, .91,
                .88, .84, .81, .76, .63, .54, .41, .32, .21};
    }
}

sim::path_model& model() {
    static sim::path_model one{{}, 1};
    return one;
}

sim::path_model& model_of_paper() {
    static sim::path_model one{{10'000, 16, 5 * 16}, 1};
    return one;
}

void figure_4(benchmark::State& state) {
    auto const paths = static_cast<unsigned>(state.range(0));
    double const adversaries = static_cast<double>(state.range(1)) / 100;
    auto const calm = model_of_paper().run(lookups, paths, 0);
    for (auto _ : state) {
        auto const found = model_of_paper().run(lookups, paths, adversaries);
        state.counters["success"] = found.success;
        state.counters["asked"] = found.asked;
    }
    state.counters["formula"] = sim::disjoint_paths_success(calm.hops, adversaries, paths);
    state.counters["figure"] = figure_of(paths)[static_cast<std::size_t>(state.range(1) / 5 - 1)];
}

BENCHMARK(figure_4)
    ->ArgsProduct({{1, 2, 4, 8}, benchmark::CreateDenseRange(5, 90, 5)})
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

/// The lower end of the 95 % interval of a share (Wilson 1927).
double lower_end(double share) {
    constexpr double z = 1.96;
    double const n = lookups;
    return (share + z * z / (2 * n) - z * std::sqrt((share * (1 - share) + z * z / (4 * n)) / n)) /
           (1 + z * z / n);
}

template <class Strategy>
void strategy(benchmark::State& state, Strategy const& how, unsigned results) {
    double const adversaries = static_cast<double>(state.range(0)) / 100;
    auto const lie = static_cast<sim::liars>(state.range(1));
    for (auto _ : state) {
        auto const found = model().run(how, lookups, adversaries, lie, 128, results);
        state.counters["success"] = found.success;
        state.counters["at_least"] = lower_end(found.success);
        state.counters["asked"] = found.asked;
    }
}

constexpr unsigned endless = 1'000; // results, of which there are never enough

void points(benchmark::internal::Benchmark* all) {
    all->ArgsProduct({{0, 30, 50, 60, 70, 80}, {0, 1, 2, 3}})
        ->Iterations(1)
        ->Unit(benchmark::kMillisecond);
}

BENCHMARK_CAPTURE(strategy, fair_source, fair_source<>{}, endless)->Apply(points);
BENCHMARK_CAPTURE(strategy, fair_source_ends, fair_source<>{}, 16)->Apply(points);
BENCHMARK_CAPTURE(strategy, disjoint_paths, dht::disjoint_paths<8>{}, endless)->Apply(points);
BENCHMARK_CAPTURE(strategy, single_path, single_path{}, endless)->Apply(points);

} // namespace

BENCHMARK_MAIN();
