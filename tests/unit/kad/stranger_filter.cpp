#include <dht/kad/stranger_filter.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <vector>

using namespace dht;
using namespace dht::test;

TEST_CASE("a filter of strangers knows everybody who was added") {
    seeded_random chance{1};
    for (std::size_t const ids : {1U, 5U, 6U, 40U, 500U, 3'000U}) {
        stranger_filter<160> f;
        CHECK_FALSE(f.has_room());
        f.start_anew(ids);
        std::vector<key160> all;
        while (f.has_room()) {
            all.push_back(random_key<160>(chance));
            f.add(all.back());
        }
        CHECK(all.size() >= ids + ids / 16);
        CHECK(all.size() <= ids + ids / 14 + 16);
        std::size_t known = 0;
        for (key160 const& id : all)
            known += f.may_hold(id);
        CHECK(known == all.size());
    }
}

TEST_CASE("a filter of strangers tells three of four, even when it is full") {
    seeded_random chance{2};
    stranger_filter<160> f;
    CHECK_FALSE(f.may_hold(random_key<160>(chance)));
    f.start_anew(500);
    while (f.has_room())
        f.add(random_key<160>(chance));
    unsigned passed = 0;
    for (int i = 0; i < 10'000; ++i)
        passed += f.may_hold(random_key<160>(chance));
    CHECK(passed < 2'400);
    CHECK(passed > 0); // a filter that passes nobody holds nobody
    f.start_anew(500);
    CHECK_FALSE(f.may_hold(random_key<160>(chance)));
}
