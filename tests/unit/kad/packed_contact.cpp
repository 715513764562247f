#include <dht/kad/packed_contact.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <vector>

using namespace dht;
using namespace dht::test;
using namespace dht::detail;

static_assert(sizeof(packed_contact<160>) == 36);

TEST_CASE("never stays never, and the origin is an event") {
    recent_times const t;
    CHECK(t.unpacked(t.packed(coarse_time::unset)) == coarse_time::unset);
    CHECK(t.unpacked(t.packed(coarse(instant{}))) == coarse(instant{}));
}

TEST_CASE("the last nine hours are told apart to the second, for years") {
    recent_times t;
    std::int64_t const year_s = 365 * 24 * 3'600;
    for (std::int64_t now_s = 1; now_s < 20 * year_s; now_s += 30'011) {
        if (!t.covers(coarse(second(now_s)))) t.move_to(coarse(second(now_s)));
        std::int64_t const nine_hours_ago = now_s > 32'400 ? now_s - 32'400 : 1;
        for (std::int64_t const then_s : {now_s, (now_s + nine_hours_ago) / 2, nine_hours_ago})
            REQUIRE(t.unpacked(t.packed(coarse(second(then_s)))) == coarse(second(then_s)));
    }
}

TEST_CASE("what is too long ago counts as nine hours old at least") {
    recent_times t;
    t.move_to(coarse(second(1'000'000)));
    std::uint16_t const long_ago = t.packed(coarse(second(5)));
    CHECK(t.unpacked(long_ago) < coarse(second(1'000'000 - 32'400)));
    CHECK(t.unpacked(long_ago) > coarse_time::unset);
    CHECK(long_ago <= t.packed(coarse(second(999'000))));
}

TEST_CASE("packed times stay what they were when the epoch moves, or become the oldest") {
    recent_times t;
    std::uint16_t const recent = t.packed(coarse(second(60'000)));
    std::uint16_t const old = t.packed(coarse(second(100)));
    CHECK(t.covers(coarse(second(65'000))));
    CHECK_FALSE(t.covers(coarse(second(70'000))));
    auto const older = t.move_to(coarse(second(70'000)));
    CHECK(t.unpacked(older(recent)) == coarse(second(60'000)));
    CHECK(older(old) == 1);
    CHECK(older(0) == 0);
}

TEST_CASE("a column gives back the addresses that were put into it, of either family") {
    std::vector<address> all;
    address_column column;
    auto const put = [&](std::size_t i, std::string_view text) {
        if (i == all.size()) all.push_back({});
        all[i] = ip(text);
        column.put(i, all[i]);
        for (std::size_t k = 0; k < all.size(); ++k)
            CHECK(column[k] == all[k]);
    };
    for (std::size_t i = 0; i < 40; ++i)
        put(i, i % 2 == 0 ? "1.2.3.4" : "200.100.50.25");
    put(7, "9.9.9.9");
    put(40, "2a02:1::5");
    put(3, "2a02:1::6");
    for (std::size_t i = 41; i < 80; ++i)
        put(i, i % 2 == 0 ? "8.8.8.8" : "2a02:1:2:3:4:5:6:7");
}

TEST_CASE("a place counts how often it was taken, and goes around without zero") {
    packed_contact<160> c;
    for (int round = 0; round < 200; ++round) {
        auto const before = c.generation;
        c.take_next_generation();
        CHECK(c.generation != 0);
        CHECK(c.generation != before);
    }
}
