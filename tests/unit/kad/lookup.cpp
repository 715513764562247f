#include <dht/kad/lookup.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <algorithm>

using namespace dht;
using namespace dht::test;

namespace {

key160 const sought{};

candidate named(std::string_view id, endpoint const& where) {
    candidate c;
    c.id = key_of(id);
    c.at = where;
    return c;
}

std::vector<std::string> order(shortlist const& list) {
    std::vector<std::string> ids;
    for (candidate const& c : list.candidates())
        ids.push_back(hex_of(c.id.bytes).substr(0, 2));
    return ids;
}

using id_list = std::vector<std::string>;

} // namespace

TEST_CASE("candidates stand closest first") {
    shortlist list{sought, 8, true};
    CHECK(list.offer(named("40", far_apart(1))));
    CHECK(list.offer(named("10", far_apart(2))));
    CHECK(list.offer(named("20", far_apart(3))));
    CHECK(order(list) == id_list{"10", "20", "40"});
    CHECK(list.target() == sought);
}

TEST_CASE("one candidate per id, per endpoint and per site") {
    shortlist list{sought, 8, true};
    CHECK(list.offer(named("40", neighbour(1))));
    CHECK_FALSE(list.offer(named("40", far_apart(1))));
    CHECK_FALSE(list.offer(named("50", neighbour(1))));
    CHECK_FALSE(list.offer(named("10", neighbour(2))));
    CHECK(list.candidates().size() == 1);
}

TEST_CASE("of one provider so many count, and those who have not answered do not") {
    for (bool const limits : {true, false}) {
        shortlist list{sought, 8, limits};
        for (unsigned i = 1; i <= 5; ++i) {
            endpoint const at{address::v4(0x05060001U + (i << 8U)), 6'881};
            candidate c = named("10", at);
            c.id.bytes[19] = static_cast<std::byte>(i);
            c.source = static_cast<std::uint16_t>(i);
            CHECK(list.offer(c));
        }
        auto const at = [&](std::size_t i) -> candidate& { return list.at(i); };
        for (std::size_t i = 0; i < 4; ++i) {
            CHECK_FALSE(list.crowds_provider(at(4), 4));
            list.change(at(i), candidate_state::replied);
        }
        CHECK(list.crowds_provider(at(4), 4) == limits);
        CHECK_FALSE(list.crowds_provider(at(3), 4));
        endpoint const elsewhere{address::v4(0x05070101U), 6'881};
        CHECK(list.offer(named("70", elsewhere)));
        CHECK_FALSE(list.crowds_provider(*list.find(elsewhere), 4));
    }
}

TEST_CASE("who names an honest node at a false endpoint does not hide it from others") {
    shortlist list{sought, 8, true};
    auto const from = [](std::uint16_t source, std::string_view id, endpoint const& where) {
        candidate c = named(id, where);
        c.source = source;
        return c;
    };
    CHECK(list.offer(from(1, "10", far_apart(1)))); // false
    CHECK(list.offer(from(2, "10", far_apart(2)))); // true
    CHECK_FALSE(list.offer(from(1, "10", far_apart(3))));
    CHECK(list.offer(from(1, "20", neighbour(1)))); // made up, beside an honest node
    CHECK(list.offer(from(2, "30", neighbour(2))));
    CHECK_FALSE(list.offer(from(2, "40", neighbour(3))));
    // Both are asked, at once perhaps: only an answer shows who is there.
    auto const state_of = [&](endpoint const& e) -> candidate& { return *list.find(e); };
    list.change(state_of(far_apart(1)), candidate_state::asked);
    CHECK_FALSE(list.has_deputy(state_of(far_apart(2))));
    list.change(state_of(far_apart(1)), candidate_state::stalled);
    CHECK_FALSE(list.has_deputy(state_of(far_apart(2))));
    CHECK(list.offer(from(3, "10", far_apart(4))));
    list.change(state_of(far_apart(2)), candidate_state::replied);
    CHECK(list.has_deputy(state_of(far_apart(1))));
    CHECK(list.has_deputy(state_of(far_apart(4))));
    CHECK_FALSE(list.has_deputy(state_of(far_apart(2))));
    CHECK_FALSE(list.offer(from(5, "10", far_apart(6))));
    CHECK_FALSE(list.has_deputy(state_of(neighbour(2))));
    list.change(state_of(neighbour(2)), candidate_state::replied);
    CHECK(list.has_deputy(state_of(neighbour(1))));
    CHECK_FALSE(list.offer(from(3, "50", neighbour(5))));
}

TEST_CASE("of two ids told of one endpoint the closer counts until it is asked") {
    shortlist list{sought, 8, true};
    list.offer(named("40", far_apart(1)));
    list.offer(named("20", far_apart(2)));
    CHECK(list.offer(named("10", far_apart(1))));
    CHECK(order(list) == id_list{"10", "20"});
    CHECK_FALSE(list.offer(named("20", far_apart(1))));
    CHECK_FALSE(list.offer(named("10", far_apart(2))));
    list.change(list.at(0), candidate_state::asked);
    CHECK_FALSE(list.offer(named("05", far_apart(1))));
    CHECK(order(list) == id_list{"10", "20"});
}

TEST_CASE("sites do not count where subnets make no sense") {
    shortlist list{sought, 8, false};
    CHECK(list.offer(named("40", neighbour(1))));
    CHECK(list.offer(named("10", neighbour(2))));
    CHECK_FALSE(list.offer(named("20", neighbour(2))));
}

TEST_CASE("a full list takes who is closer than its last, and loses that") {
    shortlist list{sought, 3, true};
    list.offer(named("10", far_apart(1)));
    list.offer(named("20", far_apart(2)));
    list.offer(named("30", far_apart(3)));
    CHECK_FALSE(list.offer(named("31", far_apart(4))));
    CHECK(list.offer(named("21", far_apart(5))));
    CHECK(order(list) == id_list{"10", "20", "21"});
}

TEST_CASE("who is waited for is never pushed out") {
    for (candidate_state const state : {candidate_state::asked, candidate_state::stalled}) {
        shortlist list{sought, 2, true};
        list.offer(named("10", far_apart(1)));
        list.offer(named("30", far_apart(3)));
        list.change(list.at(1), state);
        CHECK_FALSE(list.offer(named("20", far_apart(2))));
        list.change(list.at(1), candidate_state::replied);
        CHECK(list.offer(named("20", far_apart(2))));
        CHECK(order(list) == id_list{"10", "20"});
    }
}

TEST_CASE("in flight is who was asked and has neither stalled, failed nor replied") {
    shortlist list{sought, 8, true};
    for (std::uint32_t n = 1; n <= 4; ++n)
        list.offer(named("0" + std::to_string(n), far_apart(n)));
    for (std::size_t i = 0; i < 4; ++i)
        list.change(list.at(i), candidate_state::asked);
    CHECK(list.in_flight() == 4);
    list.change(list.at(0), candidate_state::replied);
    list.change(list.at(1), candidate_state::stalled);
    list.change(list.at(2), candidate_state::failed);
    CHECK(list.in_flight() == 1);
    list.change(list.at(1), candidate_state::replied); // late
    CHECK(list.in_flight() == 1);
}

TEST_CASE("candidates are found by endpoint") {
    shortlist list{sought, 8, true};
    list.offer(named("10", far_apart(1)));
    REQUIRE(list.find(far_apart(1)) != nullptr);
    CHECK(list.find(far_apart(1))->id == key_of("10"));
    CHECK(list.find(far_apart(2)) == nullptr);
    CHECK(list.find({far_apart(1).ip, 1}) == nullptr);
}

TEST_CASE("a bootstrap endpoint moves to its place when its id is known") {
    shortlist list{sought, 8, true};
    candidate router = named("ff", far_apart(9));
    router.named = false;
    router.cost_ms = 7;
    list.offer(router);
    list.offer(named("10", far_apart(1)));
    list.offer(named("30", far_apart(3)));
    SECTION("with all that is known of it") {
        CHECK(list.rename(*list.find(far_apart(9)), key_of("20")));
        CHECK(order(list) == id_list{"10", "20", "30"});
        CHECK(list.at(1).named);
        CHECK(list.at(1).at == far_apart(9));
        CHECK(list.at(1).cost_ms == 7);
    }
    SECTION("but not under somebody else's id") {
        CHECK_FALSE(list.rename(*list.find(far_apart(9)), key_of("10")));
        CHECK(order(list) == id_list{"10", "30", "ff"});
        CHECK_FALSE(list.at(2).named);
    }
}

TEST_CASE("who names many takes room in a full shortlist from nobody but himself") {
    shortlist list{key160{}, 64, false};
    seeded_random rng{5};
    std::uint32_t n = 0;
    auto const offer = [&](std::uint16_t source, std::string_view prefix) {
        candidate c;
        c.id =
            with_prefix(key_of(prefix), static_cast<unsigned>(4 * prefix.size()), random_key(rng));
        c.at = far_apart(++n);
        c.source = source;
        return list.offer(c);
    };
    auto const of = [&](std::uint16_t source) {
        auto const all = list.candidates();
        return std::count_if(all.begin(), all.end(),
                             [&](candidate const& c) { return c.source == source; });
    };
    for (int i = 0; i < 20; ++i)
        offer(0, "f");
    for (std::uint16_t source = 1; source <= 3; ++source)
        for (int i = 0; i < 8; ++i)
            offer(source, "8");
    for (int i = 0; i < 1'000; ++i)
        offer(4, "0000");
    CHECK(list.candidates().size() == 64);
    CHECK(of(0) == 20);
    for (std::uint16_t source = 1; source <= 3; ++source)
        CHECK(of(source) >= 6);
    CHECK(of(4) <= 16 + 8); // the closest of all, and no more beside them than the others have
    // The closest of these stay; further ones of the same source have no place.
    CHECK_FALSE(offer(4, "1"));
    // Who comes later is heard, however far he is: the crowd makes room, down to the closest.
    for (int i = 0; i < 4; ++i)
        CHECK(offer(5, "f"));
    CHECK(of(4) <= 16 + 8);
    CHECK(of(5) == 4);
    auto const closest = list.candidates().first(16);
    CHECK(std::all_of(closest.begin(), closest.end(),
                      [](candidate const& c) { return c.source == 4; }));
}

TEST_CASE("a name that is heard on another path is known there, too") {
    shortlist list{key160{}, 8, false};
    candidate c = named("10", far_apart(1));
    c.named_on = 0b01;
    CHECK(list.offer(c));
    c.named_on = 0b10;
    CHECK_FALSE(list.offer(c));
    CHECK(list.candidates()[0].named_on == 0b11);
    c.id = key_of("20"); // another name for the endpoint
    c.named_on = 0b100;
    CHECK_FALSE(list.offer(c));
    CHECK(list.candidates()[0].named_on == 0b11);
}

TEST_CASE("a shortlist of random offers is what sorting them would leave") {
    seeded_random rng{1};
    key160 const goal = random_key(rng);
    shortlist list{goal, 16, true};
    std::vector<key160> all;
    for (std::uint32_t n = 0; n < 300; ++n) {
        candidate c;
        c.id = random_key(rng);
        c.at = far_apart(n);
        list.offer(c);
        all.push_back(c.id);
    }
    std::sort(all.begin(), all.end(),
              [&](key160 const& a, key160 const& b) { return (a ^ goal) < (b ^ goal); });
    REQUIRE(list.candidates().size() == 16);
    for (std::size_t i = 0; i < 16; ++i)
        CHECK(list.at(i).id == all[i]);
}
