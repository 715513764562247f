#include <dht/policy/admission.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(admission<per_ip_limit>);
static_assert(admission<admit_all>);

namespace {

per_ip_limit limit(std::uint32_t sources_max = 4'096) {
    seeded_random rng{1};
    settings s; // 50 a second, 500 at once
    s.sources_max = sources_max;
    per_ip_limit l;
    l.start(s, rng);
    return l;
}

unsigned admitted(per_ip_limit& l, endpoint const& from, unsigned queries, instant now) {
    unsigned n = 0;
    for (unsigned i = 0; i < queries; ++i)
        n += l.admit({now, {}}, from, event::method::ping);
    return n;
}

} // namespace

TEST_CASE("an address has its burst, and then its rate") {
    per_ip_limit l = limit();
    CHECK(admitted(l, at("5.6.7.8:1"), 2'000, second(10)) == 500);
    CHECK(admitted(l, at("5.6.7.8:1"), 2'000, second(11)) == 50);
    CHECK(admitted(l, at("5.6.7.8:1"), 2'000, second(14)) == 150);
    CHECK(admitted(l, at("5.6.7.8:1"), 2'000, second(14) + milliseconds{500}) == 25);
    CHECK(admitted(l, at("5.6.7.8:1"), 2'000, second(10'000)) == 500);
}

TEST_CASE("ports share their address, addresses share nothing") {
    per_ip_limit l = limit();
    CHECK(admitted(l, at("5.6.7.8:1"), 500, second(10)) == 500);
    CHECK(admitted(l, at("5.6.7.8:2"), 1, second(10)) == 0);
    CHECK(admitted(l, at("5.6.7.9:1"), 1, second(10)) == 1);
}

TEST_CASE("of IPv6 a /64 counts as one address") {
    per_ip_limit l = limit();
    CHECK(admitted(l, at("[2a00:1:2:3::1]:1"), 500, second(10)) == 500);
    CHECK(admitted(l, at("[2a00:1:2:3:4:5:6:7]:1"), 1, second(10)) == 0);
    CHECK(admitted(l, at("[2a00:1:2:4::1]:1"), 1, second(10)) == 1);
}

TEST_CASE("a hundred honest nodes behind one NAT are never silenced") {
    per_ip_limit l = limit();
    for (std::uint16_t node = 1; node <= 100; ++node) // all wake up at once
        CHECK(admitted(l, {ip("5.6.7.8"), node}, 5, second(10)) == 5);
    for (std::int64_t s = 11; s < 600; ++s) // then each asks every other second
        for (std::uint16_t node = 1; node <= 50; ++node)
            if (admitted(l, {ip("5.6.7.8"), node}, 1, second(s)) != 1) FAIL("second " << s);
}

TEST_CASE("a spray of addresses is bounded in memory and does not free a flooder") {
    per_ip_limit l = limit(256);
    endpoint const flooder = at("5.6.7.8:1");
    CHECK(admitted(l, flooder, 2'000, second(10)) == 500);
    unsigned silenced = 0;
    for (std::uint32_t n = 0; n < 100'000; ++n)
        silenced += admitted(l, {address::v4(0x10000000U + 7'919U * n), 1}, 1, second(10)) == 0;
    CHECK(silenced == 0);
    CHECK(l.sources() == 256);
    CHECK(admitted(l, flooder, 100, second(10)) == 0);
}

TEST_CASE("who has been silent long enough is forgotten now and then, and nobody else") {
    per_ip_limit l = limit();
    CHECK(admitted(l, at("5.6.7.8:1"), 500, second(10)) == 500);
    CHECK(admitted(l, at("5.6.7.9:1"), 100, second(10)) == 100);
    l.tidy(second(13)); // a hundred are full again after two seconds, five hundred are not
    CHECK(l.sources() == 1);
    CHECK(admitted(l, at("5.6.7.8:1"), 500, second(13)) == 150);
    CHECK(admitted(l, at("5.6.7.9:1"), 501, second(13)) == 500);
    l.tidy(second(30));
    CHECK(l.sources() == 0);
}

TEST_CASE("of many who are silenced hardly anybody is forgotten, whatever memory is given back") {
    per_ip_limit l = limit();
    auto const silenced = [&](std::int64_t s) {
        unsigned count = 0;
        for (std::uint32_t n = 0; n < 1'000; ++n)
            count += admitted(l, far_apart(n), 1, second(s)) == 0;
        return count;
    };
    for (std::uint32_t n = 0; n < 1'000; ++n)
        admitted(l, far_apart(n), 500, second(10));
    CHECK(silenced(10) > 980); // the others shared a set with four
    l.tidy(second(10));
    CHECK(silenced(10) > 980);
    CHECK(l.sources() > 980);
}

TEST_CASE("few sources are counted in fours, and at least one of them is") {
    for (std::uint32_t const most : {1U, 2U, 3U, 4U, 5U, 15U}) {
        per_ip_limit l = limit(most);
        CHECK(admitted(l, at("5.6.7.8:1"), 600, second(10)) == 500);
        for (std::uint32_t n = 0; n < 100; ++n)
            admitted(l, far_apart(n), 1, second(10));
        CHECK(l.sources() >= most);
        CHECK(l.sources() <= most + 3);
    }
}

TEST_CASE("the extremes of a rate are kept to") {
    seeded_random rng{1};
    settings s;
    s.queries_per_second = 1;
    s.queries_burst = 65'535;
    per_ip_limit slow;
    slow.start(s, rng);
    CHECK(admitted(slow, at("5.6.7.8:1"), 70'000, second(10)) == 65'535);
    CHECK(admitted(slow, at("5.6.7.8:1"), 10, second(12)) == 2);
    s.queries_per_second = 65'535;
    per_ip_limit fast;
    fast.start(s, rng);
    CHECK(admitted(fast, at("5.6.7.8:1"), 70'000, second(10)) == 65'535);
    CHECK(admitted(fast, at("5.6.7.8:1"), 70'000, second(12)) == 65'535);
}

TEST_CASE("an address of IPv4 and one of IPv6 with the same number are two") {
    per_ip_limit l = limit();
    CHECK(admitted(l, at("5.6.7.8:1"), 500, second(10)) == 500);
    CHECK(admitted(l, at("[0:0:506:708::1]:1"), 500, second(10)) == 500);
}

TEST_CASE("who asks now and then is soon forgotten, however many they are") {
    per_ip_limit l = limit();
    for (std::uint32_t n = 0; n < 10'000; ++n) { // one every second
        CHECK(l.admit({second(n), {}}, far_apart(n), event::method::ping));
        CHECK(l.sources() <= 17);
    }
}

TEST_CASE("without memory nobody is limited") {
    per_ip_limit l = limit(0);
    CHECK(admitted(l, at("5.6.7.8:1"), 2'000, second(10)) == 2'000);
    CHECK(l.sources() == 0);
}

TEST_CASE("time that stands still or goes back refills nothing") {
    per_ip_limit l = limit();
    CHECK(admitted(l, at("5.6.7.8:1"), 600, second(100)) == 500);
    CHECK(admitted(l, at("5.6.7.8:1"), 600, second(50)) == 0);
    CHECK(admitted(l, at("5.6.7.8:1"), 600, second(101)) == 50);
}

TEST_CASE("admit_all admits all") {
    admit_all a;
    CHECK(a.admit({}, at("5.6.7.8:1"), event::method::put));
}
