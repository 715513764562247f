#include <dht/kad/closest.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <algorithm>

using namespace dht;
using namespace dht::test;

namespace {

bool anybody(std::uint16_t) {
    return true;
}

/// Of the keys, by their positions.
basic_closest<160> closest_of(std::vector<key160> const& keys, key160 const& target,
                              std::size_t limit) {
    basic_closest<160> found{target, limit};
    for (std::size_t i = 0; i < keys.size(); ++i)
        found.offer(keys[i], static_cast<std::uint16_t>(i), anybody);
    return found;
}

} // namespace

TEST_CASE("the closest are kept in order, whatever the order of offers") {
    seeded_random rng{1};
    for (std::size_t const limit : {1u, 2u, 8u, 31u, 32u}) {
        key160 const target = random_key(rng);
        std::vector<key160> keys;
        for (std::uint32_t n = 0; n < 100; ++n)
            keys.push_back(random_key(rng));
        auto const found = closest_of(keys, target, limit);
        std::vector<key160> sorted = keys;
        std::sort(sorted.begin(), sorted.end(),
                  [&](key160 const& a, key160 const& b) { return (a ^ target) < (b ^ target); });
        REQUIRE(found.size() == limit);
        CHECK(found.full());
        for (std::size_t i = 0; i < limit; ++i)
            CHECK(hex_of(keys[found[i]].bytes) == hex_of(sorted[i].bytes));
    }
}

TEST_CASE("fewer offers than places are all kept") {
    std::vector<key160> const far_and_near{key_of("80"), key_of("01")};
    auto const found = closest_of(far_and_near, key_of("00"), 8);
    CHECK_FALSE(found.full());
    REQUIRE(found.size() == 2);
    CHECK(found[0] == 1);
    CHECK(found[1] == 0);
}

TEST_CASE("who is as close as the last of a full list changes nothing") {
    std::vector<key160> const twice{key_of("01"), key_of("01")};
    CHECK(closest_of(twice, key_of("00"), 1)[0] == 0);
}

TEST_CASE("only who is close enough is asked for, and only who is wanted is kept") {
    std::vector<key160> const keys{key_of("02"), key_of("01"), key_of("03")};
    basic_closest<160> found{key_of("00"), 1};
    std::vector<std::uint16_t> asked_for;
    for (std::uint16_t i = 0; i < 3; ++i)
        found.offer(keys[i], i, [&](std::uint16_t name) {
            asked_for.push_back(name);
            return name != 1;
        });
    CHECK(asked_for == std::vector<std::uint16_t>{0, 1});
    CHECK(found[0] == 0);
}

TEST_CASE("no place, nobody kept; and never more than closest_max") {
    std::vector<key160> keys(20, key_of("01"));
    keys.resize(40, key_of("02"));
    CHECK(closest_of(keys, key_of("00"), 0).size() == 0);
    CHECK(closest_of(keys, key_of("00"), 1000).size() == closest_max);
}
