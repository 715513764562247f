#include <dht/policy/concurrency.hpp>

#include "../../catch.hpp"

using namespace dht;

static_assert(concurrency<adaptive_alpha>);
static_assert(concurrency<fixed_alpha>);

TEST_CASE("a lookup goes wider by one for every two questions that stalled for good") {
    adaptive_alpha const a;
    CHECK(a.width({}) == 4);
    CHECK(a.width({20, 20, 0, 0}) == 4);
    CHECK(a.width({20, 0, 1, 0}) == 4);
    CHECK(a.width({20, 0, 2, 0}) == 5);
    CHECK(a.width({20, 0, 6, 0}) == 7);
    CHECK(a.width({20, 0, 100, 0}) == 8);
}

TEST_CASE("late answers narrow it again") {
    adaptive_alpha const a;
    CHECK(a.width({20, 0, 6, 4}) == 5);
    CHECK(a.width({20, 0, 6, 6}) == 4);
    CHECK(a.width({20, 0, 2, 6}) == 4);
}

TEST_CASE("both ends are the user's") {
    CHECK(adaptive_alpha{2, 3}.width({20, 0, 100, 0}) == 3);
    CHECK(adaptive_alpha{2, 3}.width({}) == 2);
    CHECK(fixed_alpha{}.width({20, 0, 100, 0}) == 3);
    CHECK(fixed_alpha{7}.width({}) == 7);
}
