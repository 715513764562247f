#include <dht/sim/world.hpp>

#include "../../catch.hpp"
#include "places.hpp"

// A world without a real node: scripted hosts, and machines that misbehave.

using namespace dht;
using namespace dht::test;

namespace {

/// The least that a world takes for a node: it wants to be woken when it says, and sends what it is
/// told to.
class clockwork {
public:
    clockwork(settings const&, seeded_random chance) : chance_{chance}, draw{chance_.next()} {}

    template <class Slot>
    auto& policy() noexcept {
        return chance_;
    }

    void set_unix_time(instant, unix_time) {}

    via_index open(instant, endpoint const&) { return 0; }

    void receive(instant now, via_index, endpoint const&, byte_view) { last_heard = now; }

    void advance(instant now) {
        woken.push_back(now);
        if (!stuck && next && *next <= now) next.reset();
    }

    [[nodiscard]] std::optional<deadline> next_deadline() const {
        if (!next) return std::nullopt;
        return deadline{*next, wake_reason::refresh};
    }

    std::optional<transmit> poll_transmit() {
        if (!to) return std::nullopt;
        endpoint const receiver = *to;
        to.reset();
        return transmit{0, receiver, as_bytes("x")};
    }

    std::optional<outcome> poll_outcome() { return std::nullopt; }

    // Its user has no wishes.
    void stop(instant) {}

    void snapshot(instant, std::vector<std::byte>&, snapshot_scope) const {}

    errc restore(instant, byte_view) { return errc::ok; }

    void bootstrap(instant, endpoint const&) {}

    operation_id ping(instant, endpoint const&) { return {}; }

    operation_id find_node(instant, key160 const&) { return {}; }

    operation_id find_peers(instant, info_hash const&, find_peers_options const&) { return {}; }

    operation_id announce(instant, info_hash const&, announce_options const&) { return {}; }

    operation_id put(instant, item const&) { return {}; }

    operation_id get(instant, ed25519_public_key const&) { return {}; }

    [[nodiscard]] node_id own_id(via_index) const { return {}; }

    template <class F>
    void for_each_contact(via_index, F&&) const {}

private:
    seeded_random chance_;

public:
    std::uint64_t draw;
    std::vector<instant> woken{};
    std::optional<instant> next{};
    std::optional<endpoint> to{};
    instant last_heard{};
    bool stuck = false;
};

/// Two scripted hosts; the second notes what comes.
struct pair_of_hosts {
    explicit pair_of_hosts(std::uint64_t seed, sim::link l = sim::link::fixed(milliseconds{30}))
        : w{seed, l} {}

    void note(sim::datagram const& d) {
        CHECK(d.from == here);
        CHECK(d.to == there);
        heard.emplace_back(d.at, std::string{as_text(d.bytes)});
    }

    sim::world w;
    std::vector<std::pair<instant, std::string>> heard{};
    sim::scripted_host& sender = w.add_script(here, {});
    sim::scripted_host& receiver =
        w.add_script(there, [this](sim::scripted_host&, sim::datagram const& d) { note(d); });
};

} // namespace

TEST_CASE("a datagram arrives after the latency of its way, doors included") {
    pair_of_hosts p{1};
    sim::link const near = sim::link::fixed(milliseconds{4});
    p.sender.door = &near;
    p.w.door = sim::link::fixed(milliseconds{6});
    p.w.run_for(milliseconds{100});
    p.sender.send(there, as_bytes("hello"));
    p.w.run_for(seconds{1});
    REQUIRE(p.heard.size() == 1);
    CHECK(p.heard[0] == std::pair{at(140), std::string{"hello"}});
    CHECK(p.w.now() == at(1'100));
    CHECK(p.w.counts().sent == 1);
    CHECK(p.w.counts().sent_bytes == 5);
    CHECK(p.w.counts().delivered == 1);
    CHECK(p.sender.datagrams_sent() == 1);
    CHECK(p.receiver.datagrams_received() == 1);
}

TEST_CASE("on a network with a map the regions of two hosts decide how far they are apart") {
    auto const latency = [](auto place) {
        pair_of_hosts p{1, sim::link::across(sim::geographies::wn242, 0)};
        place(p.sender, p.receiver);
        p.sender.send(there, as_bytes("hello"));
        p.w.run_for(seconds{1});
        REQUIRE(p.heard.size() == 1);
        return p.heard[0].first - sim::world_begin;
    };
    auto const in = [&](sim::geography::region from, sim::geography::region to) {
        return latency([=](sim::host& x, sim::host& y) {
            x.region = from;
            y.region = to;
        });
    };
    CHECK(in(0, 3) == in(3, 0));
    CHECK(in(4, 4) < milliseconds{56}); // within Oceania
    CHECK(in(3, 4) > milliseconds{37}); // to Africa
    auto const anywhere = latency([](auto&, auto&) {});
    CHECK(anywhere > duration{});
    CHECK(anywhere == latency([](auto&, auto&) {}));
}

TEST_CASE("rules deliver, drop and duplicate; links do the rest") {
    pair_of_hosts p{2};
    auto guard = p.w.install([](sim::datagram const& d) {
        std::string_view const text = as_text(d.bytes);
        return text == "slow"    ? sim::deliver(seconds{2})
               : text == "never" ? sim::drop()
               : text == "twice" ? sim::duplicate()
                                 : sim::pass();
    });
    for (std::string_view const text : {"slow", "never", "twice", "plain"})
        p.sender.send(there, as_bytes(text));
    p.w.run_for(seconds{3});
    std::vector<std::pair<instant, std::string>> const expected{
        {at(30), "twice"}, {at(30), "twice"}, {at(30), "plain"}, {at(2'000), "slow"}};
    CHECK(p.heard == expected);
    CHECK(p.w.counts().dropped == 1);
    CHECK(p.w.counts().duplicated == 1);
}

TEST_CASE("the fate of a datagram does not depend on what others do") {
    auto const arrivals_with = [](int noise) {
        pair_of_hosts p{3, {milliseconds{5}, milliseconds{50}, 0.5, 0.3, 0.1}};
        auto& third = p.w.add_script(sim::public_v4(3), {});
        for (int i = 0; i < 200; ++i) {
            for (int n = 0; n < noise; ++n)
                third.send(sim::public_v4(4 + static_cast<std::uint32_t>(n)), as_bytes("noise"));
            p.sender.send(there, as_bytes("x"));
            p.w.run_for(milliseconds{10});
        }
        return p.heard;
    };
    auto const quiet = arrivals_with(0);
    CHECK(quiet.size() > 100);
    CHECK(quiet.size() < 200);
    CHECK(arrivals_with(3) == quiet);
}

TEST_CASE("equal datagrams of one instant have fates of their own") {
    sim::link half = sim::link::fixed(milliseconds{1});
    half.loss = 0.5;
    pair_of_hosts p{4, half};
    for (int i = 0; i < 1'000; ++i)
        p.sender.send(there, as_bytes("x"));
    p.w.run_for(seconds{1});
    CHECK(p.heard.size() > 420);
    CHECK(p.heard.size() < 580);
}

TEST_CASE("what is sent to nobody, or to a host that is down, is lost") {
    pair_of_hosts p{5};
    p.sender.send(sim::public_v4(99), as_bytes("x"));
    p.sender.send(there, as_bytes("x"));
    p.receiver.crash();
    p.w.run_for(seconds{1});
    CHECK(p.heard.empty());
    CHECK(p.w.counts().nobody == 2);
    p.receiver.start();
    p.sender.send(there, as_bytes("y"));
    p.w.run_for(seconds{1});
    CHECK(p.heard.size() == 1);
}

TEST_CASE("the trace tells time, ends and bytes of deliveries apart") {
    auto const trace_of = [](std::string_view text, int after_ms) {
        pair_of_hosts p{6};
        p.w.run_for(milliseconds{after_ms});
        p.sender.send(there, as_bytes(text));
        p.w.run_for(seconds{1});
        return p.w.trace();
    };
    CHECK(trace_of("x", 0) == trace_of("x", 0));
    CHECK(trace_of("x", 0) != trace_of("y", 0));
    CHECK(trace_of("x", 0) != trace_of("x", 1));
}

TEST_CASE("a machine is woken at its deadline, once") {
    sim::world w{7};
    auto& h = w.add<clockwork>(here);
    h.use([](clockwork& c, instant) { c.next = at(500); });
    w.run_for(seconds{1});
    CHECK(h.inside().woken == std::vector{at(500)});

    // A deadline that moves: to earlier, and to later.
    h.use([](clockwork& c, instant) { c.next = at(5'000); });
    h.use([](clockwork& c, instant) { c.next = at(2'000); });
    h.use([](clockwork& c, instant) { c.next = at(3'000); });
    w.run_for(seconds{9});
    CHECK(h.inside().woken == std::vector{at(500), at(3'000)});
    CHECK(w.complaints().empty());
}

TEST_CASE("a deadline that has passed is met at once") {
    sim::world w{8};
    auto& h = w.add<clockwork>(here);
    w.run_for(seconds{1});
    h.use([](clockwork& c, instant) { c.next = at(10); });
    w.run_for(seconds{1});
    CHECK(h.inside().woken == std::vector{at(1'000)});
}

TEST_CASE("a busy timer is reported, and does not stop the world") {
    sim::world w{9};
    auto& h = w.add<clockwork>(here);
    h.use([](clockwork& c, instant) {
        c.next = at(10);
        c.stuck = true;
    });
    w.run_for(milliseconds{20});
    REQUIRE(w.complaints().size() == 11); // each millisecond again
    CHECK(w.complaints()[0].what == sim::fault::wakes_for_nothing);
    CHECK(w.complaints()[0].why == wake_reason::refresh);
    CHECK(w.complaints()[0].who == here);
    CHECK(w.complaints()[0].at == at(10));
}

TEST_CASE("what goes to a martian, or to the other family, is reported and not sent") {
    sim::world w{10};
    auto& h = w.add<clockwork>(here);
    auto const send_to = [&](endpoint const& to) {
        h.use([&](clockwork& c, instant) { c.to = to; });
    };
    send_to({address::v4(0xe0000001U), 6'881}); // multicast
    send_to({there.ip, 0});
    send_to({address::v4(0x0a000001U), 6'881}); // a private address, from a public one
    send_to(sim::public_v6(1));
    send_to(there);
    std::vector<sim::fault> faults;
    for (sim::complaint const& c : w.complaints())
        faults.push_back(c.what);
    CHECK(faults == std::vector{sim::fault::sends_to_martian, sim::fault::sends_to_martian,
                                sim::fault::sends_to_martian, sim::fault::sends_across_family});
    CHECK(w.counts().sent == 1);

    auto& at_home = w.add<clockwork>(endpoint{address::v4(0x0a000002U), 6'881});
    at_home.use([&](clockwork& c, instant) { c.to = endpoint{address::v4(0x0a000001U), 6'881}; });
    CHECK(w.complaints().size() == 4);
    CHECK(w.counts().sent == 2);
}

TEST_CASE("nodes get other seeds in other worlds, at other addresses and in other lives") {
    sim::world w{11};
    sim::world other{12};
    auto& h = w.add<clockwork>(here);
    std::uint64_t const first = h.inside().draw;
    CHECK(w.add<clockwork>(there).inside().draw != first);
    CHECK(other.add<clockwork>(here).inside().draw != first);
    h.crash();
    h.start();
    CHECK(h.inside().draw != first);
    sim::world again{11};
    again.add<clockwork>(there); // whoever came before
    CHECK(again.add<clockwork>(here).inside().draw == first);
}

TEST_CASE("a host's clock may jump: its deadlines come as its own clock says") {
    sim::world w{13};
    auto& h = w.add<clockwork>(here);
    h.use([](clockwork& c, instant) { c.next = at(10'000); });
    w.run_for(seconds{1});
    h.jump_clock(seconds{8});
    w.run_for(milliseconds{900});
    CHECK(h.inside().woken.empty());
    w.run_for(milliseconds{100});
    CHECK(h.inside().woken == std::vector{at(10'000)});
    h.use([](clockwork& c, instant now) { c.next = now + seconds{1}; });
    h.jump_clock(-seconds{5});
    w.run_for(milliseconds{5'900});
    CHECK(h.inside().woken.size() == 1);
    w.run_for(milliseconds{100});
    CHECK(h.inside().woken.size() == 2);
}

TEST_CASE("run_until stops as soon as it is true, or at the limit") {
    pair_of_hosts p{14};
    p.sender.send(there, as_bytes("x"));
    CHECK(p.w.run_until([&] { return !p.heard.empty(); }, seconds{1}));
    CHECK(p.w.now() == at(30));
    CHECK_FALSE(p.w.run_until([] { return false; }, seconds{1}));
    CHECK(p.w.now() == at(1'030));
    CHECK_FALSE(p.w.step()); // nothing will ever happen
}

TEST_CASE("a host with several addresses hears and answers on each") {
    sim::world w{15, sim::link::fixed(milliseconds{1})};
    auto& h = w.add<clockwork>(std::vector{here, sim::public_v6(1)});
    auto& six = w.add_script(sim::public_v6(2), {});
    six.send(sim::public_v6(1), as_bytes("x"));
    w.run_for(milliseconds{5});
    CHECK(h.inside().last_heard == at(1));
}

TEST_CASE("crashed hosts are not woken") {
    sim::world w{16};
    auto& h = w.add<clockwork>(here);
    h.use([](clockwork& c, instant) { c.next = at(100); });
    h.crash();
    w.run_for(milliseconds{50});
    h.start();
    w.run_for(seconds{1});
    CHECK(h.inside().woken.empty());
}
