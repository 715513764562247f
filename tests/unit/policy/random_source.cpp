#include <dht/policy/random_source.hpp>

#include "../../catch.hpp"

using namespace dht;

static_assert(random_source<system_random>);
static_assert(random_source<seeded_random>);

TEST_CASE("equal seeds give equal streams, other seeds others") {
    seeded_random a{1};
    seeded_random b{1};
    seeded_random c{2};
    std::uint64_t const first = a.next();
    CHECK(first == b.next());
    CHECK(first != c.next());
    CHECK(first != a.next());
}

TEST_CASE("no two sources of the system agree") {
    system_random a;
    system_random b;
    CHECK(a.next() != b.next());
}
