#include <dht/kad/id.hpp>
#include <dht/policy/id_generator.hpp>
#include <dht/sim/address_plan.hpp>
#include <dht/sim/datagram_pool.hpp>
#include <dht/sim/event_queue.hpp>
#include <dht/sim/link.hpp>
#include <dht/sim/rule.hpp>

#include "../../catch.hpp"
#include <set>
#include <tuple>

// The parts of a world, each alone.

using namespace dht;

namespace {

instant at_ms(int ms) {
    return instant{milliseconds{ms}};
}

sim::datagram some_datagram() {
    return {at_ms(1), sim::public_v4(1), sim::public_v4(2), {}};
}

} // namespace

TEST_CASE("events come by time, and in the order of their push at equal times") {
    sim::event_queue q;
    CHECK(q.empty());
    CHECK(q.next_at() == never);
    for (std::uint32_t i = 0; i < 300; ++i)
        q.push(at_ms(static_cast<int>(i * 7 % 5)), i, 0);
    CHECK(q.size() == 300);
    sim::happening last = q.take();
    CHECK(last.at == at_ms(0));
    while (!q.empty()) {
        CHECK(q.next_at() >= last.at);
        sim::happening const next = q.take();
        CHECK((next.at > last.at || (next.at == last.at && next.host > last.host)));
        last = next;
    }
}

TEST_CASE("events of any distance come as a sorted list has them") {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        INFO("seed " << seed);
        sim::dice chance{seed};
        sim::event_queue q;
        std::set<std::tuple<instant, std::uint64_t, std::uint32_t>> model;
        instant now{};
        for (std::uint32_t i = 0; i < 20'000; ++i) {
            bool const grows = i / 1'000 % 2 == 0 || i > 19'000;
            if (chance.happens(grows ? 0.7 : 0.3)) {
                // From microseconds to months, and now and then for ever.
                duration const ahead{
                    static_cast<duration::rep>(chance.next() >> 21U >> (chance.next() % 43U))};
                instant const at = chance.happens(0.001) ? never : now + ahead;
                model.emplace(at, q.push(at, i, 0), i);
            } else if (!model.empty() && std::get<0>(*model.begin()) != never) {
                auto const [at, order, host] = *model.begin();
                model.erase(model.begin());
                REQUIRE(q.next_at() == at);
                sim::happening const next = q.take();
                REQUIRE(next.at == at);
                REQUIRE(next.order == order);
                REQUIRE(next.host == host);
                now = at;
            }
            REQUIRE(q.size() == model.size());
            REQUIRE(q.next_at() == (model.empty() ? never : std::get<0>(*model.begin())));
        }
    }
}

TEST_CASE("what should have happened already happens next, and in its turn") {
    sim::event_queue q;
    q.push(at_ms(5), 1, 0);
    q.push(at_ms(9), 2, 0);
    CHECK(q.take().host == 1);
    q.push(at_ms(3), 3, 0);
    q.push(at_ms(5), 4, 0);
    CHECK(q.next_at() == at_ms(5));
    CHECK(q.take().host == 3);
    CHECK(q.take().host == 4);
    CHECK(q.take().host == 2);
    CHECK(q.empty());
}

TEST_CASE("the pool uses places and buffers again") {
    sim::datagram_pool pool;
    auto const a = pool.put(sim::public_v4(1), sim::public_v4(2), as_bytes("hello"));
    auto const b = pool.put(sim::public_v4(3), sim::public_v4(4), as_bytes("world"));
    CHECK(a != b);
    CHECK(pool.in_flight() == 2);
    sim::datagram_pool::flight f = pool.take(a);
    CHECK(f.from == sim::public_v4(1));
    CHECK(f.to == sim::public_v4(2));
    CHECK(as_text(f.bytes) == "hello");
    std::byte const* const buffer = f.bytes.data();
    pool.recycle(a, std::move(f));
    CHECK(pool.in_flight() == 1);
    CHECK(pool.put({}, {}, as_bytes("again")) == a);
    CHECK(pool.take(a).bytes.data() == buffer);
}

TEST_CASE("the first verdict that is not pass counts") {
    sim::rule_list rules;
    CHECK(rules.judge(some_datagram()).what == sim::verdict::kind::pass);
    auto const first = rules.install([](auto const&) { return sim::pass(); });
    auto const second = rules.install([](auto const&) { return sim::deliver(seconds{1}); });
    auto const third = rules.install([](auto const&) { return sim::drop(); });
    sim::verdict const v = rules.judge(some_datagram());
    CHECK(v.what == sim::verdict::kind::deliver);
    CHECK(v.after == seconds{1});
}

TEST_CASE("a rule is in force as long as its guard lives") {
    sim::rule_list rules;
    auto kept = rules.install([](auto const&) { return sim::duplicate(); });
    {
        auto const dropping = rules.install([](auto const&) { return sim::drop(); });
        CHECK(rules.judge(some_datagram()).what == sim::verdict::kind::duplicate);
        kept.lift();
        CHECK(rules.judge(some_datagram()).what == sim::verdict::kind::drop);
    }
    CHECK(rules.judge(some_datagram()).what == sim::verdict::kind::pass);
}

TEST_CASE("a guard may outlive its rules") {
    sim::rule_guard guard;
    {
        sim::rule_list rules;
        guard = rules.install([](auto const&) { return sim::drop(); });
    }
    guard.lift();
}

TEST_CASE("a partition drops what crosses it") {
    sim::rule const wall = sim::partition([](endpoint const& e) { return e == sim::public_v4(1); });
    CHECK(wall({at_ms(0), sim::public_v4(1), sim::public_v4(2), {}}).what ==
          sim::verdict::kind::drop);
    CHECK(wall({at_ms(0), sim::public_v4(2), sim::public_v4(1), {}}).what ==
          sim::verdict::kind::drop);
    CHECK(wall({at_ms(0), sim::public_v4(2), sim::public_v4(3), {}}).what ==
          sim::verdict::kind::pass);
}

TEST_CASE("dice are the same everywhere") {
    sim::dice d{1234567};
    CHECK(d.next() == 6457827717110365317U); // the published reference values of SplitMix64
    CHECK(d.next() == 3203168211198807973U);
    CHECK(d.next() == 9817491932198370423U);
}

TEST_CASE("dice keep to their bounds") {
    sim::dice d{1};
    std::size_t often = 0;
    for (int i = 0; i < 10'000; ++i) {
        double const f = d.fraction();
        CHECK((f >= 0 && f < 1));
        duration const t = d.between(seconds{1}, seconds{2});
        CHECK((t >= seconds{1} && t <= seconds{2}));
        often += d.happens(0.25) ? 1U : 0U;
        CHECK_FALSE(d.happens(0));
        CHECK(d.happens(1));
    }
    CHECK(often > 2'300);
    CHECK(often < 2'700);
}

TEST_CASE("latency belongs to the pair of ends, jitter to the datagram") {
    sim::link const network{milliseconds{10}, milliseconds{100}, 0.5};
    std::set<duration> latencies;
    for (std::uint64_t ends = 0; ends < 100; ++ends) {
        sim::dice chance{ends};
        std::set<duration> times;
        for (int i = 0; i < 50; ++i) {
            auto const when = travel(std::array{sim::hop{network, ends}}, 100, chance).when;
            REQUIRE(when.size() == 1);
            times.insert(when[0]);
        }
        duration const fastest = *times.begin();
        CHECK(fastest >= milliseconds{10});
        CHECK(*times.rbegin() <= fastest * 3); // four deviations
        CHECK(times.size() > 40);
        latencies.insert(fastest);
    }
    CHECK(latencies.size() > 90);
    CHECK(*latencies.begin() < milliseconds{20});
    CHECK(*latencies.rbegin() > milliseconds{90});
}

TEST_CASE("hops add their latencies and lose independently") {
    sim::link const near = sim::link::fixed(milliseconds{5});
    sim::link far = sim::link::fixed(milliseconds{50});
    far.loss = 0.2;
    far.duplication = 0.1;
    sim::dice chance{3};
    std::size_t lost = 0;
    std::size_t doubled = 0;
    for (int i = 0; i < 10'000; ++i) {
        std::array const way{sim::hop{near, 1}, sim::hop{far, 2}, sim::hop{near, 3}};
        auto const when = travel(way, 100, chance).when;
        lost += when.empty() ? 1U : 0U;
        doubled += when.full() ? 1U : 0U;
        for (duration const d : when)
            CHECK(d == milliseconds{60});
    }
    CHECK(lost > 1'850);
    CHECK(lost < 2'150);
    CHECK(doubled > 700); // a tenth of those that were not lost
    CHECK(doubled < 900);
}

TEST_CASE(
    "simulated IPv4 addresses are public, distinct, and one to a /16 as long as there are any") {
    std::set<address> providers;
    for (std::uint32_t i = 0; i < 55'040; ++i) {
        endpoint const e = sim::public_v4(i);
        if (is_martian(e) || is_local(e.ip)) FAIL("not public: number " << i);
        providers.insert(provider_of(e.ip));
    }
    CHECK(providers.size() == 55'040);
    std::set<address> all;
    for (std::uint32_t i = 0; i < 10; ++i)
        for (std::uint32_t round = 0; round < 1'000; ++round)
            all.insert(sim::public_v4(i + 55'040 * round).ip);
    CHECK(all.size() == 10'000);
}

TEST_CASE("simulated IPv6 addresses are public, and one to a /48") {
    std::set<address> providers;
    for (std::uint32_t i = 0; i < 20'000; ++i) {
        endpoint const e = sim::public_v6(i);
        if (is_martian(e) || is_local(e.ip)) FAIL("not public: number " << i);
        providers.insert(provider_of(e.ip));
    }
    CHECK(providers.size() == 20'000);
}

TEST_CASE("ids that BEP 42 derives from simulated addresses are spread evenly") {
    auto const plan = GENERATE(0, 1);
    std::array<std::size_t, 16> count{};
    sim::dice chance{5};

    struct {
        sim::dice& from;

        std::uint64_t next() noexcept { return from.next(); }

        void fill(byte_span out) noexcept {
            for (std::byte& b : out)
                b = static_cast<std::byte>(from.next() & 0xffU);
        }
    } rng{chance};

    for (std::uint32_t i = 0; i < 16'000; ++i) {
        address const ip = (plan == 0 ? sim::public_v4(i) : sim::public_v6(i)).ip;
        ++count[std::to_integer<std::size_t>(bep42_id{}.generate(ip, rng).bytes[0] >> 4U)];
    }
    for (std::size_t const c : count) {
        CHECK(c > 850);
        CHECK(c < 1'150);
    }
}
