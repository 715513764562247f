#include <dht/kad/size_estimate.hpp>
#include <dht/sim/geography.hpp>
#include <dht/sim/path_model.hpp>
#include <dht/sim/sampling.hpp>

#include "../../catch.hpp"
#include <cstdio>

// What can be computed on paper, against ids that are drawn.

using namespace dht;

TEST_CASE("lookups over disjoint paths succeed as often as the formula has it") {
    sim::path_model model{{4'000, 16, 16}, 1};
    std::printf("disjoint paths, drawn (formula):\n");
    for (unsigned const paths : {1U, 2U, 4U, 8U}) {
        auto const calm = model.run(1'000, paths, 0);
        CHECK(calm.success == 1);
        std::printf("d=%u:", paths);
        for (double const a : {0.1, 0.3, 0.5, 0.7}) {
            CAPTURE(paths, a);
            double const drawn = model.run(1'000, paths, a).success;
            double const formula = sim::disjoint_paths_success(calm.hops, a, paths);
            std::printf(" a=%.1f %.3f (%.3f)", a, drawn, formula);
            // Deviation of the draw: at most 0.016. In a lookup short paths come together, which
            // the formula does not know: up to 0.06 for eight paths.
            CHECK(drawn == Approx(formula).margin(0.05 + 0.005 * paths));
        }
        std::printf("\n");
    }
}

TEST_CASE("more paths and fewer adversaries are better, by the formula and by hand") {
    std::vector<double> const two_hops{0, 0, 1};
    CHECK(sim::disjoint_paths_success(two_hops, 0.5, 1) == Approx(0.25));
    CHECK(sim::disjoint_paths_success(two_hops, 0.5, 2) == Approx(0.4375));
    CHECK(sim::disjoint_paths_success({0.5, 0.5}, 1, 8) == Approx(0.5));
    CHECK(sim::disjoint_paths_success(two_hops, 0, 1) == Approx(1));
}

TEST_CASE("the size estimate deviates as least squares over eight distances must") {
    constexpr double nodes = 1e6;
    constexpr int trials = 1'500;

    struct row {
        int lookups;
        double least_squares; // Sohl 2020, computed
    };

    sim::dice chance{5};
    for (auto const& [lookups, published] :
         {row{4, 0.194}, row{16, 0.096}, row{64, 0.045}, row{256, 0.025}}) {
        double sum = 0;
        double squares = 0;
        for (int t = 0; t < trials; ++t) {
            size_estimate estimate{256};
            for (int m = 0; m < lookups; ++m) {
                std::array<key160, 8> ids{};
                double place = 0; // uniform ids: distances grow by exponential steps
                for (key160& id : ids) {
                    place += sim::exponential(chance) / nodes;
                    store_big_endian(id.bytes.data(), static_cast<std::uint64_t>(place * 0x1p64));
                }
                estimate.observe(key160{}, ids);
            }
            sum += estimate.nodes() / nodes;
            squares += estimate.nodes() / nodes * (estimate.nodes() / nodes);
        }
        double const mean = sum / trials;
        double const deviation = std::sqrt(squares / trials - mean * mean) / mean;
        double const bound = 1 / std::sqrt(8.0 * lookups);
        std::printf("size estimate, %d lookups: deviation %.4f (%.3f), bound %.4f, bias %+.2f %%\n",
                    lookups, deviation, published, bound, 100 * (mean - 1));
        CAPTURE(lookups);
        CHECK(deviation < 1.1 * published);
        // The sum of i d_i weighs the j-th step with j + ... + 8: 76.9 / 204 of one lookup.
        CHECK(deviation == Approx(0.377 / std::sqrt(lookups)).epsilon(0.06));
        CHECK(deviation > bound);
        CHECK(std::abs(mean - 1) < deviation / 2);
    }
}

TEST_CASE("as many nodes are within a radius of a key as Poisson has it") {
    CHECK(1 - sim::poisson_tail(1, 8) == Approx(3.4e-4).epsilon(0.02));
    CHECK(1 - sim::poisson_tail(1, 12) == Approx(6.1e-6).epsilon(0.02));
    CHECK(1 - sim::poisson_tail(1, 16) == Approx(1.1e-7).epsilon(0.03));
    CHECK(1 - sim::poisson_tail(1, 20) == Approx(2.1e-9).epsilon(0.03));
    constexpr std::size_t nodes = 200'000;
    constexpr double keys = 4'000;
    seeded_random chance{3};
    std::vector<key160> ids;
    while (ids.size() < nodes)
        ids.push_back(sim::random_key(chance));
    std::sort(ids.begin(), ids.end());
    for (double const expected : {2.0, 8.0, 12.0}) { // k = 8, c = 0.25, 1 and 1.5
        std::array<double, 41> found{};
        for (int i = 0; i < keys; ++i) {
            key160 const target = sim::random_key(chance);
            std::size_t within = 0;
            for (key160 const& id : sim::closest_of(
                     std::span<key160 const>{ids}, target, 40, [](key160 const& k) { return k; },
                     [](key160 const&) { return true; }))
                within += sim::spacings_between(id, target, nodes) <= expected ? 1 : 0;
            ++found[within];
        }
        double chi_square = 0;
        int bins = 0;
        for (unsigned n = 0; n < 40; ++n) {
            double const p = sim::poisson_tail(n, expected) - sim::poisson_tail(n + 1, expected);
            if (p * keys < 5) continue;
            chi_square += (found[n] - p * keys) * (found[n] - p * keys) / (p * keys);
            ++bins;
        }
        std::printf("holders, %g expected: chi square %.1f over %d counts\n", expected, chi_square,
                    bins);
        CHECK(chi_square < bins + 3.3 * std::sqrt(2.0 * bins)); // one in a thousand
    }
}

TEST_CASE("the nearest of several random nodes is about as near as was measured") {
    struct row {
        sim::geography const* map;
        int nodes;
        std::array<double, 3> ms; // p50, p90, p99
    };

    auto const* const pl490 = &sim::geographies::pl490;
    auto const* const wn242 = &sim::geographies::wn242;
    sim::dice chance{9};
    auto const draw_place = [&](sim::geography const& map) {
        std::uint64_t const host = chance.next();
        return sim::geography::place{map.region_of(host), host};
    };
    for (auto const& [map, nodes, measured] :
         {row{pl490, 1, {135, 295, 451}}, row{pl490, 2, {76, 211, 322}},
          row{pl490, 4, {45, 166, 252}}, row{pl490, 8, {32, 124, 223}},
          row{pl490, 16, {21, 88, 204}}, row{wn242, 8, {39, 149, 225}},
          row{wn242, 16, {28, 120, 197}}, row{wn242, 32, {21, 92, 161}}}) {
        std::vector<double> best;
        while (best.size() < 20'000) {
            double least = 1e9;
            auto const asker = draw_place(*map);
            for (int i = 0; i < nodes; ++i) {
                auto const other = draw_place(*map);
                duration const rtt = map->round_trip(asker, other, chance.next());
                least = std::min(least, static_cast<double>(rtt.count()) / 1e3);
            }
            best.push_back(least);
        }
        std::sort(best.begin(), best.end());
        std::array const found{best[10'000], best[18'000], best[19'800]};
        std::printf("nearest of %d: %.0f / %.0f / %.0f ms (%.0f / %.0f / %.0f)\n", nodes, found[0],
                    found[1], found[2], measured[0], measured[1], measured[2]);
        for (std::size_t i = 0; i < found.size(); ++i)
            CHECK(found[i] == Approx(measured[i]).epsilon(0.3));
    }
}
