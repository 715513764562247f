#include <dht/policy/timeouts.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(timeouts<quantile_timeouts>);
static_assert(timeouts<fixed_timeouts>);

namespace {

contact const stranger{};

duration stall_of(quantile_timeouts const& t) {
    return t.stall_after(stranger);
}

void observe(quantile_timeouts& t, int times, milliseconds round_trip) {
    for (int i = 0; i < times; ++i)
        t.observe(round_trip);
}

} // namespace

TEST_CASE("without experience a question stalls after a second and fails after five") {
    quantile_timeouts t;
    CHECK(stall_of(t) == seconds{1});
    CHECK(t.fail_after(stranger) == seconds{5});
    observe(t, 7, milliseconds{10});
    CHECK(stall_of(t) == seconds{1});
}

TEST_CASE("the 90 % quantile decides where answers are slow") {
    quantile_timeouts t;
    observe(t, 50, milliseconds{20});
    observe(t, 40, milliseconds{620});
    observe(t, 10, milliseconds{2'000});
    CHECK(stall_of(t) == milliseconds{650});
}

TEST_CASE("the 10 % quantile and a tenth of a second decide where all are alike") {
    quantile_timeouts t;
    observe(t, 100, milliseconds{20});
    CHECK(stall_of(t) == milliseconds{150});
}

TEST_CASE("nobody waits longer than 2.5 s for a slot, and failing takes four times as long") {
    quantile_timeouts t;
    observe(t, 100, seconds{60});
    CHECK(stall_of(t) == milliseconds{2'500});
    CHECK(t.fail_after(stranger) == seconds{10});
    observe(t, 1, milliseconds{-1}); // a clock that was set back costs nothing
    CHECK(stall_of(t) == milliseconds{2'500});
}

TEST_CASE("failing is patient, at least five seconds") {
    quantile_timeouts t;
    observe(t, 100, milliseconds{20});
    CHECK(t.fail_after(stranger) == seconds{5});
}

TEST_CASE("what is long ago counts less and less") {
    quantile_timeouts t;
    observe(t, 511, milliseconds{2'000});
    CHECK(stall_of(t) == milliseconds{2'150});
    observe(t, 2'000, milliseconds{20});
    CHECK(stall_of(t) == milliseconds{150});
}

TEST_CASE("any number of observations is counted without overflow") {
    quantile_timeouts t;
    for (int i = 0; i < 200'000; ++i)
        t.observe(milliseconds{i % 100 < 85 ? 30 : 430});
    CHECK(stall_of(t) == milliseconds{450});
}

TEST_CASE("fixed time-outs are what the user says") {
    fixed_timeouts t{seconds{1}, seconds{3}};
    t.observe(seconds{60});
    CHECK(t.stall_after(stranger) == seconds{1});
    CHECK(t.fail_after(stranger) == seconds{3});
}
