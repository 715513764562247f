#include <dht/kad/nearest.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <algorithm>

using namespace dht;
using namespace dht::test;

namespace {

using positions = std::vector<std::size_t>;

/// The first `count` positions that a way to visit comes by.
template <class Way>
positions first_of(std::size_t count, Way&& visit_all) {
    positions visited;
    bool const all = visit_all([&](std::size_t i) {
        visited.push_back(i);
        return visited.size() < count;
    });
    CHECK(all == (visited.size() < count));
    return visited;
}

/// Both ways see the same, whatever is wanted and however much of it is used.
void check_same(std::vector<key160> const& ascending, key160 const& target, std::size_t guess) {
    auto const id_at = [&](std::size_t i) -> key160 const& { return ascending[i]; };
    for (std::size_t const wanted : {0u, 1u, 2u, 5u, 8u, 20u}) {
        for (std::size_t const used :
             {std::size_t{1}, wanted + 1, 2 * wanted + 1, ascending.size() + 1}) {
            auto const expected = first_of(used, [&](auto&& visit) {
                return visit_closest<160>(0, ascending.size(), target, id_at, visit);
            });
            auto const found = first_of(used, [&](auto&& visit) {
                return visit_nearest<160>(ascending.size(), guess, target, wanted, id_at, visit);
            });
            REQUIRE(found == expected);
        }
    }
}

void check_same(std::vector<key160> const& ascending, key160 const& target) {
    auto const place = std::lower_bound(ascending.begin(), ascending.end(), target);
    check_same(ascending, target, static_cast<std::size_t>(place - ascending.begin()));
}

detail::double_pair ranked(std::uint64_t a, std::size_t at, std::uint64_t b, std::size_t bt) {
    return detail::rankable(detail::word_pair{a, b}, detail::word_pair{at, bt});
}

std::vector<key160> ascending_ids(std::size_t count, seeded_random& rng, auto&& one) {
    std::vector<key160> all;
    for (std::size_t n = 0; n < count; ++n)
        all.push_back(one(n, random_key(rng)));
    std::sort(all.begin(), all.end());
    return all;
}

} // namespace

TEST_CASE("sixteen numbers are sorted, whatever their order was") {
    // What sorts all rows of zeros and ones sorts everything (Knuth 5.3.4, theorem Z).
    for (unsigned bits = 0; bits < 1U << 16U; ++bits) {
        detail::eight_pairs row{};
        for (std::size_t i = 0; i < 16; ++i)
            row[i % 8][i / 8] = bits >> i & 1U;
        detail::sort_16(row);
        for (std::size_t i = 1; i < 16; ++i)
            if (row[(i - 1) % 8][(i - 1) / 8] > row[i % 8][i / 8]) FAIL(bits);
    }
}

TEST_CASE("distances are ranked as they are, and found by their position") {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    std::vector<std::uint64_t> const distances{0,           1U << 7U,   1U << 8U, 1ULL << 62U,
                                               1ULL << 63U, most - 127, most};
    for (std::size_t i = 1; i < distances.size(); ++i) {
        auto const two = ranked(distances[i - 1], 15, distances[i], 0);
        bool const same = distances[i - 1] / 128 == distances[i] / 128;
        CHECK((two[0] < two[1]) == !same);
        detail::eight_pairs const all{two};
        CHECK(detail::position_of(detail::nth(all, 0)) == 15);
        CHECK(detail::position_of(detail::nth(all, 8)) == 0);
        CHECK(detail::distance_max_of(detail::nth(all, 8)) == (distances[i] | 127U));
    }
    auto const farthest = ranked(most, 14, most, 15);
    CHECK(farthest[0] < farthest[1]);
}

TEST_CASE("those within a distance are counted, by the 57 bits that are ranked") {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    detail::eight_pairs all;
    for (std::size_t i = 0; i < 8; ++i)
        all[i] = ranked(i << 8U, i, i << 60U, i + 8);
    CHECK(detail::count_within(all, 0) == 2);
    CHECK(detail::count_within(all, 256) == 3);
    CHECK(detail::count_within(all, 7U << 8U) == 9);
    CHECK(detail::count_within(all, (1ULL << 60U) - 1) == 9);
    CHECK(detail::count_within(all, 1ULL << 60U) == 10);
    CHECK(detail::count_within(all, most) == 16);
}

TEST_CASE("two of sixteen that differ in nothing but their positions are seen, wherever they are") {
    for (std::size_t same = 0; same < 16; ++same) { // with the one behind it; the last with nobody
        detail::eight_pairs all;
        auto const distance = [&](std::size_t i) {
            return static_cast<std::uint64_t>(i == same + 1 ? same : i) << 7U;
        };
        for (std::size_t i = 0; i < 8; ++i)
            all[i] = ranked(distance(i), i, distance(i + 8), i + 8);
        CHECK(detail::all_differ(all) == (same == 15));
    }
}

TEST_CASE("a bad guess of the place of a target costs time alone") {
    seeded_random rng{5};
    auto const all = ascending_ids(200, rng, [](std::size_t, key160 const& k) { return k; });
    for (std::size_t guess = 0; guess <= all.size() + 20; ++guess)
        check_same(all, random_key(rng), guess);
}

TEST_CASE("the short cut sees what the walk sees, among random ids") {
    seeded_random rng{1};
    for (std::size_t const size : {0u, 1u, 7u, 8u, 15u, 16u, 17u, 18u, 40u, 300u}) {
        auto const all = ascending_ids(size, rng, [](std::size_t, key160 const& k) { return k; });
        for (int i = 0; i < 60; ++i)
            check_same(all, random_key(rng));
        check_same(all, key_of("00"));
        check_same(all, key_of("ffffffffffffffffffffffffffffffffffffffff"));
        if (!all.empty()) check_same(all, all[size / 2]);
    }
}

TEST_CASE("the short cut sees what the walk sees, where somebody is as far as can be") {
    seeded_random rng{4};
    for (std::size_t size = 1; size <= 20; ++size) {
        auto const all = ascending_ids(size, rng, [](std::size_t, key160 const& k) { return k; });
        for (key160 target : all) {
            for (std::byte& each : target.bytes)
                each = ~each;
            check_same(all, target);
            for (unsigned bit = 48; bit < 64; ++bit) { // where 57 bits of the distance end
                key160 beside = target;
                beside.flip_bit(bit);
                check_same(all, beside);
            }
        }
    }
}

TEST_CASE("the short cut sees what the walk sees, among ids that share much with the target") {
    seeded_random rng{2};
    key160 const target = random_key(rng);
    for (unsigned const step : {1u, 3u, 7u, 11u}) {
        auto const near = [&](std::size_t n, key160 const& k) {
            return with_prefix(target, static_cast<unsigned>(n) * step % 160, k);
        };
        auto const all = ascending_ids(60, rng, near);
        check_same(all, target);
        for (unsigned shared = 0; shared < 160; shared += 13)
            check_same(all, with_prefix(target, shared, random_key(rng)));
    }
}

TEST_CASE("the short cut sees what the walk sees, where few bits tell nobody apart") {
    seeded_random rng{3};
    key160 const target = random_key(rng);
    for (unsigned const shared : {55u, 56u, 57u, 58u, 60u, 61u, 63u, 64u, 65u, 100u, 150u}) {
        auto const crowd = [&](std::size_t n, key160 const& k) {
            return n % 3 == 0 ? k : with_prefix(target, shared, k);
        };
        for (std::size_t const size : {9u, 16u, 24u, 60u})
            for (int i = 0; i < 5; ++i)
                check_same(ascending_ids(size, rng, crowd),
                           with_prefix(target, shared, random_key(rng)));
    }
    check_same(std::vector<key160>(5, target), target);
    check_same(std::vector<key160>(40, target), target);
}
