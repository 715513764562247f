#include <dht/sim/world.hpp>

#include "../../catch.hpp"
#include <map>
#include <set>

// NATs alone and in worlds, in the terms of RFC 4787.

using namespace dht;
using behaviour = sim::nat_behaviour;

namespace {

instant at_second(int s) {
    return instant{seconds{s}};
}

endpoint const inner = sim::private_v4(1);
endpoint const peer = sim::public_v4(1, 1'000);
endpoint const same_address{peer.ip, 2'000};
endpoint const outsider = sim::public_v4(2, 1'000);
address const outer = sim::public_v4(9).ip;

constexpr behaviour all_behaviours[] = {behaviour::endpoint_independent,
                                        behaviour::address_dependent,
                                        behaviour::address_and_port_dependent};

/// A host that keeps what it hears.
struct listener {
    listener(sim::world& w, endpoint const& e)
        : host{w.add_script(e, [this](sim::scripted_host&, sim::datagram const& d) {
              heard.push_back(d.from);
          })} {}

    std::vector<endpoint> heard{};
    sim::scripted_host& host;
};

/// Sends and lets time pass; whom the receiver saw, if it heard anything.
std::optional<endpoint> seen(sim::world& w, listener& from, endpoint const& to, listener& by) {
    by.heard.clear();
    from.host.send(to, as_bytes("x"));
    w.run_for(seconds{1});
    if (by.heard.empty()) return std::nullopt;
    return by.heard.back();
}

/// Two homes behind NATs of one kind, and two hosts in the open.
struct neighbourhood {
    explicit neighbourhood(sim::nat_kind const& kind)
        : gate{w.add_nat({outer}, kind)},
          other_gate{w.add_nat({sim::public_v4(8).ip}, kind)} {
        w.put_behind(alice.host, gate);
        w.put_behind(anna.host, gate);
        w.put_behind(bob.host, other_gate);
    }

    sim::world w{1, sim::link::fixed(milliseconds{20})};
    sim::nat& gate;
    sim::nat& other_gate;
    listener alice{w, inner};
    listener anna{w, sim::private_v4(2)};
    listener bob{w, sim::private_v4(3)};
    listener open{w, peer};
    listener open_too{w, same_address};
    listener far{w, outsider};
};

} // namespace

TEST_CASE("all kinds of mapping and filtering: who is seen as whom, and who may answer") {
    for (behaviour const mapping : all_behaviours)
        for (behaviour const filtering : all_behaviours) {
            INFO("mapping " << int(mapping) << ", filtering " << int(filtering));
            sim::nat_table table{{mapping, filtering, sim::port_allocation::random}, 1};
            auto const a = table.outward(at_second(0), inner, peer, outer);
            REQUIRE(a);
            CHECK(a->ip == outer);
            CHECK(table.inward(at_second(1), peer, *a) == inner);
            bool const by_address = filtering == behaviour::address_dependent;
            bool const open = filtering == behaviour::endpoint_independent;
            CHECK(table.inward(at_second(1), same_address, *a).has_value() == (open || by_address));
            CHECK(table.inward(at_second(1), outsider, *a).has_value() == open);
            CHECK_FALSE(table.inward(at_second(1), peer, {outer, 1}));

            auto const b = table.outward(at_second(2), inner, same_address, outer);
            auto const c = table.outward(at_second(2), inner, outsider, outer);
            CHECK((a == b) == (mapping != behaviour::address_and_port_dependent));
            CHECK((a == c) == (mapping == behaviour::endpoint_independent));
            CHECK(table.inward(at_second(3), outsider, *c) == inner);
            CHECK(table.outward(at_second(4), inner, peer, outer) == a);
        }
}

TEST_CASE("only what goes out keeps a mapping alive") {
    sim::nat_kind kind = sim::nat_kinds::port_restricted_cone;
    kind.ports = sim::port_allocation::sequential;
    sim::nat_table table{kind, 1};
    auto const a = table.outward(at_second(0), inner, peer, outer);
    CHECK(table.outward(at_second(100), inner, outsider, outer) == a);
    CHECK(table.inward(at_second(120), peer, *a) == inner);
    CHECK_FALSE(table.inward(at_second(121), peer, *a)); // its own permission is over
    CHECK(table.inward(at_second(220), outsider, *a) == inner);
    CHECK_FALSE(table.inward(at_second(221), outsider, *a));
    auto const b = table.outward(at_second(221), inner, peer, outer);
    REQUIRE(b);
    CHECK(b->port == a->port + 1);
    CHECK(table.size() == 1);
}

TEST_CASE("ports are kept, counted or drawn, and never given twice") {
    auto const ports = [](sim::port_allocation how) {
        sim::nat_kind kind = sim::nat_kinds::symmetric;
        kind.ports = how;
        sim::nat_table table{kind, 1};
        std::vector<std::uint16_t> given;
        for (std::uint32_t i = 0; i < 1'000; ++i)
            given.push_back(table.outward(at_second(0), inner, sim::public_v4(i), outer)->port);
        CHECK(std::set(given.begin(), given.end()).size() == 1'000);
        return given;
    };
    auto const kept = ports(sim::port_allocation::preserving);
    CHECK(kept[0] == inner.port);
    CHECK(kept[999] == inner.port + 999);
    auto const counted = ports(sim::port_allocation::sequential);
    CHECK(counted[1] == counted[0] + 1);
    auto const drawn = ports(sim::port_allocation::random);
    CHECK(drawn[1] != drawn[0] + 1);
    CHECK(*std::min_element(drawn.begin(), drawn.end()) >= 1'024);
}

TEST_CASE("a full table takes nobody until somebody has gone") {
    sim::nat_kind kind = sim::nat_kinds::symmetric;
    kind.entries_max = 10;
    sim::nat_table table{kind, 1};
    for (std::uint32_t i = 0; i < 10; ++i)
        CHECK(table.outward(at_second(static_cast<int>(i)), inner, sim::public_v4(i), outer));
    CHECK_FALSE(table.outward(at_second(20), inner, outsider, outer));
    CHECK(table.outward(at_second(20), inner, sim::public_v4(1), outer)); // known already
    CHECK(table.outward(at_second(121), inner, outsider, outer));         // the first has gone
    CHECK(table.size() == 10);
    CHECK_FALSE(table.outward(at_second(121), inner, sim::public_v4(50), outer));
    CHECK(table.outward(at_second(200), inner, sim::public_v4(50), outer));
    CHECK(table.size() == 2);
}

TEST_CASE("a mapping may take a port whose owner is gone, and who answered that one stays out") {
    sim::nat_table table{sim::nat_kinds::port_restricted_cone, 1};
    endpoint const second = sim::private_v4(2); // with the same port
    auto const a = table.outward(at_second(0), inner, peer, outer);
    CHECK(table.outward(at_second(1), second, peer, outer)->port == inner.port + 1);
    CHECK(table.outward(at_second(500), second, outsider, outer) == a);
    CHECK(table.inward(at_second(501), outsider, *a) == second);
    CHECK_FALSE(table.inward(at_second(501), peer, *a));
    CHECK(table.outward(at_second(501), inner, peer, outer) != a);
}

TEST_CASE("hosts in the open reach a host behind a NAT when it has spoken, at what they saw") {
    neighbourhood n{sim::nat_kinds::port_restricted_cone};
    auto const alice = seen(n.w, n.alice, peer, n.open);
    CHECK(alice == endpoint{outer, inner.port});
    CHECK(seen(n.w, n.open, *alice, n.alice) == peer);
    CHECK_FALSE(seen(n.w, n.open_too, *alice, n.alice));
    CHECK_FALSE(seen(n.w, n.far, *alice, n.alice));
    CHECK_FALSE(seen(n.w, n.far, {outer, 1'234}, n.alice));
    CHECK(n.w.counts().filtered == 3);
    n.w.run_for(seconds{120});
    CHECK_FALSE(seen(n.w, n.open, *alice, n.alice));

    // A NAT that restarts has forgotten everything.
    CHECK(seen(n.w, n.alice, peer, n.open) == alice);
    n.gate.crash();
    CHECK_FALSE(seen(n.w, n.alice, peer, n.open));
    n.gate.start();
    CHECK_FALSE(seen(n.w, n.open, *alice, n.alice));
    CHECK(n.w.complaints().empty());
}

TEST_CASE("two hosts behind cones punch a hole by sending both; behind symmetric NATs they fail") {
    auto const meet = [](sim::nat_kind const& kind) {
        neighbourhood n{kind};
        auto const alice = seen(n.w, n.alice, peer, n.open);
        auto const bob = seen(n.w, n.bob, peer, n.open);
        CHECK_FALSE(seen(n.w, n.alice, *bob, n.bob)); // but it opens her NAT for him
        bool const hears = seen(n.w, n.bob, *alice, n.alice).has_value();
        CHECK(seen(n.w, n.alice, *bob, n.bob).has_value() == hears);
        return hears;
    };
    CHECK(meet(sim::nat_kinds::restricted_cone));
    CHECK(meet(sim::nat_kinds::port_restricted_cone));
    CHECK_FALSE(meet(sim::nat_kinds::predictable));
    CHECK_FALSE(meet(sim::nat_kinds::symmetric));
}

TEST_CASE(
    "neighbours reach each other inside, and by their outer endpoints where the NAT hairpins") {
    bool const hairpins = GENERATE(false, true);
    sim::nat_kind kind = sim::nat_kinds::full_cone;
    kind.hairpins = hairpins;
    neighbourhood n{kind};
    CHECK(seen(n.w, n.alice, sim::private_v4(2), n.anna) == inner);
    auto const anna = seen(n.w, n.anna, peer, n.open);
    REQUIRE(anna);
    auto const alice = seen(n.w, n.alice, *anna, n.anna);
    CHECK(alice.has_value() == hairpins);
    if (hairpins) CHECK(alice->ip == outer); // RFC 4787, REQ-9: as from outside
}

TEST_CASE("where UDP is blocked nothing passes") {
    neighbourhood n{sim::nat_kinds::blocked};
    CHECK_FALSE(seen(n.w, n.alice, peer, n.open));
    CHECK(seen(n.w, n.alice, sim::private_v4(2), n.anna)); // but at home
    CHECK(n.w.counts().filtered == 1);
}

TEST_CASE("behind a carrier's NAT datagrams are translated twice") {
    sim::world w{2, sim::link::fixed(milliseconds{20})};
    sim::nat_kind carrier_kind = sim::nat_kinds::full_cone;
    carrier_kind.hairpins = true;
    carrier_kind.ports = sim::port_allocation::random;
    std::vector<address> const pool{sim::public_v4(7).ip, sim::public_v4(6).ip};
    auto& carrier = w.add_nat(pool, carrier_kind);
    auto& home = w.add_nat({address::v4(0x64400001U)}, sim::nat_kinds::full_cone);
    auto& other_home = w.add_nat({address::v4(0x64400003U)}, sim::nat_kinds::full_cone);
    listener alice{w, inner};
    w.put_behind(alice.host, home);
    listener bob{w, inner}; // each home may use the same addresses
    w.put_behind(bob.host, other_home);
    w.put_behind(home, carrier);
    w.put_behind(other_home, carrier);
    listener open{w, peer};

    auto const at_large = seen(w, alice, peer, open);
    REQUIRE(at_large);
    CHECK(at_large->ip == pool[1]); // paired pooling: always that one
    CHECK(at_large->port != inner.port);
    CHECK(seen(w, open, *at_large, alice) == peer);

    auto const bob_at_large = seen(w, bob, peer, open);
    CHECK(bob_at_large->ip == pool[1]);
    CHECK(seen(w, alice, *bob_at_large, bob) == at_large);
    CHECK(home.mappings() == 1);
    CHECK(carrier.mappings() == 2);
}

TEST_CASE("IPv6 keeps its addresses behind a NAT, which only filters") {
    neighbourhood n{sim::nat_kinds::port_restricted_cone};
    listener six{n.w, sim::public_v6(1)};
    listener open{n.w, sim::public_v6(2)};
    auto& carrier = n.w.add_nat({sim::public_v4(5).ip}, sim::nat_kinds::blocked);
    n.w.put_behind(six.host, n.gate);
    n.w.put_behind(n.gate, carrier); // has no say in IPv6
    CHECK_FALSE(seen(n.w, open, sim::public_v6(1), six));
    CHECK(seen(n.w, six, sim::public_v6(2), open) == sim::public_v6(1));
    CHECK(seen(n.w, open, sim::public_v6(1), six) == sim::public_v6(2));
    CHECK_FALSE(seen(n.w, n.alice, peer, n.open));
}

TEST_CASE("the NAT's door and region count for all behind it") {
    neighbourhood n{sim::nat_kinds::full_cone};
    sim::link const slow = sim::link::fixed(milliseconds{300});
    n.gate.door = &slow;
    n.alice.host.send(peer, as_bytes("x"));
    n.w.run_for(milliseconds{319});
    CHECK(n.open.heard.empty());
    n.w.run_for(milliseconds{1});
    CHECK(n.open.heard.size() == 1);
}

TEST_CASE("mixes draw kinds in their shares, with lives as reported") {
    sim::dice chance{4};
    std::map<std::string, double> share;
    std::vector<duration> lives;
    for (int i = 0; i < 100'000; ++i) {
        auto const kind = sim::nat_mixes::homes.draw(chance);
        std::string const name = !kind                                             ? "open"
                                 : kind->blocks_udp                                ? "blocked"
                                 : kind->ports == sim::port_allocation::random     ? "symmetric"
                                 : kind->ports == sim::port_allocation::sequential ? "predictable"
                                 : kind->filtering == behaviour::endpoint_independent
                                     ? "full cone"
                                     : "restricted";
        share[name] += 1e-5;
        if (kind) lives.push_back(kind->life);
    }
    CHECK(share["open"] == Approx(0.30).margin(0.005));
    CHECK(share["full cone"] == Approx(0.10).margin(0.005));
    CHECK(share["restricted"] == Approx(0.42).margin(0.005));
    CHECK(share["predictable"] == Approx(0.08).margin(0.005));
    CHECK(share["symmetric"] == Approx(0.06).margin(0.005));
    CHECK(share["blocked"] == Approx(0.04).margin(0.005));
    std::sort(lives.begin(), lives.end());
    auto const quantile = [&](double q) {
        auto const i = static_cast<std::size_t>(q * static_cast<double>(lives.size()));
        return static_cast<double>(lives[i].count()) / 1e6;
    };
    CHECK(quantile(0.05) == Approx(30).epsilon(0.05));
    CHECK(quantile(0.25) == Approx(60).epsilon(0.05));
    CHECK(quantile(0.5) == Approx(120).epsilon(0.05));
    CHECK(quantile(0.9) == Approx(300).epsilon(0.05));
}

TEST_CASE("two worlds of one seed with NATs have one trace") {
    auto const trace_of = [](std::uint64_t seed) {
        sim::world w{seed, sim::standard};
        std::vector<sim::scripted_host*> hosts;
        std::vector<endpoint> known{peer};
        auto const reply = [&](sim::scripted_host& h, sim::datagram const& d) {
            if (known.size() < 200) known.push_back(d.from);
            h.send(known[known.size() / 2], d.bytes);
        };
        w.add_script(peer, reply);
        sim::dice chance{seed};
        for (std::uint32_t i = 0; i < 20; ++i) {
            hosts.push_back(&w.add_script(sim::private_v4(i), reply));
            auto const kind = sim::nat_mixes::mobile.draw(chance);
            w.put_behind(*hosts.back(), w.add_nat({sim::public_v4(100 + i).ip},
                                                  kind.value_or(sim::nat_kinds::full_cone)));
        }
        for (int i = 0; i < 50; ++i)
            for (auto* h : hosts) {
                h->send(peer, as_bytes("x"));
                w.run_for(milliseconds{5});
            }
        CHECK(w.counts().delivered > 500);
        return w.trace();
    };
    CHECK(trace_of(1) == trace_of(1));
    CHECK(trace_of(1) != trace_of(2));
}
