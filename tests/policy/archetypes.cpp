#include "archetypes.hpp"

#include "../catch.hpp"
#include "../unit/engine/bench.hpp"

using dht::system_random;
using namespace std::chrono_literals;

static_assert(dht::transport<archetype::transport>);
static_assert(dht::random_source<archetype::random_source>);
static_assert(dht::id_generator<archetype::id_generator, system_random>);
static_assert(dht::token_scheme<archetype::token_scheme>);
static_assert(dht::refresh_strategy<archetype::refresh_strategy, system_random>);
static_assert(dht::eviction<archetype::eviction>);
static_assert(dht::preference<archetype::preference>);
static_assert(dht::lookup_strategy<archetype::lookup_strategy, system_random>);
static_assert(dht::concurrency<archetype::concurrency>);
static_assert(dht::timeouts<archetype::timeouts>);
static_assert(dht::address_filter<archetype::address_filter>);
static_assert(dht::admission<archetype::admission>);
static_assert(dht::peer_store<archetype::peer_store>);
static_assert(dht::item_store<archetype::item_store>);
static_assert(dht::authenticator<archetype::authenticator>);
static_assert(dht::observer<archetype::observer>);

// An extension models the part that it is an archetype of, and no other.
template <class T>
constexpr int parts = dht::answers_queries<T> + dht::keeps_topics<T> + dht::asks_questions<T> +
                      dht::adds_keys<T> + dht::reads_keys<T> + dht::guards_table<T> +
                      dht::claims_datagrams<T> + dht::knows_own_nodes<T> + dht::has_deadlines<T>;
static_assert(dht::answers_queries<archetype::answerer> && parts<archetype::answerer> == 1);
static_assert(!dht::answers_later<archetype::answerer>);
static_assert(dht::keeps_topics<archetype::topic_keeper> && parts<archetype::topic_keeper> == 1);
static_assert(dht::asks_questions<archetype::asker> && parts<archetype::asker> == 1);
static_assert(dht::adds_keys<archetype::writer> && parts<archetype::writer> == 1);
static_assert(dht::reads_keys<archetype::reader> && parts<archetype::reader> == 1);
static_assert(dht::guards_table<archetype::guard> && parts<archetype::guard> == 1);
static_assert(dht::claims_datagrams<archetype::claimant> && parts<archetype::claimant> == 1);
static_assert(dht::knows_own_nodes<archetype::self_knower> && parts<archetype::self_knower> == 1);
static_assert(dht::has_deadlines<archetype::sleeper> && parts<archetype::sleeper> == 1);

namespace {

dht::instant at_second(int s) {
    return dht::instant{} + std::chrono::seconds{s};
}

std::string_view last_sent(archetype::node& n) {
    auto const& t = n.policy<dht::slots::transport>();
    return dht::as_text(dht::byte_view{t.buffer}.first(t.sent_bytes));
}

} // namespace

TEST_CASE("with a transport that neither queues nor batches there is nothing to poll or flush") {
    archetype::node n;
    n.open(at_second(1), bench::at(0x7f000001));
    n.ping(at_second(2), bench::at(0x7f000002));
    CHECK(n.policy<dht::slots::transport>().sent_bytes > 0);
    CHECK_FALSE(n.poll_transmit());
    n.flush();
}

TEST_CASE("a node of nothing but archetypes answers a ping") {
    archetype::node n;
    n.open(at_second(1), bench::at(0x7f000001));
    n.receive(at_second(2), 0, bench::at(0x7f000002),
              dht::as_bytes("d1:ad2:id20:" + bench::id_a + "e1:q4:ping1:t2:aa1:y1:qe"));
    CHECK(last_sent(n).find("1:rd2:id20:") != std::string_view::npos);
    CHECK(last_sent(n).find("1:t2:aa") != std::string_view::npos);
}

TEST_CASE("a node of nothing but archetypes can do whatever a node can do") {
    archetype::node n;
    n.set_unix_time(at_second(0), dht::unix_time{1'700'000'000});
    n.open(at_second(1), bench::at(0x7f000001));
    n.bootstrap(at_second(1), bench::at(0x7f000002));
    CHECK(n.ping(at_second(2), bench::at(0x7f000003)));
    CHECK(n.find_node(at_second(2), {}));
    CHECK(n.find_peers(at_second(2), {}));
    CHECK(n.announce(at_second(2), {}, {6881, false, false}));
    std::size_t ended = 0;
    for (int s = 3; s < 200; ++s) {
        n.advance(at_second(s));
        while (auto const o = n.poll_outcome())
            ended += o->finished;
    }
    CHECK(ended == 4);
    std::vector<std::byte> bytes;
    n.snapshot(at_second(200), bytes);
    archetype::node again;
    again.open(at_second(1), bench::at(0x7f000001));
    CHECK(again.restore(at_second(2), bytes) == dht::errc::ok);
    n.stop(at_second(201));
    CHECK_FALSE(n.ping(at_second(202), bench::at(0x7f000003)));
}
