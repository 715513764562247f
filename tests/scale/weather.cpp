#include <dht/sim/churn.hpp>

#include "../network/world.hpp"
#include <cstdio>

// Loss, partitions, the death of most, and hosts that come and go: networks in bad weather.

using namespace dht;
using namespace dht::test;

namespace {

/// Announces `count` torrents and looks for each from another host; how many were found. One in
/// twenty announces may come to nothing.
std::size_t announce_and_find(network<>& net, std::size_t count) {
    std::size_t found = 0;
    std::size_t lost = 0;
    for (std::size_t i = 0; i < count; ++i) {
        info_hash const hash = net.world.draw_hash();
        auto& announcer = net.any();
        outcome const announced =
            net.world.finish(announcer, announcer.announce(hash, {.port = 7'000}));
        lost += announced.stored == 0 ? 1U : 0U; // with 30 % loss that is one in 220 of eight
        auto& finder = net.any();
        found += net.world.finish(finder, finder.find_peers(hash)).peers.empty() ? 0U : 1U;
    }
    CHECK(20 * lost <= count);
    return found;
}

} // namespace

TEST_CASE("announce and find work with 10 % and 30 % loss") {
    double const loss = GENERATE(0.1, 0.3);
    INFO("loss " << loss);
    sim::link bad = sim::continental;
    bad.loss = loss;
    checked_world w{41, bad};
    network<> net{w};
    net.grow(50);
    w.run_for(minutes{20});
    std::size_t fewest = 50;
    for (auto const* h : net.hosts)
        fewest = std::min(fewest, h->inside().good_contacts(0));
    CHECK(fewest >= 8);
    // With 30 % loss half of all round trips fail: most storers and most finders meet even then.
    CHECK(announce_and_find(net, 20) >= (loss < 0.2 ? 20U : 15U));
}

TEST_CASE("duplicated and reordered datagrams change no result") {
    checked_world w{42, {milliseconds{5}, milliseconds{100}, 3.0, 0, 0.3}};
    network<> net{w};
    net.grow(40);
    w.run_for(minutes{5});
    CHECK(w.counts().duplicated > 1'000);
    CHECK(announce_and_find(net, 10) == 10);
}

TEST_CASE("a partition heals") {
    checked_world w{43};
    network<> net{w};
    net.grow(50);
    w.run_for(minutes{20});
    std::vector<endpoint> east;
    for (std::size_t i = 0; i < 25; ++i)
        east.push_back(net.hosts[2 * i]->at());
    auto const across = [&] { // contacts on the other side, of both sides together
        std::size_t count = 0;
        for (auto const* h : net.hosts)
            for (node_contact const& c : contacts_of(h->inside()))
                count += contains(east, c.at) != contains(east, h->at()) ? 1U : 0U;
        return count;
    };
    auto wall = w.install(sim::partition([&](endpoint const& e) { return contains(east, e); }));
    w.run_for(hours{3});

    // Each side has forgotten the other, and goes on by itself.
    CHECK(across() == 0);
    info_hash const hash = w.draw_hash();
    auto& announcer = *net.hosts[10];
    CHECK(w.finish(announcer, announcer.announce(hash, {.port = 7'000})).stored >= 8);
    CHECK(w.finish(*net.hosts[12], net.hosts[12]->find_peers(hash)).peers.size() == 1);
    CHECK(w.finish(*net.hosts[11], net.hosts[11]->find_peers(hash)).peers.empty());

    wall.lift();
    w.run_for(minutes{100}); // the last of the lost are asked after 254 minutes
    CHECK(announce_and_find(net, 20) == 20);
    CHECK(across() >= 25 * 25); // half of all there could be
}

TEST_CASE("nodes behind NATs of all kinds announce and find, unless UDP is blocked") {
    checked_world w{46, sim::standard};
    network<> net{w};
    sim::dice chance{46};
    for (std::uint32_t i = 0; i < 60; ++i) {
        auto const kind = i == 0 ? std::nullopt : sim::nat_mixes::homes.draw(chance);
        bool const open = !kind.has_value();
        auto& h = w.add<sim::node<>>(open ? sim::public_v4(i) : sim::private_v4(i));
        if (!open) w.put_behind(h, w.add_nat({sim::public_v4(i).ip}, *kind));
        if (!open && kind->blocks_udp) continue;
        net.hosts.push_back(&h);
        if (i > 0) h.bootstrap(net.hosts[0]->at());
        w.run_for(seconds{1});
    }
    w.run_for(minutes{20});
    CHECK(net.hosts.size() > 50);
    CHECK(announce_and_find(net, 20) >= 19);
    CHECK(w.counts().filtered > 100);
}

TEST_CASE("when half of all nodes crash at once, the others go on") {
    checked_world w{44};
    network<> net{w};
    net.grow(80);
    w.run_for(minutes{5});
    info_hash const hash = w.draw_hash();
    w.finish(*net.hosts[0], net.hosts[0]->announce(hash, {.port = 7'000}));
    for (std::size_t i = 1; i < 80; i += 2)
        net.hosts[i]->crash();
    std::erase_if(net.hosts, [](auto const* h) { return !h->up(); });
    for (auto* h : net.hosts) {
        outcome const o = w.finish(*h, h->find_peers(hash));
        CHECK(o.peers.size() == 1);
        CHECK(o.took < seconds{30});
    }
    w.run_for(hours{1});
    CHECK(announce_and_find(net, 10) == 10);
    for (auto const* h : net.hosts)
        for (node_contact const& c : contacts_of(h->inside()))
            CHECK(std::any_of(net.hosts.begin(), net.hosts.end(),
                              [&](auto const* other) { return other->at() == c.at; }));
}

TEST_CASE("lookups find the closest while hosts of the whole world come and go as in BitTorrent") {
    checked_world w{45, sim::link::across(sim::geographies::wn242)};
    network<> net{w};
    net.grow(150);
    sim::churn comings{w, 45, sim::sessions::w60, sim::session_law::exponential(hours{1})};
    comings.on_return(
        [&](sim::host& h) { static_cast<network<>::host&>(h).bootstrap(net.hosts[0]->at()); });
    for (std::size_t i = 1; i < net.hosts.size(); ++i)
        comings.add(*net.hosts[i]);
    constexpr unsigned lookups = 36;
    double found = 0;
    double dead = 0;
    for (unsigned i = 0; i < lookups; ++i) {
        w.run_for(minutes{5});
        std::vector<network<>::host*> living;
        std::copy_if(net.hosts.begin(), net.hosts.end(), std::back_inserter(living),
                     [](auto const* h) { return h->up(); });
        auto& asker = *living[w.draw_below(living.size())];
        auto ids = ids_of(living);
        std::erase(ids, asker.inside().own_id(0));
        key160 const target = w.draw_hash();
        outcome const o = w.finish(asker, asker.find_node(target));
        found += recall(o.nodes, true_closest(ids, target, 8)) / lookups;
        auto const contacts = contacts_of(asker.inside());
        dead += static_cast<double>(
                    std::count_if(contacts.begin(), contacts.end(),
                                  [&](node_contact const& c) { return !contains(ids, c.id); })) /
                static_cast<double>(std::max<std::size_t>(contacts.size(), 1)) / lookups;
    }
    std::printf("150 hosts under churn: recall of the closest 8 %.3f, %.1f %% of contacts dead\n",
                found, 100 * dead);
    CHECK(found >= 0.95); // who has come back a moment ago counts as findable, too
    CHECK(dead <= 0.06);
}
