#include <dht/kad/closest.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <algorithm>

using namespace dht;
using namespace dht::test;

namespace {

/// The first `count` positions visited.
std::vector<std::size_t> closest_of(std::vector<key160> const& ascending, key160 const& target,
                                    std::size_t count) {
    std::vector<std::size_t> visited;
    auto const id_at = [&](std::size_t i) -> key160 const& { return ascending[i]; };
    bool const all = visit_closest<160>(0, ascending.size(), target, id_at, [&](std::size_t i) {
        visited.push_back(i);
        return visited.size() < count;
    });
    CHECK(all == (visited.size() < count));
    return visited;
}

} // namespace

TEST_CASE("an ascending list is visited in order of the distance from a target") {
    seeded_random rng{1};
    for (std::size_t const size : {1u, 2u, 3u, 8u, 100u, 1000u}) {
        key160 const target = random_key(rng);
        std::vector<key160> ids;
        for (std::size_t n = 0; n < size; ++n) // some far away, some as near as may be
            ids.push_back(n % 3 == 0
                              ? with_prefix(target, static_cast<unsigned>(n % 160), random_key(rng))
                              : random_key(rng));
        std::sort(ids.begin(), ids.end());
        std::vector<key160> by_distance = ids;
        std::sort(by_distance.begin(), by_distance.end(),
                  [&](key160 const& a, key160 const& b) { return (a ^ target) < (b ^ target); });
        auto const visited = closest_of(ids, target, size + 1);
        REQUIRE(visited.size() == size);
        for (std::size_t i = 0; i < size; ++i)
            REQUIRE(hex_of(ids[visited[i]].bytes) == hex_of(by_distance[i].bytes));
    }
}

TEST_CASE("a visit ends when the visitor has enough") {
    std::vector<key160> const ids{key_of("01"), key_of("02"), key_of("03"), key_of("80")};
    CHECK(closest_of(ids, key_of("00"), 2) == std::vector<std::size_t>{0, 1});
    CHECK(closest_of(ids, key_of("ff"), 1) == std::vector<std::size_t>{3});
}

TEST_CASE("who stands in an empty list is nobody") {
    CHECK(closest_of({}, key_of("00"), 1).empty());
}

TEST_CASE("of the same id all are visited, unless the visitor has enough") {
    std::vector<key160> const ids(5, key_of("01"));
    CHECK(closest_of(ids, key_of("00"), 9).size() == 5);
    CHECK(closest_of(ids, key_of("00"), 3).size() == 3);
}

TEST_CASE("ids that share all but their last bit are told apart") {
    std::vector<key160> const ids{key_of("00"), [] {
                                      key160 k = key_of("00");
                                      k.flip_bit(159);
                                      return k;
                                  }()};
    CHECK(closest_of(ids, ids[1], 1) == std::vector<std::size_t>{1});
    CHECK(closest_of(ids, ids[0], 1) == std::vector<std::size_t>{0});
}
