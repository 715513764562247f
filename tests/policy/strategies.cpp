#include "../catch.hpp"
#include "workbench.hpp"

// A lookup strategy that wraps another, and a preference that never wants somebody asked.

using namespace bench;

namespace {

/// Asks for a target that shares only its first two bytes with the real one, so that those who are
/// asked do not learn what is looked for.
template <class Inner = single_path>
struct masked {
    using policy_slot = slots::lookup_strategy;

    struct state {
        typename Inner::state inner{};
        unsigned steps = 0;
    };

    Inner inner{};

    template <class Rng>
    lookup_step next(state& s, lookup_view const& view, times at, Rng& rng) const noexcept {
        ++s.steps;
        lookup_step step = inner.next(s.inner, view, at, rng);
        for (std::size_t i = 2; i < step.target.bytes.size(); ++i)
            step.target.bytes[i] = std::byte{'-'};
        return step;
    }
};

static_assert(lookup_strategy<masked<>, system_random>);
static_assert(lookup_strategy<masked<masked<>>, system_random>);

struct grudge {
    using policy_slot = slots::preference;

    endpoint against{};

    std::optional<milliseconds> cost(contact const& c, times) const noexcept {
        if (c.at == against) return std::nullopt;
        return milliseconds{10};
    }
};

key160 const target = key160::from(as_bytes(id_b));

} // namespace

TEST_CASE("a strategy wraps another: the target that is sent is masked, the one sought is not") {
    workbench<masked<>> b;
    b.befriend(b.other, id_a);
    b.node.find_node(b.now, target);
    auto const asked = drain(b.node);
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].has("6:target20:mn------------------"));
    CHECK_FALSE(asked[0].has(id_b));
    b.tell(answer_to(asked[0]));
    auto const o = b.result();
    REQUIRE(o);
    CHECK(o->finished);
    CHECK(o->replied == 1);
}

TEST_CASE("whom a preference never wants asked is not asked, and others are") {
    endpoint const friendly = at(0x0a090807 + 0x05000000);
    std::string const id_c(20, 'c');
    for (bool const grudging : {false, true}) {
        workbench<grudge> b;
        b.befriend(b.other, id_a);
        b.befriend(friendly, id_c);
        REQUIRE(b.node.good_contacts(0) == 2);
        if (grudging) b.node.template get<grudge>().against = b.other;
        b.node.find_node(b.now, target);
        bool asked_other = false;
        bool asked_friend = false;
        for (sent const& s : drain(b.node)) {
            asked_other |= s.to == b.other && s.has(id_b);
            asked_friend |= s.to == friendly && s.has(id_b);
        }
        CHECK(asked_friend);
        CHECK(asked_other == !grudging);
    }
}
