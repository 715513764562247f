#include <dht/policy/random_source.hpp>
#include <dht/policy/source_counts.hpp>

#include "../../catch.hpp"
#include <map>

using namespace dht;

TEST_CASE("sources are counted exactly, through growth and shrinkage") {
    std::uint64_t const seed = GENERATE(1U, 2U, 3U);
    CAPTURE(seed);
    seeded_random rng{seed};
    detail::source_counts counts{hash_key{rng.next(), rng.next()}};
    std::map<std::uint64_t, std::uint16_t> model;
    CHECK(counts[7] == 0);
    for (int step = 0; step < 40'000; ++step) {
        std::uint64_t const source = below(rng, 3'000);
        bool const grows = below(rng, 100) < (step / 10'000 % 2 == 0 ? 75U : 5U);
        if (grows || !model.contains(source)) {
            counts.add(source);
            ++model[source];
        } else {
            counts.remove(source);
            if (--model[source] == 0) model.erase(source);
        }
        REQUIRE(counts[source] == (model.contains(source) ? model[source] : 0));
        REQUIRE(counts.sources() == model.size());
        if (step % 1'000 != 0) continue;
        for (std::uint64_t s = 0; s < 3'100; ++s)
            REQUIRE(counts[s] == (model.contains(s) ? model[s] : 0));
    }
}

TEST_CASE("a source is counted up to 65 535") {
    detail::source_counts counts;
    for (int n = 0; n < 65'535; ++n)
        counts.add(3);
    CHECK(counts[3] == 65'535);
    for (int n = 0; n < 65'535; ++n)
        counts.remove(3);
    CHECK(counts[3] == 0);
    CHECK(counts.sources() == 0);
}
