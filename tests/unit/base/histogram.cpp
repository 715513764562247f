#include <dht/base/histogram.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <algorithm>
#include <map>

using namespace dht;

TEST_CASE("an empty histogram has nothing to say") {
    histogram const h;
    CHECK(h.count() == 0);
    CHECK(h.quantile(0.5) == 0);
    h.for_each_bin([](std::uint32_t, std::uint64_t) { FAIL("a bin"); });
}

TEST_CASE("small values are exact") {
    histogram h;
    for (std::uint32_t v = 0; v < 16; ++v)
        h.add(v);
    std::map<std::uint32_t, std::uint64_t> bins;
    h.for_each_bin([&](std::uint32_t last, std::uint64_t n) { bins[last] = n; });
    REQUIRE(bins.size() == 16);
    for (std::uint32_t v = 0; v < 16; ++v)
        CHECK(bins[v] == 1);
    CHECK(h.quantile(0.5) == 7);
    CHECK(h.sum() == 120);
}

TEST_CASE("each value lies in a bin that is at most an eighth wide") {
    seeded_random rng{1};
    std::vector<std::uint32_t> values{16, 31, 32, 255, 256, 0x7fffffff, 0x80000000, 0xffffffff};
    for (int i = 0; i < 2'000; ++i)
        values.push_back(static_cast<std::uint32_t>(rng.next() >> (32 + below(rng, 32))));
    for (std::uint32_t const v : values) {
        histogram h;
        h.add(v);
        std::uint32_t last = 0;
        h.for_each_bin([&](std::uint32_t l, std::uint64_t) { last = l; });
        if (last < v || last - v > v / 8) FAIL(v << " in a bin up to " << last);
        CHECK(h.quantile(1) == v);
        CHECK(h.max() == v);
    }
}

TEST_CASE("quantiles agree with sorting, up to an eighth") {
    seeded_random rng{2};
    histogram h;
    std::vector<std::uint32_t> values;
    for (int i = 0; i < 10'000; ++i) {
        values.push_back(static_cast<std::uint32_t>(below(rng, 1U << (4 + i % 20))));
        h.add(values.back());
    }
    std::sort(values.begin(), values.end());
    for (double const share : {0.01, 0.1, 0.5, 0.9, 0.99, 1.0}) {
        auto const rank = static_cast<std::size_t>(share * 10'000) - 1;
        CAPTURE(share);
        CHECK(h.quantile(share) >= values[rank]);
        CHECK(h.quantile(share) <= values[rank] + values[rank] / 8);
    }
    CHECK(h.quantile(0) >= values[0]);
}
