#include <dht/kad/avoid_list.hpp>

#include "../../catch.hpp"
#include "samples.hpp"

using namespace dht;
using namespace dht::test;

namespace {

avoid_list small(std::size_t limit = 100) {
    return avoid_list{limit, {1, 2}, minutes{5}, minutes{40}};
}

/// For how long `at` is avoided from `now` on, in whole seconds.
seconds sentence(avoid_list const& list, endpoint const& at, instant now) {
    seconds s{0};
    while (list.holds(at, now + s))
        s += seconds{1};
    return s;
}

} // namespace

TEST_CASE("an offence is remembered for a while, and for that endpoint alone") {
    avoid_list list = small();
    list.add(far_apart(1), second(100));
    CHECK(list.holds(far_apart(1), second(100)));
    CHECK(sentence(list, far_apart(1), second(100)) == minutes{5});
    CHECK_FALSE(list.holds(far_apart(2), second(100)));
    CHECK_FALSE(list.holds({far_apart(1).ip, 1}, second(100)));
}

TEST_CASE("each further offence doubles the time, up to the longest") {
    avoid_list list = small();
    instant now = second(0);
    for (minutes const expected :
         {minutes{5}, minutes{10}, minutes{20}, minutes{40}, minutes{40}}) {
        list.add(far_apart(1), now);
        CHECK(sentence(list, far_apart(1), now) == expected);
        now += expected;
    }
    for (int i = 0; i < 1'000; ++i)
        list.add(far_apart(1), now);
    CHECK(sentence(list, far_apart(1), now) == minutes{40});
    CHECK(list.size() == 1);
}

TEST_CASE("the forgiven begin anew") {
    avoid_list list = small();
    list.add(far_apart(1), second(0));
    list.add(far_apart(1), second(0));
    list.forgive(far_apart(1));
    CHECK_FALSE(list.holds(far_apart(1), second(0)));
    list.add(far_apart(1), second(0));
    CHECK(sentence(list, far_apart(1), second(0)) == minutes{5});
}

TEST_CASE("who speaks again is worth a question at once, three times; then it waits") {
    avoid_list list = small();
    list.reprieve(far_apart(1)); // nobody knows it
    CHECK(list.size() == 0);
    instant now = second(0);
    for (int silent = 0; silent < 3; ++silent) {
        list.add(far_apart(1), now);
        CHECK(list.holds(far_apart(1), now));
        list.reprieve(far_apart(1));
        CHECK_FALSE(list.holds(far_apart(1), now));
        now += seconds{1};
    }
    list.add(far_apart(1), now);
    list.reprieve(far_apart(1));
    CHECK(sentence(list, far_apart(1), now) == minutes{40}); // nothing was forgotten meanwhile
}

TEST_CASE("the list is bounded, and the newest are always in it") {
    avoid_list list = small(64);
    for (std::uint32_t n = 0; n < 10'000; ++n) {
        list.add(far_apart(n), second(n));
        if (!list.holds(far_apart(n), second(n))) FAIL("number " << n);
    }
    CHECK(list.size() == 64);
}

TEST_CASE("where it is full, those that end soon go before those that end late") {
    avoid_list list = small(64);
    for (std::uint32_t n = 0; n < 64; ++n)
        for (int i = 0; i < (n % 4 == 0 ? 4 : 1); ++i)
            list.add(far_apart(n), second(0)); // every fourth for 40 minutes, the others for 5
    for (std::uint32_t n = 1'000; n < 2'000; ++n)
        list.add(far_apart(n), second(0));
    for (std::uint32_t n = 0; n < 64; ++n)
        CHECK(list.holds(far_apart(n), second(0)) == (n % 4 == 0));
}

TEST_CASE("no room, no memory") {
    avoid_list list = small(0);
    list.add(far_apart(1), second(0));
    CHECK_FALSE(list.holds(far_apart(1), second(0)));
    CHECK(list.size() == 0);
}
