#include <dht/observe/statistics.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;
using observe::statistics;

static_assert(observer<statistics>);
static_assert(sizeof(statistics) < 8 * 1024);

namespace {

endpoint const them = at("5.6.7.8:6881");

template <class... Fact>
void hear_each(event::list<Fact...>, statistics& s) {
    (s.on(Fact{}), ...);
}

template <class... Fact>
bool all_heard_once(event::list<Fact...>, observe::statistics_snapshot const& s) {
    return ((s.template heard<Fact>() == 1) && ...);
}

} // namespace

TEST_CASE("every fact of the list is counted, each for itself") {
    statistics s;
    hear_each(event::all{}, s);
    CHECK(all_heard_once(event::all{}, s.snapshot()));
    s.on(event::token_rejected{});
    CHECK(s.snapshot().heard<event::token_rejected>() == 2);
    CHECK(s.snapshot().heard<event::peer_stored>() == 1);
}

TEST_CASE("datagrams count with their bytes and sizes") {
    statistics s;
    s.on(event::datagram_received{second(1), 0, them, 100});
    s.on(event::datagram_received{second(1), 0, them, 1'000});
    s.on(event::datagram_sent{second(1), 0, them, 70});
    auto const now = s.snapshot();
    CHECK(now.heard<event::datagram_received>() == 2);
    CHECK(now.bytes_received == 1'100);
    CHECK(now.bytes_sent == 70);
    CHECK(now.received_bytes.count() == 2);
    CHECK(now.received_bytes.max() == 1'000);
    CHECK(now.sent_bytes.quantile(0.5) == 70);
}

TEST_CASE("queries, answers and questions count by method and by purpose") {
    statistics s;
    using event::method;
    using event::purpose;
    s.on(event::query_received{second(1), 0, them, {}, method::ping});
    s.on(event::query_received{second(1), 0, them, {}, method::get_peers});
    s.on(event::query_received{second(1), 0, them, {}, method::get_peers});
    s.on(event::query_answered{second(1), 0, them, method::get_peers, 300});
    s.on(event::question_sent{second(1), 0, them, method::find_node, purpose::upkeep});
    s.on(event::question_sent{second(1), 0, them, method::get_peers, purpose::lookup});
    s.on(event::question_stalled{second(2), them, purpose::lookup});
    s.on(event::question_answered{second(2), 0, them, purpose::lookup, milliseconds{1'500}, true});
    s.on(event::question_failed{second(9), them, purpose::upkeep});
    auto const now = s.snapshot();
    CHECK(now.queries[method::ping] == 1);
    CHECK(now.queries[method::get_peers] == 2);
    CHECK(now.queries.sum() == 3);
    CHECK(now.answers[method::get_peers] == 1);
    CHECK(now.answers.sum() == 1);
    CHECK(now.questions[method::find_node] == 1);
    CHECK(now.asked[purpose::lookup] == 1);
    CHECK(now.stalled[purpose::lookup] == 1);
    CHECK(now.answered[purpose::lookup] == 1);
    CHECK(now.answered_late == 1);
    CHECK(now.failed[purpose::upkeep] == 1);
    CHECK(now.failed[purpose::lookup] == 0);
    CHECK(now.round_trips_us.max() == 1'500'000);
}

TEST_CASE("drops and limits count by reason") {
    statistics s;
    s.on(event::datagram_dropped{second(1), 0, them, event::drop_reason::martian});
    s.on(event::datagram_dropped{second(1), 0, them, event::drop_reason::unmatched});
    s.on(event::datagram_dropped{second(1), 0, them, event::drop_reason::unmatched});
    s.on(event::limit_reached{second(1), event::limit::outbox});
    auto const now = s.snapshot();
    CHECK(now.dropped[event::drop_reason::martian] == 1);
    CHECK(now.dropped[event::drop_reason::unmatched] == 2);
    CHECK(now.dropped.sum() == 3);
    CHECK(now.limits[event::limit::outbox] == 1);
    CHECK(now.limits.sum() == 1);
}

TEST_CASE("a round trip of any length has a place") {
    statistics s;
    for (duration const d : {duration{-5}, duration{hours{100}}})
        s.on(event::question_answered{second(1), 0, them, event::purpose::ping, d, false});
    auto const now = s.snapshot();
    CHECK(now.round_trips_us.count() == 2);
    CHECK(now.round_trips_us.quantile(0.5) == 0);
    CHECK(now.round_trips_us.max() == 0xffffffff);
}

TEST_CASE("rates follow a steady stream and fade by 1/e in ten seconds") {
    statistics s;
    for (int i = 0; i < 60 * 100; ++i)
        s.on(event::datagram_received{second(0) + i * milliseconds{10}, 0, them, 200});
    CHECK(s.snapshot().at == second(60) - milliseconds{10});
    CHECK(s.snapshot().received_per_second == Approx(100).epsilon(0.01));
    CHECK(s.snapshot().bytes_received_per_second == Approx(20'000).epsilon(0.01));
    CHECK(s.snapshot().sent_per_second == 0);
    s.on(event::token_rejected{second(70) - milliseconds{10}, them}); // time passes with any fact
    CHECK(s.snapshot().received_per_second == Approx(36.8).epsilon(0.01));
}

TEST_CASE("facts out of order turn no clock back") {
    statistics s;
    s.on(event::datagram_sent{second(10), 0, them, 100});
    double const before = s.snapshot().sent_per_second;
    s.on(event::datagram_sent{second(5), 0, them, 100});
    CHECK(s.snapshot().sent_per_second == Approx(2 * before));
    CHECK(s.snapshot().at == second(10));
}
