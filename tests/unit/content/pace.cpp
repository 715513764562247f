#include <dht/content/pace.hpp>

#include "../../catch.hpp"

using namespace dht;
using content::pace;

TEST_CASE("a pace lets a burst through, then one per interval") {
    pace p{seconds{1}, 3};
    instant now{seconds{100}};
    CHECK(p.try_pass(now));
    CHECK(p.try_pass(now));
    CHECK(p.try_pass(now));
    CHECK_FALSE(p.try_pass(now));
    CHECK(p.ready() == now + seconds{1});
    now += seconds{1};
    CHECK(p.try_pass(now));
    CHECK_FALSE(p.try_pass(now));
    now += hours{1}; // a long pause earns no more than a burst
    for (int i = 0; i < 3; ++i)
        CHECK(p.try_pass(now));
    CHECK_FALSE(p.try_pass(now));
}

TEST_CASE("jitter stays within a tenth") {
    seeded_random chance{1};
    duration least = hours{1};
    duration most{};
    for (int i = 0; i < 1'000; ++i) {
        duration const d = content::jittered(minutes{10}, chance);
        least = std::min(least, d);
        most = std::max(most, d);
    }
    CHECK(least >= minutes{9});
    CHECK(least < minutes{9} + seconds{5});
    CHECK(most <= minutes{11});
    CHECK(most > minutes{11} - seconds{5});
}
