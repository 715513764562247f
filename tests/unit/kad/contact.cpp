#include <dht/kad/contact.hpp>

#include "../../catch.hpp"
#include "samples.hpp"

using namespace dht;
using namespace dht::test;

TEST_CASE("coarse time counts whole seconds, and the origin is not never") {
    CHECK(coarse(instant{}) != coarse_time::unset);
    CHECK(coarse(second(90)) == coarse_time{90});
    CHECK(coarse(second(90) + milliseconds{999}) == coarse_time{90});
}

TEST_CASE("age is how long ago, and long when it never happened") {
    CHECK(age(coarse(second(100)), second(160)) == seconds{60});
    CHECK(age(coarse(second(160)), second(100)) == seconds{0});
    CHECK(age(coarse_time::unset, second(100)) > hours{24 * 300});
}

TEST_CASE("good is who has answered, was heard of lately and failed nothing since") {
    contact c = answered(key_of("01"), far_apart(1), second(100));
    minutes const fresh{15};
    CHECK(c.good(second(100 + 15 * 60), fresh));
    CHECK_FALSE(c.good(second(101 + 15 * 60), fresh));
    c.last_heard = coarse(second(1000));
    CHECK(c.good(second(1000 + 15 * 60), fresh));
    c.failures = 1;
    CHECK_FALSE(c.good(second(1000), fresh));
    CHECK_FALSE(heard(key_of("01"), far_apart(1), second(100)).good(second(100), fresh));
}

TEST_CASE("a round trip moves the smoothed one by an eighth") {
    contact c;
    CHECK(c.rtt_ms == contact::rtt_unknown);
    c.measured(milliseconds{80});
    CHECK(c.rtt_ms == 80);
    c.measured(milliseconds{160});
    CHECK(c.rtt_ms == 90);
    c.measured(milliseconds{-5});
    CHECK(c.rtt_ms == 78);
}

TEST_CASE("no round trip can pass for an unknown one") {
    contact c;
    for (int i = 0; i < 200; ++i)
        c.measured(hours{1});
    CHECK(c.rtt_ms == 60'000);
}
