#include <dht/policy/refresh_strategy.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <map>

using namespace dht;
using namespace dht::test;

static_assert(refresh_strategy<adaptive_refresh, system_random>);
static_assert(refresh_strategy<fixed_refresh, system_random>);

namespace {

key160 const own = key_of("a5a5");

routing_table table_of(std::uint32_t contacts, unsigned buckets, instant heard_at,
                       bucket_capacities const& capacities = {}) {
    seeded_random rng{99};
    routing_table t{own, capacities, {}};
    for (std::uint32_t n = 0; n < contacts; ++n)
        t.confirm(answered(key_at_depth(own, n % buckets, rng), far_apart(n), heard_at));
    return t;
}

bool near_own(key160 const& target) {
    return common_prefix_length(own, target) >= 152;
}

} // namespace

TEST_CASE("a random key of a bucket falls into that bucket") {
    seeded_random rng{1};
    routing_table const t = table_of(0, 1, {});
    for (unsigned depth = 0; depth < 160; ++depth)
        CHECK(common_prefix_length(own, random_key_at(t, depth, rng)) == depth);
    CHECK(random_key_at(t, 3, rng) != random_key_at(t, 3, rng));
}

TEST_CASE("the longest unheard contact is asked for nodes of its own bucket") {
    seeded_random rng{2};
    routing_table t = table_of(20, 4, second(10'000));
    contact const stale = answered(key_at_depth(own, 5, rng), far_apart(100), second(9'000));
    t.confirm(answered(key_at_depth(own, 2, rng), far_apart(101), second(9'100)));
    t.confirm(stale);
    refresh_step const step = adaptive_refresh{}.next(t, {second(10'000), {}}, rng);
    REQUIRE((step.ask && step.find));
    CHECK(*step.ask == stale.id);
    CHECK(common_prefix_length(own, *step.find) == 5);
}

TEST_CASE("in a full bucket a ping is enough") {
    seeded_random rng{2};
    routing_table t = table_of(0, 1, {});
    for (std::uint32_t n = 0; n < 8; ++n) {
        CHECK(t.size_at(5) < t.capacity_at(5));
        t.confirm(answered(key_at_depth(own, 5, rng), far_apart(n), second(1)));
        refresh_step const step = adaptive_refresh{}.next(t, {second(10'000), {}}, rng);
        REQUIRE(step.ask);
        CHECK(step.find.has_value() == (n < 7));
    }
}

TEST_CASE("where the next is asked before silence is a failure, silence holds up nobody") {
    seeded_random rng{2};
    routing_table t = table_of(500, 4, second(10'000), {{128, 128, 128, 128}}); // each 2 s
    std::map<key160, int> asked;
    for (unsigned n = 0; n < 8; ++n)
        t.confirm(answered(key_at_depth(own, 5, rng), far_apart(1'000 + n), second(9'000 + n)));
    for (int i = 0; i < 6'000; ++i)
        ++asked[*adaptive_refresh{}.next(t, {second(10'000), {}}, rng).ask];
    CHECK(asked.size() == 6); // as many as may wait for an answer, the longest unheard
    for (auto const& [id, times] : asked) {
        CHECK(t.find(id)->last_heard < coarse(second(9'006)));
        CHECK((times > 850 && times < 1'150));
    }
}

TEST_CASE("nobody who was heard of within ten minutes is asked") {
    seeded_random rng{3};
    routing_table const t = table_of(20, 4, second(1'000));
    adaptive_refresh policy;
    CHECK_FALSE(policy.next(t, {second(1'000 + 600), {}}, rng).ask);
    CHECK(policy.next(t, {second(1'000 + 601), {}}, rng).ask);
}

TEST_CASE("who is asked once more costs nobody else his turn") {
    seeded_random rng{3};
    routing_table t = table_of(20, 4, second(1'000));
    adaptive_refresh policy;
    instant const later = second(1'000 + 601);
    refresh_step const first = policy.next(t, {later, {}}, rng);
    CHECK(first.again == later + seconds{30});
    t.for_each([&](contact const& c) { t.failed(c.id, 3); });
    refresh_step const second_time = policy.next(t, {later, {}}, rng);
    REQUIRE(second_time.ask);
    CHECK(second_time.again == later + seconds{2});
}

TEST_CASE("the pause proves each contact about every ten minutes, between 2 and 60 s") {
    seeded_random rng{4};
    adaptive_refresh policy;
    auto const pause = [&](std::uint32_t contacts) {
        routing_table const t = table_of(contacts, contacts < 100 ? 4 : 1, second(0));
        REQUIRE(t.size() == contacts);
        return policy.next(t, {second(100), {}}, rng).again - second(100);
    };
    CHECK(pause(0) == seconds{60});
    CHECK(pause(10) == seconds{60});
    CHECK(pause(24) == seconds{25});
    CHECK(pause(60) == seconds{10});
    CHECK(pause(120) == seconds{5});
}

TEST_CASE("a large table is no reason for haste") {
    seeded_random rng{4};
    routing_table const t = table_of(500, 4, second(0), {{128, 128, 128, 128}});
    REQUIRE(t.size() > 300);
    CHECK(adaptive_refresh{}.next(t, {second(100), {}}, rng).again == second(102));
}

TEST_CASE("our neighbourhood is looked up about every ten minutes, for each table of a node") {
    seeded_random rng{5};
    adaptive_refresh policy;
    routing_table tables[] = {table_of(24, 4, second(0)), table_of(24, 4, second(0))};
    unsigned lookups[2] = {};
    instant due[2] = {};
    instant const end = instant{} + hours{100};
    while (due[0] < end || due[1] < end) {
        std::size_t const i = due[0] <= due[1] ? 0 : 1;
        // everybody was just heard of
        routing_table const fresh = table_of(24, 4, due[i]);
        refresh_step const step = policy.next(fresh, {due[i], {}}, rng);
        CHECK_FALSE(step.ask);
        if (step.find) {
            CHECK(near_own(*step.find));
            ++lookups[i];
        }
        REQUIRE(step.again > due[i]);
        due[i] = step.again;
    }
    for (unsigned const n : lookups) {
        CHECK(n > 500); // 600 expected
        CHECK(n < 700);
    }
}

TEST_CASE("fixed_refresh looks up every bucket each 15 minutes, for each table of a node") {
    seeded_random rng{6};
    fixed_refresh policy;
    for (unsigned const buckets : {1U, 7U, 20U}) {
        routing_table const t = table_of(40, buckets, second(0));
        REQUIRE(t.depth() == buckets);
        instant due[2] = {second(1), second(1)};
        std::map<unsigned, unsigned> found[2];
        while (due[1] < second(1) + hours{1})
            for (std::size_t i = 0; i < 2; ++i) {
                refresh_step const step = policy.next(t, {due[i], {}}, rng);
                REQUIRE(step.find);
                CHECK_FALSE(step.ask);
                ++found[i][common_prefix_length(own, *step.find)];
                REQUIRE(step.again > due[i]);
                due[i] = step.again + milliseconds{20}; // whoever drives is never quite punctual
            }
        for (auto const& f : found) {
            CHECK(f.size() == buckets);
            for (auto const& [bucket, times] : f) {
                CAPTURE(buckets, bucket);
                CHECK(times >= 4);
                CHECK(times <= 5);
            }
        }
    }
}

TEST_CASE("an empty table has work as well") {
    seeded_random rng{7};
    routing_table const t = table_of(0, 1, {});
    refresh_step const step = fixed_refresh{}.next(t, {second(5), {}}, rng);
    CHECK(step.find);
    CHECK(step.again > second(5));
}
