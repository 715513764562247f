#include <dht/policy/random_source.hpp>
#include <dht/policy/token_validity.hpp>

#include "../../catch.hpp"
#include <cmath>

using namespace dht;

namespace {

/// Announcers who come back after an exponentially distributed time, at most ten minutes; their
/// tokens are drawn in the minute before. How many of them are refused.
struct announcers {
    token_validity& validity;
    double mean_minutes;
    std::array<std::uint32_t, token_validity::most + 1> due{}; ///< by age
    std::uint64_t came = 0;
    std::uint64_t refused = 0;
    seeded_random rng{7};

    void minute(unsigned count) {
        for (unsigned n = 0; n < count; ++n) {
            validity.issued();
            double const u = static_cast<double>((rng.next() >> 11U) + 1) * 0x1p-53;
            double const minutes = std::min(10.0, -mean_minutes * std::log(u));
            auto const age = static_cast<unsigned>(minutes + 0.5);
            ++came;
            validity.came_back(age);
            if (age > validity.minutes()) ++refused;
        }
    }
};

} // namespace

TEST_CASE("tokens are good for a quarter of an hour in calm") {
    token_validity v;
    CHECK(v.minutes() == token_validity::most);
    for (int m = 0; m < 1'000; ++m) {
        for (int n = 0; n < 30; ++n)
            v.forged(); // old clients, changed addresses
        v.issued();
        v.came_back(1);
        v.next_minute();
    }
    CHECK(v.minutes() == token_validity::most);
    CHECK(v.threat() == 0);
}

TEST_CASE("a flood of forged tokens shortens their life while it lasts, and no longer") {
    token_validity v;
    unsigned before = v.minutes();
    for (int m = 0; m < 4; ++m) {
        for (int n = 0; n < 1'000; ++n)
            v.forged();
        v.next_minute();
        CHECK(v.minutes() < before);
        before = v.minutes();
    }
    CHECK(v.minutes() == token_validity::least);
    for (unsigned m = 0; m < token_validity::threat_max; ++m) {
        v.next_minute();
        CHECK(v.minutes() > before);
        before = v.minutes();
    }
    CHECK(v.minutes() == token_validity::most);
}

TEST_CASE("many forged ones beside many good ones are no flood") {
    token_validity v;
    for (int m = 0; m < 20; ++m) {
        for (int n = 0; n < 1'000; ++n)
            v.forged();
        for (int n = 0; n < 300; ++n)
            v.came_back(0);
        v.next_minute();
    }
    CHECK(v.minutes() == token_validity::most);
}

TEST_CASE("a surge of tokens that are asked for is a threat, a busy node is none") {
    token_validity v;
    auto const minute = [&](unsigned issued) {
        for (unsigned n = 0; n < issued; ++n)
            v.issued();
        v.next_minute();
    };
    for (int m = 0; m < 60; ++m)
        minute(5'000);
    CHECK(v.threat() == 0);
    for (unsigned issued = 5'000; issued < 60'000; issued += issued / 10)
        minute(issued); // it becomes popular
    CHECK(v.threat() == 0);
    for (int m = 0; m < 100; ++m)
        minute(100);
    CHECK(v.threat() == 0);
    minute(1'000); // few, after all
    CHECK(v.threat() == 0);
    for (int m = 0; m < 4; ++m)
        minute(50'000);
    CHECK(v.minutes() == token_validity::least);
    for (int m = 0; m < 8; ++m)
        minute(100);
    CHECK(v.minutes() == token_validity::most);
}

TEST_CASE("of honest announcers one in a thousand is refused at most, in calm and under a flood") {
    for (double const mean : {0.2, 1.0, 2.0, 5.0}) {
        CAPTURE(mean);
        token_validity v;
        announcers honest{v, mean};
        for (int m = 0; m < 60; ++m) {
            honest.minute(100);
            v.next_minute();
        }
        CHECK(honest.refused == 0);
        CHECK(v.minutes() == token_validity::most);
        honest.came = 0;
        for (int m = 0; m < 600; ++m) {
            honest.minute(100);
            for (int n = 0; n < 100'000; ++n)
                v.forged();
            v.next_minute();
        }
        CHECK(v.threat() == token_validity::threat_max);
        CHECK(v.minutes() < token_validity::most);
        CHECK(static_cast<double>(honest.refused) <= 0.001 * static_cast<double>(honest.came));
    }
}

TEST_CASE("others may raise the threat, which passes like any") {
    token_validity v;
    v.raise_threat(4);
    CHECK(v.minutes() == 8);
    v.raise_threat(2);
    CHECK(v.threat() == 4);
    v.raise_threat(1'000);
    CHECK(v.threat() == token_validity::threat_max);
    CHECK(v.minutes() == token_validity::least);
    v.next_minute();
    CHECK(v.threat() == token_validity::threat_max - 1);
}

TEST_CASE("counts do not overflow") {
    token_validity v;
    for (int n = 0; n < 300'000; ++n)
        v.came_back(3);
    v.came_back(9);
    v.raise_threat(token_validity::threat_max);
    CHECK(v.minutes() == 3);
    for (int m = 0; m < 70'000; ++m)
        v.next_minute();
    CHECK(v.minutes() == token_validity::most);
}
