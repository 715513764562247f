#include <dht/kad/packed_contact.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <vector>

using namespace dht;
using namespace dht::test;
using namespace dht::detail;

static_assert(sizeof(packed_contact<160>) == 28);

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

TEST_CASE("a column is a list of addresses of either family") {
    std::vector<address> all;
    address_column column;
    auto const both_hold = [&] {
        REQUIRE(column.size() == all.size());
        for (std::size_t k = 0; k < all.size(); ++k)
            REQUIRE(column[k] == all[k]);
    };
    auto const insert = [&](std::size_t i, std::string_view text) {
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(i), ip(text));
        column.insert(i, ip(text));
        both_hold();
    };
    auto const erase = [&](std::size_t i) {
        all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
        column.erase(i);
        both_hold();
    };
    auto const put = [&](std::size_t i, std::string_view text) {
        all[i] = ip(text);
        column.put(i, all[i]);
        both_hold();
    };
    for (std::size_t i = 0; i < 40; ++i)
        insert(i / 2, i % 2 == 0 ? "1.2.3.4" : "200.100.50.25");
    put(7, "9.9.9.9");
    erase(3);
    erase(38);
    insert(38, "2a02:1::5"); // all become wide
    put(3, "2a02:1::6");
    for (std::size_t i = 0; i < 40; ++i)
        insert(i, i % 2 == 0 ? "8.8.8.8" : "2a02:1:2:3:4:5:6:7");
    while (!all.empty())
        erase(all.size() / 2);
}

TEST_CASE(
    "a round trip is kept to one part in 256, small ones exactly, and unknown stays unknown") {
    constexpr std::uint16_t unknown = contact::rtt_unknown;
    CHECK(unpacked_rtt(packed_rtt(unknown)) == unknown);
    for (std::uint32_t ms = 0; ms < unknown; ++ms) {
        std::uint16_t const packed = packed_rtt(static_cast<std::uint16_t>(ms));
        REQUIRE(packed < packed_rtt_unknown);
        std::uint32_t const back = unpacked_rtt(packed);
        REQUIRE(256 * (back > ms ? back - ms : ms - back) <= ms);
        REQUIRE((ms >= 256 || back == ms));
        REQUIRE(packed_rtt(static_cast<std::uint16_t>(back)) == packed);
    }
}

TEST_CASE("a smoothed round trip follows what is measured, packed as it is in between") {
    for (auto const& [from, to] :
         {std::pair{500, 250}, {1'000, 500}, {200, 400}, {1'000, 2'000}, {50, 40}, {30, 9'000}}) {
        contact c;
        c.measured(milliseconds{from});
        for (int i = 0; i < 200; ++i) {
            c.measured(milliseconds{to});
            c.rtt_ms = unpacked_rtt(packed_rtt(c.rtt_ms));
        }
        CAPTURE(from, to, c.rtt_ms);
        CHECK(std::abs(c.rtt_ms - to) <= std::max(8, to * 4 / 100)); // 8: rounded down at each step
    }
}
