#include <dht/secure/fair_source.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;
using step_kind = lookup_step::kind;

static_assert(lookup_strategy<fair_source<>, system_random>);
static_assert(lookup_strategy<fair_source<>, seeded_random>);

namespace {

/// A lookup for key 0 that is asked for one question after the other.
struct fair_lookup {
    std::vector<candidate> all;
    std::uint16_t answers = 0;
    fair_source<> strategy{};

    void name(std::string_view id, std::uint16_t source) {
        candidate c;
        c.id = key_of(id);
        c.source = source;
        c.plausible = true;
        c.cost_ms = 100;
        all.push_back(c);
        std::sort(all.begin(), all.end(),
                  [](candidate const& a, candidate const& b) { return a.id < b.id; });
    }

    lookup_step next() {
        seeded_random rng{1};
        fair_source<>::state state;
        return strategy.next(state, {{}, all, 1, 0, 100, 1'000, {}}, {}, rng);
    }

    /// Asks the next one; he answers. His id, and the ordinal of his answer.
    std::pair<key160, std::uint16_t> ask() {
        lookup_step const step = next();
        REQUIRE(step.what == step_kind::ask);
        candidate& who = all[step.position];
        REQUIRE(who.state == candidate_state::fresh);
        who.state = candidate_state::replied;
        who.answer = ++answers;
        return {who.id, answers};
    }
};

} // namespace

TEST_CASE("an answer is followed for two questions, then the next of its kin has a turn") {
    fair_lookup l;
    for (char const* id : {"10", "20", "30"})
        l.name(id, 0);
    auto const first = l.ask();
    CHECK(first.first == key_of("10"));
    for (char const* id : {"01", "02", "03"})
        l.name(id, first.second);
    CHECK(l.ask().first == key_of("01"));
    CHECK(l.ask().first == key_of("02"));
    CHECK(l.ask().first == key_of("20"));
    // Who named nobody is not waited for: 30 is new, and 03 comes of one who had two questions.
    CHECK(l.ask().first == key_of("30"));
    CHECK(l.ask().first == key_of("03"));
    CHECK(l.next().what == step_kind::finished);
}

TEST_CASE("liars who lead to ever closer liars share one portion of the questions") {
    fair_lookup l;
    for (char const* id : {"80", "90", "a0", "b0"})
        l.name(id, 0);
    unsigned to_liars = 0;
    unsigned number = 0;
    for (unsigned n = 0; n < 40; ++n) {
        auto const [id, answer] = l.ask();
        bool const liar = id == key_of("80") || id.bytes[0] == std::byte{0};
        to_liars += liar ? 1U : 0U;
        for (unsigned i = 0; i < 8; ++i) { // all name eight that nobody else does
            std::string digits = liar ? "00" : "c0";
            for (unsigned const d : {number >> 8U, number >> 4U, number})
                digits += "0123456789abcdef"[d & 15U];
            ++number;
            l.name(digits, answer);
        }
    }
    CHECK(to_liars >= 8);
    CHECK(to_liars <= 12); // of 40, by four sources
}

TEST_CASE("a portion is divided among those who were named by one of them") {
    fair_lookup l;
    l.name("80", 0);
    l.name("90", 0);
    auto const liar = l.ask();
    for (char const* id : {"01", "02"})
        l.name(id, liar.second);
    std::vector<key160> order;
    for (int i = 0; i < 3; ++i)
        order.push_back(l.ask().first);
    CHECK(order == std::vector<key160>{key_of("01"), key_of("02"), key_of("90")});
}

TEST_CASE("a question in vain counts twice, and who costs too much is not asked") {
    fair_lookup l;
    for (char const* id : {"10", "20", "30"})
        l.name(id, 0);
    auto const first = l.ask();
    for (char const* id : {"01", "02", "03"})
        l.name(id, first.second);
    CHECK(l.ask().first == key_of("01"));
    l.all[0].state = candidate_state::failed;
    l.all[1].cost_ms = cost_never;
    CHECK(l.ask().first == key_of("20")); // 10 has had its two
    CHECK(l.ask().first == key_of("30"));
    CHECK(l.ask().first == key_of("03"));
    CHECK(l.next().what == step_kind::finished);
}

TEST_CASE("progeny of somebody who was forgotten is asked as if we had known it") {
    fair_lookup l;
    l.name("10", 77);
    l.name("20", 0);
    CHECK(l.ask().first == key_of("10"));
    CHECK(l.ask().first == key_of("20"));
    fair_lookup old;
    old.name("10", 300); // ordinals beyond what is told apart
    old.name("20", 300);
    CHECK(old.ask().first == key_of("10"));
    CHECK(old.ask().first == key_of("20"));
    CHECK(old.next().what == step_kind::finished);
}

TEST_CASE("as many candidates as settings allow, and more, are no trouble") {
    fair_lookup l;
    for (unsigned i = 0; i < 1'500; ++i) {
        std::string digits;
        for (unsigned const d : {i >> 8U, i >> 4U, i})
            digits += "0123456789abcdef"[d & 15U];
        l.name("f" + digits, static_cast<std::uint16_t>(i % 3));
    }
    for (int i = 0; i < 100; ++i)
        l.ask();
    for (candidate& c : l.all)
        if (&c - l.all.data() < 1'100) c.state = candidate_state::failed;
    CHECK(l.next().what == step_kind::ask); // Inner's choice, where it sees nobody itself
}
