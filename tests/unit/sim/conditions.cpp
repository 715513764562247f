#include <dht/sim/disturbance.hpp>
#include <dht/sim/world.hpp>

#include "../../catch.hpp"
#include "places.hpp"
#include <numeric>
#include <set>

// What happens to datagrams on links, at doors and by rules that come and go; and wrong clocks.

using namespace dht;
using namespace dht::test;

namespace {

/// Two hosts; the second notes when it heard what.
struct noting_pair {
    explicit noting_pair(sim::link const& l = sim::link::fixed(milliseconds{30})) : w{1, l} {}

    void send(std::size_t count, std::size_t bytes = 100) {
        for (std::size_t i = 0; i < count; ++i)
            sender.send(there, std::vector<std::byte>(bytes));
    }

    [[nodiscard]] std::vector<instant> times() const {
        std::vector<instant> all;
        for (auto const& [when, bytes] : heard)
            all.push_back(when);
        return all;
    }

    sim::world w;
    std::vector<std::pair<instant, std::vector<std::byte>>> heard{};
    sim::scripted_host& sender = w.add_script(here, {});
    sim::scripted_host& receiver =
        w.add_script(there, [this](sim::scripted_host&, sim::datagram const& d) {
            heard.emplace_back(d.at, std::vector<std::byte>{d.bytes.begin(), d.bytes.end()});
        });
};

double ms(duration d) {
    return static_cast<double>(d.count()) / 1e3;
}

sim::datagram datagram_at(instant when, endpoint const& from, endpoint const& to) {
    return {when, from, to, {}};
}

bool drops(sim::rule const& r, instant when, endpoint const& from, endpoint const& to) {
    return r(datagram_at(when, from, to)).what == sim::verdict::kind::drop;
}

} // namespace

// -- links

TEST_CASE("the last mile is lognormal, half of it one way") {
    sim::link const door = sim::standard.door;
    std::vector<double> round_trips;
    for (std::uint64_t host = 0; host < 100'000; ++host)
        round_trips.push_back(2 * ms(sim::hop{door, host}.latency()));
    std::sort(round_trips.begin(), round_trips.end());
    for (double const z : {-1.645, -1.0, -0.5, 0.0, 0.5, 1.0, 1.645, 2.326}) {
        double const share = 0.5 * std::erfc(-z / std::sqrt(2));
        auto const i = static_cast<std::size_t>(share * 100'000);
        INFO("quantile " << share);
        CHECK(round_trips[i] == Approx(4 * std::exp(0.8 * z)).epsilon(0.05));
    }
}

TEST_CASE("jitter is half normal, in proportion to the latency") {
    sim::link const network = sim::link::across(sim::geographies::pl490, 0.05);
    sim::dice chance{1};
    for (std::uint64_t const ends : {1U, 2U, 3U}) {
        sim::hop const way{network, ends};
        std::vector<double> longer;
        for (int i = 0; i < 20'000; ++i) {
            duration const took = travel(std::array{way}, 100, chance).when[0];
            longer.push_back(ms(took) / ms(way.latency()) - 1);
        }
        std::sort(longer.begin(), longer.end());
        CHECK(longer[0] >= 0);
        CHECK(longer[10'000] == Approx(0.05 * 0.6745).epsilon(0.05));
        CHECK(longer[19'000] == Approx(0.05 * 1.96).epsilon(0.05));
    }
}

TEST_CASE("losses in bursts have their mean, and bursts their length") {
    sim::link const network = sim::losing_in_bursts(sim::standard).network;
    bool burst = false;
    sim::hop const way{network, 1, {}, {}, &burst};
    sim::dice chance{7};
    constexpr double datagrams = 8'000'000;
    double lost = 0;
    double lost_within = 0;
    double within = 0;
    double bursts = 0;
    for (double i = 0; i < datagrams; ++i) {
        bool const before = burst;
        bool const gone = way.loses(chance);
        lost += gone ? 1 : 0;
        within += burst ? 1 : 0;
        lost_within += burst && gone ? 1 : 0;
        bursts += burst && !before ? 1 : 0;
    }
    CHECK(lost / datagrams == Approx(0.00495).epsilon(0.05));
    CHECK(lost_within / within == Approx(0.4).epsilon(0.03));
    CHECK(within / bursts == Approx(10).epsilon(0.05));
}

TEST_CASE("a burst belongs to a sender: others do not suffer") {
    sim::link network = sim::link::fixed(milliseconds{1});
    network.bursts = {1, 0, 1}; // with the first datagram, for ever
    noting_pair p{network};
    p.send(1);
    p.w.network.bursts.begin = 1e-12;
    auto& third = p.w.add_script(elsewhere, {});
    for (int i = 0; i < 10; ++i)
        third.send(there, as_bytes("x"));
    p.send(10);
    p.w.run_for(seconds{1});
    CHECK(p.heard.size() == 10);
    CHECK(p.w.counts().lost == 11);
}

TEST_CASE("corrupted datagrams arrive with one bit flipped") {
    sim::link network = sim::link::fixed(milliseconds{1});
    network.corruption = 0.2;
    noting_pair p{network};
    p.send(5'000);
    p.sender.send(there, {}); // has no bit to flip
    p.w.run_for(seconds{1});
    REQUIRE(p.heard.size() == 5'001);
    std::size_t corrupted = 0;
    std::set<std::size_t> where;
    for (auto const& [when, bytes] : p.heard) {
        std::size_t flipped = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            if (bytes[i] != std::byte{0}) {
                flipped +=
                    static_cast<std::size_t>(std::popcount(std::to_integer<unsigned>(bytes[i])));
                where.insert(i);
            }
        CHECK(flipped <= 1);
        corrupted += flipped;
    }
    CHECK(static_cast<double>(corrupted) == Approx(1'000).epsilon(0.1));
    CHECK(p.w.counts().corrupted - corrupted <= 1);
    CHECK(where.size() > 95);
    CHECK(p.w.counts().lost == 0);
}

TEST_CASE("a datagram larger than one link takes is lost") {
    noting_pair p;
    sim::link tunnel;
    tunnel.datagram_bytes_max = 1'400;
    p.receiver.door = &tunnel;
    p.send(1, 1'400);
    p.send(1, 1'401);
    p.w.run_for(seconds{1});
    CHECK(p.heard.size() == 1);
    CHECK(p.w.counts().too_large == 1);
    CHECK(p.w.counts().lost == 0);
}

TEST_CASE("a door lets pass so many bytes in a second, in each direction, and drops the rest") {
    sim::link dsl;
    dsl.bytes_per_second = 10'000;
    dsl.queue_bytes_max = 500;
    bool const sending = GENERATE(true, false);
    INFO((sending ? "sender's" : "receiver's") << " door");
    noting_pair p;
    (sending ? p.sender : p.receiver).door = &dsl;
    p.send(10); // 10 ms each; five fit, one of them being on its way
    p.w.run_for(milliseconds{300});
    CHECK(p.times() == std::vector{at(40), at(50), at(60), at(70), at(80)});
    CHECK(p.w.counts().overflowed == 5);
    CHECK(p.w.counts().lost == 0);
    p.heard.clear();
    p.send(2);
    p.w.run_for(milliseconds{300});
    CHECK(p.times() == std::vector{at(340), at(350)});
}

TEST_CASE("what comes to a slow door from many sides queues there") {
    noting_pair p{sim::link::fixed(milliseconds{10})};
    sim::link slow;
    slow.bytes_per_second = 1'000;
    p.receiver.door = &slow;
    auto& third = p.w.add_script(elsewhere, {});
    p.send(1);
    third.send(there, std::vector<std::byte>(100));
    p.w.run_for(seconds{1});
    CHECK(p.times() == std::vector{at(110), at(210)});
}

TEST_CASE("a datagram larger than a queue passes when nobody waits") {
    noting_pair p;
    sim::link narrow;
    narrow.bytes_per_second = 1'000;
    narrow.queue_bytes_max = 50;
    p.sender.door = &narrow;
    p.send(2);
    p.w.run_for(seconds{1});
    CHECK(p.times() == std::vector{at(130)});
}

TEST_CASE("the standard world loses one of a hundred") {
    sim::world w{5, sim::standard};
    auto& sender = w.add_script(here, {});
    w.add_script(there, {});
    for (int i = 0; i < 20'000; ++i)
        sender.send(there, as_bytes("x"));
    w.run_for(seconds{5});
    CHECK(static_cast<double>(w.counts().lost) == Approx(200).epsilon(0.2));
    CHECK(w.counts().delivered + w.counts().lost == 20'000);
}

TEST_CASE("what becomes of each datagram is counted once") {
    sim::conditions rough = sim::losing_in_bursts(sim::standard);
    rough.network.duplication = 0.1;
    rough.network.corruption = 0.1;
    rough.door.datagram_bytes_max = 800;
    rough.door.bytes_per_second = 20'000;
    rough.door.queue_bytes_max = 3'000;
    sim::world w{6, rough};
    std::vector<sim::scripted_host*> hosts;
    for (std::uint32_t i = 0; i < 10; ++i) {
        hosts.push_back(&w.add_script(i % 2 ? sim::private_v4(i) : sim::public_v4(i), {}));
        if (i % 2 == 0) continue;
        w.put_behind(*hosts[i], w.add_nat({sim::public_v4(i).ip}, sim::nat_kinds::full_cone));
    }
    auto const parted = w.install(sim::partitions{6, {.mean_whole = seconds{5}}});
    auto const doubled = w.install(
        [](auto const& d) { return d.bytes.size() % 10 == 0 ? sim::duplicate() : sim::pass(); });
    sim::dice chance{6};
    for (int i = 0; i < 20'000; ++i) {
        auto const from = chance.next() % 10;
        auto const to = static_cast<std::uint32_t>(chance.next() % 12);
        hosts[from]->send(sim::public_v4(to), std::vector<std::byte>(chance.next() % 900));
        if (i % 1'000 == 0) hosts[8]->crash();
        if (i % 1'000 == 500) hosts[8]->start();
        if (chance.happens(0.001)) hosts[6]->stall(seconds{1});
        w.run_for(milliseconds{2});
    }
    w.run_for(minutes{5});
    sim::traffic_counts const& n = w.counts();
    std::vector<std::uint64_t> const fates{n.delivered,  n.dropped,  n.lost,  n.too_large,
                                           n.overflowed, n.filtered, n.nobody};
    CHECK(*std::min_element(fates.begin(), fates.end()) > 20);
    CHECK(n.corrupted > 100);
    CHECK(n.sent + n.duplicated == std::accumulate(fates.begin(), fates.end(), std::uint64_t{0}));
}

// -- rules that come and go

TEST_CASE("a one-way partition keeps those inside from being heard, not from hearing") {
    sim::rule const r = sim::one_way_partition([](endpoint const& e) { return e == here; });
    CHECK(drops(r, at(0), here, there));
    CHECK_FALSE(drops(r, at(0), there, here));
    CHECK_FALSE(drops(r, at(0), there, elsewhere));
}

TEST_CASE("what is delayed sets out later") {
    noting_pair p;
    auto const guard = p.w.install([](auto const&) { return sim::delay(seconds{1}); });
    p.send(1);
    p.w.run_for(seconds{2});
    CHECK(p.times() == std::vector{at(1'030)});
}

TEST_CASE("a path is clogged for exponential times, and lets everything pass when they are over") {
    sim::clogs const law{3, seconds{100}, seconds{5}};
    double clogged = 0;
    double begins = 0;
    duration rest{};
    constexpr int steps = 300'000; // 100 ms each
    for (int i = 0; i < steps; ++i) {
        sim::verdict const v = law(datagram_at(at(100 * i), here, there));
        if (rest > milliseconds{100}) CHECK(v.after >= rest - milliseconds{100});
        begins += v.after > rest ? 1 : 0;
        clogged += v.after > duration{} ? 1 : 0;
        rest = v.after;
    }
    CHECK(clogged / steps == Approx(0.05).epsilon(0.15));
    CHECK(begins == Approx(300).epsilon(0.05));

    // Each direction has its own times.
    int both = 0;
    for (int i = 0; i < 100'000; ++i)
        both += law(datagram_at(at(100 * i), here, there)).after > duration{} &&
                        law(datagram_at(at(100 * i), there, here)).after > duration{}
                    ? 1
                    : 0;
    CHECK(both < 1'000);
}

TEST_CASE("clogs in a world hold datagrams back and lose none") {
    noting_pair p;
    auto const guard = p.w.install(sim::clogs{4, seconds{10}, seconds{4}});
    for (int i = 0; i < 1'000; ++i) {
        p.send(1);
        p.w.run_for(milliseconds{100});
    }
    p.w.run_for(seconds{20});
    CHECK(p.heard.size() == 1'000);
    std::size_t at_once = 0;
    for (std::size_t i = 1; i < p.heard.size(); ++i)
        at_once += p.heard[i].first == p.heard[i - 1].first ? 1U : 0U;
    CHECK(at_once > 150);
    CHECK(at_once < 500);
}

TEST_CASE("partitions come and go, and stay for some time") {
    sim::partition_law law;
    law.mean_whole = seconds{60};
    law.mean_parted = seconds{20};
    sim::partitions rule{9, law};
    bool parted = false;
    instant changed{};
    double lost = 0;
    double changes = 0;
    constexpr int steps = 40'000; // of a second; whole for 70 s, parted for 30 s on average
    for (int i = 0; i < steps; ++i) {
        // Of 16 others some are on the other side, but for one partition in 65 536.
        bool cut = false;
        for (std::uint32_t n = 2; n < 18 && !cut; ++n)
            cut = rule(datagram_at(at(1'000 * i), here, sim::public_v4(n))).what ==
                  sim::verdict::kind::drop;
        lost += cut ? 1 : 0;
        if (cut == parted) continue;
        CHECK(at(1'000 * i) - changed >= seconds{9});
        changed = at(1'000 * i);
        parted = cut;
        ++changes;
    }
    CHECK(lost / steps == Approx(0.3).epsilon(0.15));
    CHECK(changes == Approx(800).epsilon(0.1));
}

TEST_CASE("partitions split evenly, unevenly, or take out one; both ways or one") {
    auto const sides = [](sim::split how, sim::symmetry ways) {
        sim::partition_law law{how, ways};
        law.least_whole = law.mean_whole = duration{};
        std::vector<address> hosts;
        for (std::uint32_t i = 0; i < 200; ++i)
            hosts.push_back(sim::public_v4(i).ip);
        sim::rule const r = sim::partitions{5, law, hosts};
        std::size_t cut = 0; // directed pairs
        for (std::uint32_t i = 0; i < 200; ++i)
            for (std::uint32_t j = 0; j < 200; ++j)
                cut += drops(r, at(1), sim::public_v4(i), sim::public_v4(j)) ? 1U : 0U;
        return static_cast<double>(cut);
    };
    using enum sim::split;
    using enum sim::symmetry;
    CHECK(sides(one, both_ways) == 2 * 199);
    CHECK(sides(one, one_way) == 199);
    CHECK(sides(halves, both_ways) == Approx(20'000).epsilon(0.03));
    CHECK(sides(halves, one_way) == Approx(10'000).epsilon(0.03));
    CHECK(sides(unevenly, both_ways) < 18'000);
}

// -- clocks

TEST_CASE("a clock that drifts is late or early in proportion, and never goes back") {
    for (double const ppm : {-500.0, 0.0, 50.0, 100'000.0}) {
        INFO(ppm << " ppm");
        sim::skewed_clock clock;
        clock.jump(seconds{5});
        clock.drift(instant{hours{1}}, ppm);
        CHECK(clock.shows(instant{hours{1}}) == instant{hours{1} + seconds{5}});
        duration const off = clock.shows(instant{hours{11}}) - instant{hours{11}};
        CHECK(ms(off) == Approx(5'000 + 36'000 * ppm / 1e3).margin(0.002));
        instant before = clock.shows(instant{hours{2}});
        for (int us = 1; us < 5'000; ++us) {
            instant const now = instant{hours{2} + microseconds{us}};
            CHECK(clock.shows(now) >= before);
            before = clock.shows(now);
            instant const then = clock.when(before);
            CHECK(clock.shows(then) >= before);
            CHECK(clock.shows(then - duration{1}) < before);
        }
        CHECK(clock.when(never) == never);
    }
}

TEST_CASE("a stalled host gets what came meanwhile when it goes on, in its order") {
    noting_pair p;
    p.send(1, 1);
    p.receiver.stall(seconds{2});
    p.w.run_for(seconds{1});
    p.send(1, 2);
    p.receiver.send(here, as_bytes("not now")); // as a program cannot, but a test may
    p.w.run_for(milliseconds{999});
    CHECK(p.heard.empty());
    CHECK(p.sender.datagrams_received() == 0);
    p.w.run_for(milliseconds{100});
    CHECK(p.times() == std::vector{at(2'000), at(2'000)});
    CHECK(p.heard[0].second.size() == 1);
    CHECK(p.sender.datagrams_received() == 1);
    p.send(1);
    p.w.run_for(milliseconds{30});
    CHECK(p.heard.size() == 3);

    // A shorter stall within a longer one changes nothing. Who restarts is awake.
    p.receiver.stall(hours{1});
    p.receiver.stall(seconds{1});
    p.send(1);
    p.w.run_for(seconds{5});
    CHECK(p.heard.size() == 3);
    p.receiver.crash();
    p.receiver.stall(hours{1}); // has nothing to stall
    p.receiver.start();
    p.send(1);
    p.w.run_for(milliseconds{30});
    CHECK(p.heard.size() == 4);
}
