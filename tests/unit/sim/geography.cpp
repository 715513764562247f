#include <dht/sim/geography.hpp>

#include "../../catch.hpp"
#include <algorithm>
#include <cstdio>
#include <vector>

// Round trips of whole worlds against the tables that were measured.

using namespace dht;
using sim::geography;

namespace {

geography::place place_of(geography const& g, std::uint64_t host) {
    return {g.region_of(host), host};
}

/// Round trips between many pairs of hosts, in milliseconds, sorted.
std::vector<double> round_trips(geography const& g) {
    std::vector<double> all;
    sim::dice numbers{11};
    for (unsigned i = 0; i < 200'000; ++i) {
        geography::place const a = place_of(g, numbers.next());
        geography::place const b = place_of(g, numbers.next());
        all.push_back(static_cast<double>(g.round_trip(a, b, numbers.next()).count()) / 1e3);
    }
    std::sort(all.begin(), all.end());
    return all;
}

struct measured {
    double share;
    double ms;
};

void compare(char const* name, geography const& g, std::vector<measured> const& table,
             double tolerance) {
    auto const all = round_trips(g);
    std::printf("%s:", name);
    for (auto const& [share, ms] : table) {
        double const found = all[static_cast<std::size_t>(share * static_cast<double>(all.size()))];
        std::printf(" p%g %.0f (%.0f)", 100 * share, found, ms);
        CHECK(found == Approx(ms).epsilon(tolerance));
    }
    std::printf("\n");
}

} // namespace

TEST_CASE("round trips have the quantiles that were measured") {
    compare("PL490", sim::geographies::pl490,
            {{0.01, 6.1},
             {0.05, 19.3},
             {0.10, 31.6},
             {0.25, 59.3},
             {0.50, 135.0},
             {0.75, 201.8},
             {0.90, 290.7},
             {0.95, 324.9},
             {0.99, 412.6},
             {0.999, 771.7}},
            0.03);
    compare("WN242", sim::geographies::wn242,
            {{0.01, 9},
             {0.05, 23},
             {0.10, 35},
             {0.25, 77},
             {0.50, 143},
             {0.75, 217},
             {0.90, 290},
             {0.95, 330},
             {0.99, 442}},
            0.05);
}

TEST_CASE("the way between two hosts is the same in both directions, whenever it is asked for") {
    geography const& g = sim::geographies::wn242;
    CHECK(g.regions() == 5);
    for (geography::region a = 0; a < 5; ++a)
        for (geography::region b = 0; b < 5; ++b) {
            geography::place const from{a, 5};
            geography::place const to{b, 6};
            CHECK(g.round_trip(from, to, 77) == g.round_trip(to, from, 77));
            CHECK(g.round_trip(from, to, 77) != g.round_trip(from, to, 78));
        }
    // North America has 48 ms within, and 136 ms to the south.
    std::vector<duration> within;
    std::vector<duration> across;
    for (std::uint64_t ends = 0; ends < 2'001; ++ends) {
        within.push_back(g.round_trip({1, 2 * ends}, {1, 2 * ends + 1}, ends));
        across.push_back(g.round_trip({2, 2 * ends}, {1, 2 * ends + 1}, ends));
    }
    std::nth_element(within.begin(), within.begin() + 1'000, within.end());
    std::nth_element(across.begin(), across.begin() + 1'000, across.end());
    CHECK(static_cast<double>(within[1'000].count()) == Approx(48'000).epsilon(0.1));
    CHECK(static_cast<double>(across[1'000].count()) == Approx(136'000).epsilon(0.1));
}

TEST_CASE("regions have their shares of the hosts") {
    std::vector<unsigned> hosts(5);
    sim::dice numbers{12};
    for (unsigned i = 0; i < 100'000; ++i)
        ++hosts[sim::geographies::wn242.region_of(numbers.next())];
    CHECK(hosts[0] == Approx(39'200).epsilon(0.03));
    CHECK(hosts[1] == Approx(42'500).epsilon(0.03));
    CHECK(hosts[2] == Approx(13'000).epsilon(0.05));
    CHECK(hosts[3] == Approx(1'000).epsilon(0.15));
    CHECK(hosts[4] == Approx(4'300).epsilon(0.08));
}

TEST_CASE("a curve is straight between its quantiles") {
    constexpr sim::quantile_curve c{{0, 10}, {0.5, 20}, {1, 60}};
    static_assert(c.at(0) == 10);
    CHECK(c.at(0.25) == Approx(15));
    CHECK(c.at(0.5) == Approx(20));
    CHECK(c.at(0.75) == Approx(40));
    CHECK(c.at(1) == Approx(60));
}
