#include <dht/base/calendar.hpp>
#include <dht/policy/random_source.hpp>

#include "../../catch.hpp"
#include <map>

using namespace dht;

namespace {

struct guest {
    calendar_entry entry;
};

using book = calendar<&guest::entry>;
constexpr std::uint32_t nobody = book::nobody;

} // namespace

TEST_CASE("an empty calendar names nobody") {
    book const c{7};
    CHECK(c.days() == 7);
    CHECK(c.first_on(3) == nobody);
    CHECK(c.first_since(3) == nobody);
}

TEST_CASE("on one day it is first come, first served") {
    std::vector<guest> all(4);
    book c{7};
    for (std::uint32_t const i : {2U, 0U, 3U})
        c.add(all, i, 5);
    CHECK(c.first_on(5) == 2);
    CHECK(c.first_on(4) == nobody);
    c.remove(all, 0); // from the middle
    CHECK(c.first_on(5) == 2);
    c.remove(all, 2);
    CHECK(c.first_on(5) == 3);
    c.remove(all, 3);
    CHECK(c.first_on(5) == nobody);
}

TEST_CASE("the next day with somebody on it is found, around the end of the ring too") {
    std::vector<guest> all(3);
    book c{7};
    c.add(all, 0, 12); // page 5
    c.add(all, 1, 15); // page 1
    CHECK(c.first_since(11) == 0);
    CHECK(c.first_since(12) == 0);
    CHECK(c.first_since(13) == 1);
    CHECK(c.first_since(15) == 1);
    CHECK(all[1].entry.day == 15);
}

TEST_CASE("a calendar agrees with a map of days") {
    std::uint64_t const seed = GENERATE(1U, 2U, 3U);
    CAPTURE(seed);
    seeded_random rng{seed};
    constexpr std::uint32_t days = 20;
    std::vector<guest> all(50);
    std::vector<bool> is_in(all.size());
    std::map<std::uint32_t, std::vector<std::uint32_t>> model;
    book c{days};
    for (int step = 0; step < 5'000; ++step) {
        auto const i = static_cast<std::uint32_t>(below(rng, all.size()));
        if (is_in[i]) {
            auto& day = model[all[i].entry.day];
            c.remove(all, i);
            std::erase(day, i);
        } else {
            auto const day = 1'000 + static_cast<std::uint32_t>(below(rng, days));
            c.add(all, i, day);
            model[day].push_back(i);
        }
        is_in[i] = !is_in[i];
        std::uint32_t first = nobody;
        for (std::uint32_t day = 1'000 + days; day-- > 1'000;) {
            auto const& there = model[day];
            REQUIRE(c.first_on(day) == (there.empty() ? nobody : there.front()));
            if (!there.empty()) first = there.front();
        }
        REQUIRE(c.first_since(1'000) == first);
    }
}
