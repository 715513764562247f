#include <dht/base/split_mix.hpp>

#include "../../catch.hpp"
#include <array>

using namespace dht;

TEST_CASE("split_mix is SplitMix64") {
    split_mix chance{1234567}; // as published with the Java and C sources
    CHECK(chance.next() == 6457827717110365317U);
    CHECK(chance.next() == 3203168211198807973U);
    CHECK(chance.next() == 9817491932198370423U);
}

TEST_CASE("draws below a bound are below it, and none is left out") {
    split_mix chance{1};
    std::array<int, 7> seen{};
    for (int i = 0; i < 7'000; ++i)
        ++seen.at(chance.below(7));
    for (int const n : seen) {
        CHECK(n > 850); // 1000 expected, 29 the standard deviation
        CHECK(n < 1'150);
    }
    CHECK(chance.below(1) == 0);
}
