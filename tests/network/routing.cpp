#include "stand_in.hpp"

// Whom a node asks, keeps, drops and hands out.

using namespace dht;
using namespace dht::test;

namespace {

struct timeout_listener {
    using policy_slot = slots::observer;
    std::vector<endpoint>* failed = nullptr;
    std::vector<endpoint>* late = nullptr;

    void on(event::question_failed const& e) noexcept { failed->push_back(e.to); }

    void on(event::question_answered const& e) noexcept {
        if (e.late) late->push_back(e.from);
    }
};

using patient_node = sim::node<fixed_timeouts, fixed_alpha, timeout_listener>;

/// The id of a node that is `bits` bits away from the target: more is closer.
node_id near(key160 const& target, unsigned bits) {
    key160 k = target;
    k.flip_bit(bits);
    return to_node_id(k);
}

unsigned bucket_of(node_id const& own, node_id const& other) {
    return common_prefix_length(own, other);
}

/// How many contacts of the fullest bucket pass.
template <class Node, class Passes>
std::size_t most_in_one_bucket(Node const& node, Passes passes) {
    std::array<std::size_t, 160> count{};
    for (node_contact const& c : contacts_of(node))
        if (passes(c.at)) ++count[bucket_of(node.own_id(0), c.id)];
    return *std::max_element(count.begin(), count.end());
}

/// A thousand stand-ins at addresses that `at(i)` gives, all pinging the host again and again.
template <class Host>
void besiege(checked_world& w, Host const& host, endpoint (*at)(std::uint32_t i)) {
    std::vector<std::unique_ptr<stand_in>> crowd;
    for (std::uint32_t i = 0; i < 1'000; ++i)
        crowd.push_back(std::make_unique<stand_in>(w, at(i), w.draw_id()));
    for (int round = 0; round < 3; ++round) {
        for (auto const& s : crowd) {
            s->ask(host.at(), "ping");
            w.run_for(milliseconds{100});
        }
    }
    w.run_for(minutes{1});
    for (auto const& s : crowd)
        s->host().crash();
}

endpoint in_one_site(std::uint32_t i) {
    return {address::v4(0x05060700U + 1 + i % 250), static_cast<std::uint16_t>(2'000 + i)};
}

endpoint in_one_provider(std::uint32_t i) {
    return {address::v4(0x05060000U + (i % 250 << 8U) + 1 + i / 250), 2'000};
}

endpoint in_one_lan(std::uint32_t i) {
    return {address::v4(0x0a000001U), static_cast<std::uint16_t>(2'000 + i)};
}

endpoint in_one_v6_site(std::uint32_t i) {
    std::array<std::byte, 16> bytes{std::byte{0x2a}, std::byte{1}};
    store_big_endian(&bytes[14], static_cast<std::uint16_t>(i + 1));
    return {address::v6(bytes), 2'000};
}

} // namespace

TEST_CASE("an answer after the stall time-out is used, costs nothing, and its slot was refilled") {
    checked_world w{1, sim::link::fixed(milliseconds{20})};
    std::vector<endpoint> failed;
    std::vector<endpoint> late;
    auto& host =
        w.add<patient_node>(sim::public_v4(0), settings{}, fixed_timeouts{seconds{1}, seconds{5}},
                            fixed_alpha{1}, timeout_listener{&failed, &late});
    node_id const target = w.draw_id();
    stand_in slow{w, sim::public_v4(1), near(target, 120)};
    stand_in quick{w, sim::public_v4(2), near(target, 100)};
    stand_in told_late{w, sim::public_v4(3), near(target, 140)};
    quick.nodes = {slow.contact()};
    host.bootstrap(quick.at());
    w.run_for(minutes{1});
    REQUIRE(knows(host.inside(), slow.at()));

    slow.nodes = {told_late.contact()};
    auto const guard = w.install([&](sim::datagram const& d) {
        return d.from == slow.at() ? sim::deliver(seconds{2}) : sim::pass();
    });
    failed.clear();
    late.clear();
    instant const begun = w.now();
    std::size_t const before = quick.heard.size();
    outcome const found = w.finish(host, host.find_node(target));

    // One question at a time: only the stall of the slow one, after 1 s, made room for the quick
    // one.
    REQUIRE(quick.heard.size() > before);
    CHECK(quick.heard[before].at - begun >= seconds{1});
    CHECK(quick.heard[before].at - begun <= seconds{1} + milliseconds{50});
    CHECK(contains(found.nodes, slow.contact()));
    CHECK(contains(found.nodes, told_late.contact()));
    CHECK(contains(late, slow.at()));
    CHECK(failed.empty());
    host.inside().for_each_contact(0, [&](contact const& c) { CHECK(c.failures == 0); });
    CHECK(knows(host.inside(), slow.at()));
}

TEST_CASE("a dead endpoint that gossip hands out again is not asked again while it is avoided") {
    checked_world w{2};
    std::vector<endpoint> failed;
    std::vector<endpoint> late;
    auto& host = w.add<sim::node<timeout_listener>>(sim::public_v4(0), settings{},
                                                    timeout_listener{&failed, &late});
    stand_in gossip{w, sim::public_v4(1), w.draw_id()};
    stand_in dead{w, sim::public_v4(2), w.draw_id()};
    dead.answers = false;
    gossip.nodes = {dead.contact()};
    host.bootstrap(gossip.at());
    REQUIRE(w.run_until([&] { return contains(failed, dead.at()); }, minutes{2}));
    w.run_for(seconds{10}); // questions that were on their way already

    std::size_t const asked = dead.heard.size();
    std::size_t const named = gossip.heard.size();
    for (int i = 0; i < 20; ++i) {
        w.finish(host, host.find_node(near(dead.id, 150)));
        w.run_for(seconds{10});
    }
    CHECK(gossip.heard.size() >= named + 20); // and each answer named the dead one again
    CHECK(dead.heard.size() == asked);

    w.run_for(minutes{45}); // longer than settings.avoid_longest
    w.finish(host, host.find_node(near(dead.id, 150)));
    CHECK(dead.heard.size() > asked);
}

TEST_CASE("who was silent and asks us is asked at once") {
    checked_world w{2};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    stand_in away{w, sim::public_v4(1), w.draw_id()};
    stand_in gossip{w, sim::public_v4(2), w.draw_id()};
    gossip.nodes = {away.contact()};
    away.answers = false;
    host.bootstrap(gossip.at());
    w.run_for(minutes{1});
    REQUIRE(away.asked_by(host.at()) > 0);
    away.answers = true;
    w.finish(host, host.find_node(near(away.id, 150)));
    REQUIRE_FALSE(knows(host.inside(), away.at())); // it is avoided
    away.ask(host.at(), "ping");
    w.run_for(seconds{5});
    CHECK(knows(host.inside(), away.at()));
}

TEST_CASE("an endpoint that changes its id loses its entry, and twice its chance for a new one") {
    checked_world w{3};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    stand_in chameleon{w, sim::public_v4(1), w.draw_id()};
    host.bootstrap(chameleon.at());
    w.run_for(minutes{1});
    node_contact const before = chameleon.contact();
    REQUIRE(contains(contacts_of(host.inside()), before));

    chameleon.id = w.draw_id();
    w.finish(host, host.ping(chameleon.at()));
    CHECK_FALSE(contains(contacts_of(host.inside()), before));

    chameleon.id = w.draw_id();
    w.finish(host, host.ping(chameleon.at()));
    w.finish(host, host.ping(chameleon.at()));
    CHECK_FALSE(knows(host.inside(), chameleon.at()));
}

TEST_CASE("what liars say of an honest endpoint costs it nothing") {
    checked_world w{27};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    stand_in liar{w, sim::public_v4(1), w.draw_id()};
    stand_in honest{w, sim::public_v4(2), w.draw_id()};
    host.bootstrap(liar.at());
    for (int i = 0; i < 5; ++i) {
        auto const target = w.draw_id();
        liar.nodes = {{near(target, 150), honest.at()}};
        std::size_t const asked = honest.heard.size();
        outcome const found = w.finish(host, host.find_node(target));
        CHECK(honest.heard.size() > asked);
        CHECK(contains(found.nodes, honest.contact()));
        w.run_for(seconds{30});
    }
    CHECK(contains(contacts_of(host.inside()), honest.contact()));
}

TEST_CASE("a thief of an id cannot displace a good node") {
    checked_world w{4};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    stand_in good{w, sim::public_v4(1), w.draw_id()};
    host.bootstrap(good.at());
    w.run_for(minutes{1});
    REQUIRE(contains(contacts_of(host.inside()), good.contact()));

    stand_in thief{w, sim::public_v4(2), good.id};
    for (int i = 0; i < 20; ++i) {
        thief.ask(host.at(), "ping");
        thief.ask(host.at(), "find_node", krpc::find_node{w.draw_id()});
        w.run_for(seconds{20});
    }
    CHECK(w.finish(host, host.ping(thief.at())).nodes == std::vector{thief.contact()});
    CHECK(contacts_of(host.inside()) == std::vector{good.contact()});
}

TEST_CASE("a thousand contacts of one /24 get one entry in the whole table") {
    checked_world w{5};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    besiege(w, host, in_one_site);
    CHECK(host.inside().good_contacts(0) == 1);
}

TEST_CASE("a thousand contacts of one /64 get one entry in the whole table") {
    checked_world w{6};
    auto& host = w.add<sim::node<>>(sim::public_v6(0));
    besiege(w, host, in_one_v6_site);
    CHECK(host.inside().good_contacts(0) == 1);
}

TEST_CASE("a thousand contacts of one /16 get four entries per bucket") {
    checked_world w{7};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    besiege(w, host, in_one_provider);
    CHECK(most_in_one_bucket(host.inside(), [](endpoint const&) { return true; }) == 4);
}

TEST_CASE("under allow_local subnets and addresses are not limited") {
    checked_world w{8};
    auto& host = w.add<sim::node<allow_local>>(in_one_lan(1'000));
    besiege(w, host, in_one_lan);
    CHECK(most_in_one_bucket(host.inside(), [](endpoint const&) { return true; }) >= 60);
}

TEST_CASE("who never answered is never handed out") {
    checked_world w{9};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    stand_in good{w, sim::public_v4(1), w.draw_id()};
    stand_in silent{w, sim::public_v4(2), w.draw_id()};
    stand_in named{w, sim::public_v4(3), w.draw_id()};
    silent.answers = named.answers = false;
    good.nodes = {named.contact()};
    host.bootstrap(good.at());
    stand_in asker{w, sim::public_v4(4), w.draw_id()};
    for (int i = 0; i < 30; ++i) {
        silent.ask(host.at(), "ping");
        asker.ask(host.at(), "find_node", krpc::find_node{i % 2 == 0 ? silent.id : named.id});
        w.run_for(seconds{2});
    }
    bool told_of_good = false;
    for (letter const& l : asker.heard) {
        if (l.reply() == nullptr) continue;
        compact::node_reader nodes{l.reply()->nodes, family::ipv4};
        while (auto const n = nodes.next()) {
            CHECK(n->at != silent.at());
            CHECK(n->at != named.at());
            told_of_good |= n->at == good.at();
        }
    }
    CHECK(told_of_good);
}

TEST_CASE("a router that comes alive after ten minutes is found") {
    checked_world w{10};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    auto& router = w.add<sim::node<>>(sim::public_v4(1));
    router.crash();
    host.bootstrap(router.at());
    w.run_for(minutes{10});
    CHECK(host.datagrams_sent() <= 20); // with growing pauses
    router.start();
    CHECK(w.run_until([&] { return knows(host.inside(), router.at()); }, minutes{3}));
}

TEST_CASE("a hundred honest nodes behind one address keep working") {
    checked_world w{11};
    network<> net{w};
    net.grow(30);
    std::size_t const outside = net.hosts.size();
    for (std::uint16_t i = 0; i < 100; ++i) {
        auto& h = w.add<sim::node<>>(sim::public_v4(500, static_cast<std::uint16_t>(10'000 + i)));
        h.bootstrap(net.hosts[i % outside]->at());
        net.hosts.push_back(&h);
        w.run_for(milliseconds{200});
    }
    w.run_for(minutes{2});
    for (std::size_t i = outside; i < net.hosts.size(); ++i) {
        info_hash const hash = w.draw_hash();
        outcome const announced =
            w.finish(*net.hosts[i], net.hosts[i]->announce(hash, {.implied_port = true}));
        CHECK(announced.stored >= 8);
        auto& finder = *net.hosts[w.draw_below(outside)];
        CHECK(contains(w.finish(finder, finder.find_peers(hash)).peers, net.hosts[i]->at()));
    }
    std::size_t most = 0; // of them in one table
    for (std::size_t i = 0; i < outside; ++i) {
        auto const contacts = contacts_of(net.hosts[i]->inside());
        most = std::max(most, static_cast<std::size_t>(std::count_if(
                                  contacts.begin(), contacts.end(), [](auto const& c) {
                                      return c.at.ip == sim::public_v4(500).ip;
                                  })));
    }
    CHECK(most <= 1);
}

TEST_CASE("a clock that jumps an hour causes no storm, and harms nothing") {
    duration const jump = GENERATE(duration{hours{1}}, duration{-hours{1}});
    checked_world w{12};
    network<> net{w};
    net.grow(30);
    w.run_for(minutes{20});
    auto& host = *net.hosts[9];
    host.announce(w.draw_hash(), {.port = 5'000}); // something is going on meanwhile
    w.run_for(milliseconds{100});

    std::uint64_t const before = host.datagrams_sent();
    host.jump_clock(jump);
    w.run_for(minutes{1});
    CHECK(host.datagrams_sent() - before <= 150);
    w.run_for(minutes{65});
    CHECK(host.inside().good_contacts(0) >= 25);
    info_hash const hash = w.draw_hash();
    CHECK(w.finish(host, host.announce(hash, {.port = 5'001})).stored >= 8);
    auto& finder = *net.hosts[20];
    CHECK(w.finish(finder, finder.find_peers(hash)).peers.size() == 1);
}
