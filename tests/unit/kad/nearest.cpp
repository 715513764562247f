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
void check_same(std::vector<key160> const& ascending, key160 const& target) {
    auto const id_at = [&](std::size_t i) -> key160 const& { return ascending[i]; };
    auto const place = static_cast<std::size_t>(
        std::lower_bound(ascending.begin(), ascending.end(), target) - ascending.begin());
    for (std::size_t const wanted : {0u, 1u, 2u, 5u, 8u, 20u}) {
        for (std::size_t const used :
             {std::size_t{1}, wanted + 1, 2 * wanted + 1, ascending.size() + 1}) {
            auto const expected = first_of(used, [&](auto&& visit) {
                return visit_closest<160>(0, ascending.size(), target, id_at, visit);
            });
            auto const found = first_of(used, [&](auto&& visit) {
                return visit_nearest<160>(ascending.size(), place, target, wanted, id_at, visit);
            });
            REQUIRE(found == expected);
        }
    }
}

std::vector<key160> ids(std::size_t count, seeded_random& rng, auto&& one) {
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
        std::array<double, 16> row{};
        for (std::size_t i = 0; i < row.size(); ++i)
            row[i] = bits >> i & 1U;
        detail::sort_16(row);
        if (!std::is_sorted(row.begin(), row.end())) FAIL(bits);
    }
}

TEST_CASE("distances are ranked as they are, and found by their position") {
    constexpr std::uint64_t most = ~std::uint64_t{0};
    std::vector<std::uint64_t> const distances{0,           1U << 7U,   1U << 8U, 1ULL << 62U,
                                               1ULL << 63U, most - 127, most};
    for (std::size_t i = 1; i < distances.size(); ++i) {
        double const a = detail::rankable(distances[i - 1], 15);
        double const b = detail::rankable(distances[i], 0);
        CHECK((a < b) == !detail::same_distance(a, b));
        CHECK(detail::position_of(a) == 15);
        CHECK(detail::position_of(b) == 0);
    }
    CHECK(detail::rankable(most, 14) < detail::rankable(most, 15));
    CHECK(detail::same_distance(detail::rankable(most, 14), detail::rankable(most - 127, 15)));
    CHECK_FALSE(detail::same_distance(detail::rankable(0, 1), detail::rankable(128, 1)));
}

TEST_CASE("the short cut sees what the walk sees, among random ids") {
    seeded_random rng{1};
    for (std::size_t const size : {0u, 1u, 7u, 8u, 15u, 16u, 17u, 18u, 40u, 300u}) {
        auto const all = ids(size, rng, [](std::size_t, key160 const& k) { return k; });
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
        auto const all = ids(size, rng, [](std::size_t, key160 const& k) { return k; });
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
        auto const all = ids(60, rng, near);
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
                check_same(ids(size, rng, crowd), with_prefix(target, shared, random_key(rng)));
    }
    check_same(std::vector<key160>(5, target), target);
    check_same(std::vector<key160>(40, target), target);
}
