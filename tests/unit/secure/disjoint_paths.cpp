#include <dht/node.hpp>
#include <dht/secure/disjoint_paths.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <bit>

using namespace dht;
using namespace dht::test;
using step_kind = lookup_step::kind;

static_assert(lookup_strategy<disjoint_paths<>, system_random>);
static_assert(lookup_strategy<disjoint_paths<1>, seeded_random>);
static_assert(lookup_strategy<disjoint_paths<16>, seeded_random>);

namespace {

/// A lookup for key 0, whose i-th candidate shares 150 - i bits with it. Letters: f fresh, a asked,
/// s stalled, x failed, R replied.
struct path_lookup {
    std::vector<candidate> all;
    unsigned width = 4;
    unsigned results = 3;

    path_lookup& with(char letter, std::uint16_t named_on) {
        candidate k;
        k.id = key_of("");
        k.id.set_bit(150 - all.size(), true);
        k.state = letter == 'a'   ? candidate_state::asked
                  : letter == 's' ? candidate_state::stalled
                  : letter == 'x' ? candidate_state::failed
                  : letter == 'R' ? candidate_state::replied
                                  : candidate_state::fresh;
        k.plausible = true;
        k.cost_ms = 100;
        k.named_on = named_on;
        all.push_back(k);
        std::sort(all.begin(), all.end(),
                  [](candidate const& a, candidate const& b) { return a.id < b.id; });
        return *this;
    }

    [[nodiscard]] lookup_view view() const {
        auto const in_flight = std::count_if(all.begin(), all.end(), [](candidate const& c) {
            return c.state == candidate_state::asked;
        });
        return {{}, all, width, static_cast<unsigned>(in_flight), results, 100, {}};
    }

    template <unsigned D>
    lookup_step next(typename disjoint_paths<D>::state& s) const {
        seeded_random rng{1};
        return disjoint_paths<D>{}.next(s, view(), {}, rng);
    }

    /// The same, and the one that it names is asked.
    template <unsigned D>
    lookup_step ask(typename disjoint_paths<D>::state& s) {
        lookup_step const step = next<D>(s);
        if (step.what == step_kind::ask) {
            all[step.position].state = candidate_state::asked;
            all[step.position].path = step.path;
        }
        return step;
    }
};

} // namespace

TEST_CASE("paths take turns, each asks the closest that was named on it") {
    path_lookup l;
    l.with('f', 0b01).with('f', 0b01).with('f', 0b10).with('f', 0b10);
    disjoint_paths<2>::state s;
    for (auto const& [position, path] : {std::pair{0U, 0U}, {2U, 1U}, {1U, 0U}, {3U, 1U}}) {
        lookup_step const step = l.ask<2>(s);
        REQUIRE(step.what == step_kind::ask);
        CHECK(step.position == position);
        CHECK(step.path == path);
    }
    CHECK(l.next<2>(s).what == step_kind::wait);
}

TEST_CASE("who was named on two paths is asked on one, and counts for both") {
    path_lookup l;
    l.with('f', 0b11).with('f', 0b11).with('f', 0b11).with('f', 0b11);
    disjoint_paths<2>::state s;
    for (unsigned i = 0; i < 3; ++i)
        CHECK(l.ask<2>(s).position == i);
    CHECK(l.next<2>(s).what == step_kind::wait); // three results are on their way
    for (candidate& c : l.all)
        if (c.state == candidate_state::asked) c.state = candidate_state::replied;
    CHECK(l.next<2>(s).what == step_kind::finished);
}

TEST_CASE("a crowd that one path was told of ends no other") {
    path_lookup l;
    l.with('R', 0b01).with('R', 0b01).with('R', 0b01).with('f', 0b01).with('f', 0b10);
    disjoint_paths<2>::state s;
    lookup_step const step = l.ask<2>(s);
    REQUIRE(step.what == step_kind::ask);
    CHECK(step.position == 4);
    CHECK(step.path == 1);
    l.all[4].state = candidate_state::failed;
    CHECK(l.next<2>(s).what == step_kind::finished);
    seeded_random rng{1};
    single_path::state single;
    CHECK(single_path{}.next(single, l.view(), {}, rng).what == step_kind::finished); // at once
}

TEST_CASE("one path is a single path") {
    seeded_random rng{7};
    for (int round = 0; round < 2'000; ++round) {
        std::array<std::byte, 9> dice;
        rng.fill(dice);
        path_lookup l;
        l.width = 1 + std::to_integer<unsigned>(dice[8]) % 4;
        for (std::size_t i = 0; i < 8; ++i)
            l.with("fasxRf"[std::to_integer<unsigned>(dice[i]) % 6],
                   static_cast<std::uint16_t>(1U << (i % 16)));
        disjoint_paths<1>::state s;
        single_path::state single;
        lookup_step const a = l.next<1>(s);
        lookup_step const b = single_path{}.next(single, l.view(), {}, rng);
        CHECK(a.what == b.what);
        CHECK(a.position == b.position);
        CHECK(a.path == 0);
    }
}

TEST_CASE("all who were dealt out at the beginning have a path, however many there are") {
    auto const path_of = [](std::uint16_t bit, auto paths) {
        constexpr unsigned d = decltype(paths)::value;
        path_lookup l;
        l.with('f', static_cast<std::uint16_t>(1U << bit));
        typename disjoint_paths<d>::state s;
        lookup_step const step = l.next<d>(s);
        REQUIRE(step.what == step_kind::ask);
        return step.path;
    };
    for (std::uint16_t bit = 0; bit < 16; ++bit) {
        CHECK(path_of(bit, std::integral_constant<unsigned, 1>{}) == 0);
        CHECK(path_of(bit, std::integral_constant<unsigned, 3>{}) == bit % 3);
        CHECK(path_of(bit, std::integral_constant<unsigned, 4>{}) == bit % 4);
        CHECK(path_of(bit, std::integral_constant<unsigned, 16>{}) == bit);
    }
}

TEST_CASE("the width is that of all paths together") {
    path_lookup l;
    l.width = 2;
    l.with('a', 0b01).with('a', 0b01).with('f', 0b10);
    disjoint_paths<2>::state s;
    CHECK(l.next<2>(s).what == step_kind::at_capacity);
    l.all[0].state = candidate_state::stalled;
    CHECK(l.next<2>(s).what == step_kind::ask);
}

namespace {

/// Notes on which paths the candidates of a lookup are when it begins.
struct note_taker {
    using policy_slot = slots::lookup_strategy;

    struct state {};

    std::vector<std::uint16_t>* notes;

    template <class Rng>
    lookup_step next(state&, lookup_view const& view, times, Rng&) const noexcept {
        notes->clear();
        for (candidate const& c : view.candidates)
            notes->push_back(c.named_on);
        return {lookup_step::kind::finished};
    }
};

} // namespace

TEST_CASE("whom a node knows is dealt out to the paths, each contact to one") {
    std::vector<std::uint16_t> notes;
    dht::node<note_taker, seeded_random> node{settings{}, note_taker{&notes}, seeded_random{1}};
    instant const now{seconds{100}};
    node.open(now, at("46.4.2.1:6881"));
    seeded_random rng{2};
    for (std::uint32_t n = 0; n < 40; ++n) {
        node.ping(now, far_apart(n));
        std::string question;
        while (auto const t = node.poll_transmit())
            if (t->to == far_apart(n)) question = std::string{as_text(t->bytes)};
        key160 const id = random_key(rng);
        node.receive(now, 0, far_apart(n),
                     as_bytes("d1:rd2:id20:" + std::string{as_text(id.bytes)} + "e" +
                              question.substr(question.rfind("1:t6:"), 11) + "1:y1:re"));
    }
    REQUIRE(node.good_contacts(0) > 20);
    node.find_node(now, random_key(rng));
    REQUIRE(notes.size() >= 16);
    std::array<int, 16> dealt{};
    for (std::uint16_t const bits : notes) {
        REQUIRE(std::popcount(bits) == 1);
        ++dealt[static_cast<std::size_t>(std::countr_zero(bits))];
    }
    CHECK(*std::min_element(dealt.begin(), dealt.end()) >= 1);
    CHECK(*std::max_element(dealt.begin(), dealt.end()) <= 2);
}
