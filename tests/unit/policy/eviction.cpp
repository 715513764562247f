#include <dht/policy/eviction.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;
using verdict_kind = eviction_verdict::kind;

static_assert(eviction<ping_before_evict>);
static_assert(eviction<prefer_low_rtt>);

namespace {

key160 const own_key{};

contact member(std::uint8_t number, std::int64_t heard_s, std::uint16_t rtt_ms,
               std::string_view bucket = "08") {
    key160 id = key_of(bucket);
    id.bytes[19] = std::byte{number};
    contact c = answered(id, far_apart(number), second(heard_s));
    c.rtt_ms = rtt_ms;
    return c;
}

routing_table table_of(std::vector<contact> const& members) {
    routing_table t{own_key, {}, {}};
    for (contact const& c : members)
        t.confirm(c);
    return t;
}

/// What preferences say that refuse a round trip of 904 ms, and nothing else.
struct no_cost {
    [[nodiscard]] std::uint16_t cost_of(contact const& c) const noexcept {
        return c.rtt_ms == 904 ? cost_never : 0;
    }
};

no_cost const ground;
contact_costs const free_of_charge{ground};

times at_second(std::int64_t s) {
    return {second(s), {}};
}

} // namespace

TEST_CASE("the contact unheard longest is asked first, if it has been silent for 15 minutes") {
    routing_table const t = table_of(
        {member(1, 1'000, 10), member(2, 400, 10), member(3, 700, 10), member(4, 1, 10, "80")});
    contact const newcomer = member(9, 1'000, 1);
    ping_before_evict const policy;
    CHECK(policy.judge(t, newcomer, free_of_charge, at_second(1'200)).what == verdict_kind::keep);
    auto const verdict = policy.judge(t, newcomer, free_of_charge, at_second(400 + 900));
    CHECK(verdict.what == verdict_kind::ask);
    CHECK(t.find(*verdict.whom)->id == member(2, 0, 0).id); // not the older one of another bucket
    CHECK(
        ping_before_evict{minutes{20}}.judge(t, newcomer, free_of_charge, at_second(1'300)).what ==
        verdict_kind::keep);
}

TEST_CASE("the slowest contact gives way to a newcomer that is 2.5 times as fast") {
    routing_table const t =
        table_of({member(1, 1'000, 90), member(2, 1'000, 500), member(3, 1'000, 20),
                  member(4, 1'000, contact::rtt_unknown), member(5, 1'000, 5'000, "80")});
    prefer_low_rtt const policy;
    auto const verdict = policy.judge(t, member(9, 1'000, 199), free_of_charge, at_second(1'000));
    CHECK(verdict.what == verdict_kind::replace);
    CHECK(t.find(*verdict.whom)->id == member(2, 0, 0).id);
    CHECK(policy.judge(t, member(9, 1'000, 200), free_of_charge, at_second(1'000)).what ==
          verdict_kind::keep);
    CHECK(policy.judge(t, member(9, 1'000, contact::rtt_unknown), free_of_charge, at_second(1'000))
              .what == verdict_kind::keep);
}

TEST_CASE("where nobody is faster, silence still counts") {
    routing_table const t = table_of({member(1, 100, 90), member(2, 1'000, 80)});
    auto const verdict =
        prefer_low_rtt{}.judge(t, member(9, 1'000, 85), free_of_charge, at_second(1'100));
    CHECK(verdict.what == verdict_kind::ask);
    CHECK(t.find(*verdict.whom)->id == member(1, 0, 0).id);
}

TEST_CASE("whom a preference refuses gives way at once, and takes nobody's place") {
    routing_table const t = table_of({member(1, 1'000, 10), member(2, 1'000, 904)});
    for (auto const judge :
         {+[](routing_table const&table, contact const&c) {
              return ping_before_evict{}.judge(table, c, free_of_charge, at_second(1'000));
          },
          +[](routing_table const&table, contact const&c) {
              return prefer_low_rtt{}.judge(table, c, free_of_charge, at_second(1'000));
          }}) {
        auto const verdict = judge(t, member(9, 1'000, 500));
        CHECK(verdict.what == verdict_kind::replace);
        CHECK(t.find(*verdict.whom)->rtt_ms == 904);
        CHECK(judge(t, member(9, 1'000, 904)).what == verdict_kind::keep);
    }
}
