#include <dht/kad/closest.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <algorithm>

using namespace dht;
using namespace dht::test;

TEST_CASE("the closest are kept in order, whatever the order of offers") {
    seeded_random rng{1};
    for (std::size_t const limit : {1u, 2u, 8u, 31u, 32u}) {
        key160 const target = random_key(rng);
        std::vector<contact> offers;
        for (std::uint32_t n = 0; n < 100; ++n)
            offers.push_back(answered(random_key(rng), far_apart(n)));
        closest_contacts found{target, limit};
        std::vector<key160> ids;
        for (contact const& c : offers) {
            found.offer(c);
            ids.push_back(c.id);
        }
        std::sort(ids.begin(), ids.end(),
                  [&](key160 const& a, key160 const& b) { return (a ^ target) < (b ^ target); });
        REQUIRE(found.size() == limit);
        CHECK(found.full());
        for (std::size_t i = 0; i < limit; ++i)
            CHECK(hex_of(found[i].id.bytes) == hex_of(ids[i].bytes));
    }
}

TEST_CASE("fewer offers than places are all kept") {
    closest_contacts found{key_of("00"), 8};
    contact const far = answered(key_of("80"), far_apart(1));
    contact const near = answered(key_of("01"), far_apart(2));
    found.offer(far);
    found.offer(near);
    CHECK_FALSE(found.full());
    REQUIRE(found.size() == 2);
    CHECK(found[0].id == near.id);
    CHECK((*found.begin())->id == near.id);
    CHECK(found.end() - found.begin() == 2);
}

TEST_CASE("who is as close as the last of a full list changes nothing") {
    closest_contacts found{key_of("00"), 1};
    contact const first = answered(key_of("01"), far_apart(1));
    contact const second = answered(key_of("01"), far_apart(2));
    found.offer(first);
    found.offer(second);
    CHECK(found[0].at == far_apart(1));
}

TEST_CASE("no place, nobody kept; and never more than closest_max") {
    closest_contacts none{key_of("00"), 0};
    closest_contacts many{key_of("00"), 1000};
    std::vector<contact> offers;
    for (std::uint32_t n = 0; n < 40; ++n)
        offers.push_back(answered(key_of(n < 20 ? "01" : "02"), far_apart(n)));
    for (contact const& c : offers) {
        none.offer(c);
        many.offer(c);
    }
    CHECK(none.size() == 0);
    CHECK(many.size() == closest_max);
}
