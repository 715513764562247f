#include <dht/policy/lookup_strategy.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;
using step_kind = lookup_step::kind;

static_assert(lookup_strategy<single_path, system_random>);

namespace {

/// Candidates of a lookup for key 0, closest first, as letters: f fresh, n fresh but never to be
/// asked, a asked, s stalled, x failed, R replied and plausible, r replied.
lookup_step step_of(std::string_view letters, unsigned in_flight = 0, unsigned results = 3,
                    unsigned replies_max = 5, unsigned width = 4) {
    std::vector<candidate> all;
    for (char const c : letters) {
        candidate k;
        k.id.bytes[0] = static_cast<std::byte>(1U << all.size() % 8); // no two share a prefix
        k.state = c == 'a'               ? candidate_state::asked
                  : c == 's'             ? candidate_state::stalled
                  : c == 'x'             ? candidate_state::failed
                  : c == 'R' || c == 'r' ? candidate_state::replied
                                         : candidate_state::fresh;
        k.plausible = c == 'R';
        k.cost_ms = c == 'n' ? cost_never : 100;
        all.push_back(k);
    }
    seeded_random rng{1};
    single_path::state state;
    lookup_view const view{{}, all, width, in_flight, results, replies_max};
    return single_path{}.next(state, view, {}, rng);
}

} // namespace

TEST_CASE("the closest fresh candidate is asked, for the target itself") {
    CHECK(step_of("ff").what == step_kind::ask);
    CHECK(step_of("ff").position == 0);
    CHECK(step_of("xRaff", 1).position == 3);
    CHECK(step_of("f").target == key160{});
}

TEST_CASE("as many questions are in flight as the width says; the stalled do not count") {
    CHECK(step_of("aaaf", 3).what == step_kind::ask);
    CHECK(step_of("aaaaf", 4).what == step_kind::at_capacity);
    CHECK(step_of("ssssf", 0).what == step_kind::ask);
    CHECK(step_of("af", 1, 3, 5, 1).what == step_kind::at_capacity);
}

TEST_CASE("nobody who costs too much is asked") {
    CHECK(step_of("nf").position == 1);
    CHECK(step_of("nn").what == step_kind::finished);
    CHECK(step_of("na", 1).what == step_kind::wait);
}

TEST_CASE("a lookup is over when enough plausible nodes have answered and none is closer") {
    CHECK(step_of("RRRfff").what == step_kind::finished);
    CHECK(step_of("RRfR").what == step_kind::ask);
    CHECK(step_of("RxRxRf").what == step_kind::finished);
    CHECK(step_of("RRf").what == step_kind::ask);
}

TEST_CASE("it waits for an answer from somebody closer, but not from the stalled or the further") {
    CHECK(step_of("RaRR", 1).what == step_kind::wait);
    CHECK(step_of("RsRR").what == step_kind::finished);
    CHECK(step_of("RRRa", 1).what == step_kind::finished);
}

TEST_CASE("nodes whose id does not fit their address do not count for the end") {
    CHECK(step_of("rrrf").what == step_kind::ask);
    CHECK(step_of("rRrRf").what == step_kind::ask);
    CHECK(step_of("rRrRR").what == step_kind::finished);
}

TEST_CASE("unless there are very many of them") {
    CHECK(step_of("rrrrf").what == step_kind::ask);
    CHECK(step_of("rrrrrf").what == step_kind::finished);
    CHECK(step_of("rrarrrf", 1).what == step_kind::wait);
    CHECK(step_of("rrfrrr").what == step_kind::ask);
}

TEST_CASE("with nobody left to ask it waits for whoever may still answer, then ends") {
    CHECK(step_of("").what == step_kind::finished);
    CHECK(step_of("xxR").what == step_kind::finished);
    CHECK(step_of("xaR", 1).what == step_kind::wait);
    CHECK(step_of("xRs").what == step_kind::wait);
}

TEST_CASE("of those that share as much with the target as the closest, the cheapest is asked") {
    seeded_random rng{1};
    single_path::state state;
    auto const asked = [&](std::vector<candidate> const& all) {
        return single_path{}.next(state, {{}, all, 4, 0, 8, 32}, {}, rng).position;
    };
    auto const fresh = [](std::string_view id, std::uint16_t cost) {
        candidate c;
        c.id = key_of(id);
        c.cost_ms = cost;
        return c;
    };
    CHECK(asked({fresh("10", 300), fresh("11", 200), fresh("1f", 100), fresh("20", 1)}) == 2);
    CHECK(asked({fresh("10", 100), fresh("11", 100)}) == 0);
    CHECK(asked({fresh("10", cost_never), fresh("11", 200), fresh("12", cost_never)}) == 1);
    auto replied = fresh("11", 1);
    replied.state = candidate_state::replied;
    CHECK(asked({fresh("10", 300), replied, fresh("12", 200)}) == 2);
}
