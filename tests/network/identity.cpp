#include "stand_in.hpp"

// Who a node is, and whom it believes to be who they say (BEP 42).

using namespace dht;
using namespace dht::test;

namespace {

using careless_node = sim::node<random_id>;

/// Everybody within reach of a lookup: their ids, and whether those fit their addresses.
struct citizen {
    node_id id;
    endpoint at;
    bool compliant = false;
};

template <class Hosts>
void census(std::vector<citizen>& people, Hosts const& hosts) {
    for (auto const* h : hosts) {
        node_id const id = h->inside().own_id(0);
        people.push_back({id, h->at(), bep42_id{}.plausible(id, h->at().ip)});
    }
}

/// Where BEP 42 wants a value stored: on the 8 closest compliant nodes, and on the non-compliant
/// ones among the 8 closest of all.
std::vector<endpoint> right_places(std::vector<citizen> people, key160 const& target) {
    std::sort(people.begin(), people.end(),
              [&](citizen const& a, citizen const& b) { return closer<160>(a.id, b.id, target); });
    std::vector<endpoint> places;
    unsigned compliant = 0;
    for (std::size_t rank = 0; rank < people.size(); ++rank)
        if (people[rank].compliant ? compliant++ < 8 : rank < 8) places.push_back(people[rank].at);
    std::sort(places.begin(), places.end());
    return places;
}

template <class Hosts>
void places_of(std::vector<endpoint>& places, Hosts const& hosts, info_hash const& hash) {
    for (auto* h : hosts)
        if (stores(*h, hash)) places.push_back(h->at());
}

/// Those of the people who gave that host a token while it looked for a torrent.
struct token_givers {
    std::vector<citizen> people{};
    endpoint asker{};
    std::vector<citizen> givers{};

    void note(sim::datagram const& d) {
        if (d.to != asker) return;
        letter const l{d.at, d.from, d.bytes};
        if (l.reply() == nullptr || l.reply()->token.empty()) return;
        for (citizen const& p : people)
            if (p.at == d.from) givers.push_back(p);
    }
};

} // namespace

TEST_CASE("every node takes an id that fits the address that others see (BEP 42)") {
    address_plan const plan = GENERATE(only_v4, only_v6);
    checked_world w{21};
    network<> net{w};
    net.grow(30, plan);
    w.run_for(minutes{5});
    for (auto const* h : net.hosts) {
        CHECK(h->inside().external(0) == h->at());
        CHECK(bep42_id{}.plausible(h->inside().own_id(0), h->at().ip));
    }
}

TEST_CASE("one subnet has one vote about the external address") {
    checked_world w{22};
    auto& host = w.add<sim::node<>>(sim::public_v4(0));
    endpoint const lie = sim::public_v4(900);
    std::vector<std::unique_ptr<stand_in>> liars;
    for (std::uint32_t i = 0; i < 20; ++i) {
        endpoint const at{address::v4(0x05060701U + i), 2'000};
        liars.push_back(std::make_unique<stand_in>(w, at, w.draw_id()));
        liars.back()->tells_external = lie;
        host.bootstrap(at);
    }
    w.run_for(minutes{2});
    for (auto const& l : liars)
        CHECK(l->asked_by(host.at()) > 0);
    CHECK_FALSE(host.inside().external(0).has_value());

    // Four subnets are enough, and the one of the liars is outvoted.
    std::vector<std::unique_ptr<stand_in>> honest;
    for (std::uint32_t i = 1; i <= 6; ++i) {
        honest.push_back(std::make_unique<stand_in>(w, sim::public_v4(i), w.draw_id()));
        host.bootstrap(honest.back()->at());
    }
    w.run_for(minutes{2});
    CHECK(host.inside().external(0) == host.at());
    CHECK(bep42_id{}.plausible(host.inside().own_id(0), host.at().ip));
}

TEST_CASE("a new id keeps the contacts") {
    checked_world w{23};
    auto& host = w.add<sim::node<>>(sim::public_v4(0), settings{.address_votes_min = 20});
    std::vector<std::unique_ptr<stand_in>> others;
    for (std::uint32_t i = 1; i <= 40; ++i) {
        others.push_back(std::make_unique<stand_in>(w, sim::public_v4(i), w.draw_id()));
        host.bootstrap(others.back()->at());
    }
    node_id const first = host.inside().own_id(0);
    std::vector<node_contact> before;
    REQUIRE(w.run_until(
        [&] {
            if (host.inside().own_id(0) != first) return true;
            before = contacts_of(host.inside());
            return false;
        },
        minutes{5}));
    CHECK(before.size() >= 16);
    auto const after = contacts_of(host.inside());
    for (node_contact const& c : before)
        CHECK(contains(after, c));
    // They are sorted anew: the closest to the new id are found as such.
    info_hash const target = to_info_hash(host.inside().own_id(0));
    CHECK(w.finish(host, host.find_node(target)).nodes.size() == 8);
}

TEST_CASE("an announce goes to the 8 closest compliant nodes and the others among the 8 closest") {
    // All answers take as long, so none stalls: those that do are not waited for.
    checked_world w{24, sim::link::fixed(milliseconds{30})};
    network<> honest{w};
    honest.grow(60);
    network<careless_node> careless{w};
    careless.grow(1, only_v4, 100);
    careless.hosts[0]->bootstrap(honest.hosts[0]->at());
    careless.grow(29, only_v4, 101);
    w.run_for(minutes{30});
    std::vector<citizen> people;
    census(people, honest.hosts);
    census(people, careless.hosts);
    REQUIRE(std::count_if(people.begin(), people.end(), [](auto& p) { return p.compliant; }) == 60);

    token_givers seen{people};
    auto const guard = w.install([&](sim::datagram const& d) {
        seen.note(d);
        return sim::pass();
    });
    std::size_t wanted = 0;
    std::size_t reached = 0;
    for (int i = 0; i < 12; ++i) {
        auto& announcer = honest.any();
        info_hash const hash = w.draw_hash();
        seen.asker = announcer.at();
        seen.givers.clear();
        outcome const o = w.finish(announcer, announcer.announce(hash, {.port = 7'000}));
        CHECK(o.error == errc::ok);
        std::vector<endpoint> places;
        places_of(places, honest.hosts, hash);
        places_of(places, careless.hosts, hash);
        std::sort(places.begin(), places.end());
        CHECK(places == right_places(seen.givers, hash));
        CHECK(o.stored == places.size());

        auto others = people;
        std::erase_if(others, [&](citizen const& p) { return p.at == announcer.at(); });
        for (endpoint const& at : right_places(others, hash)) {
            ++wanted;
            reached += contains(places, at) ? 1U : 0U;
        }
    }
    CHECK(wanted > 12 * 8);              // careless nodes were among the closest
    CHECK(reached * 100 >= wanted * 95); // answers name 8 nodes: the ninth best may stay unknown
}

TEST_CASE(
    "forty nodes around a key whose ids fit no address do not keep an announce to themselves") {
    checked_world w{28, sim::link::fixed(milliseconds{30})};
    network<> honest{w};
    honest.grow(60);
    w.run_for(minutes{5});
    info_hash const hash = w.draw_hash();
    std::vector<std::unique_ptr<stand_in>> crowd;
    for (std::uint32_t i = 0; i < 40; ++i)
        crowd.push_back(std::make_unique<stand_in>(w, sim::public_v4(300 + i),
                                                   to_node_id(with_prefix(hash, 60, w.draw_id()))));
    for (std::size_t i = 0; i < crowd.size(); ++i)
        for (std::size_t k = 1; k <= 8; ++k)
            crowd[i]->nodes.push_back(crowd[(i + k) % crowd.size()]->contact());

    auto& announcer = honest.any();
    for (auto const& liar : crowd)
        w.finish(announcer, announcer.ping(liar->at()));
    outcome const o = w.finish(announcer, announcer.announce(hash, {.port = 7'000}));
    std::vector<endpoint> places;
    places_of(places, honest.hosts, hash);
    CHECK(o.error == errc::ok);
    CHECK(places.size() >= 8);
}

TEST_CASE("a network without a single compliant node still stores on 8") {
    checked_world w{25};
    network<careless_node> careless{w};
    careless.grow(40);
    w.run_for(minutes{20});
    auto& announcer = w.add<sim::node<>>(sim::public_v4(200));
    announcer.bootstrap(careless.hosts[0]->at());
    w.run_for(minutes{2});
    std::vector<citizen> people;
    census(people, careless.hosts);
    for (citizen const& p : people)
        REQUIRE_FALSE(p.compliant);
    for (int i = 0; i < 4; ++i) {
        outcome const o = w.finish(announcer, announcer.announce(w.draw_hash(), {.port = 7'000}));
        CHECK(o.error == errc::ok);
        CHECK(o.stored == 8);
        CHECK(o.took < seconds{60});
    }
}

TEST_CASE("a lookup among few non-compliant nodes ends when nobody is left to ask") {
    checked_world w{26};
    network<careless_node> careless{w};
    careless.grow(12);
    w.run_for(minutes{5});
    auto& announcer = w.add<sim::node<>>(sim::public_v4(200));
    announcer.bootstrap(careless.hosts[0]->at());
    w.run_for(minutes{2});
    outcome const o = w.finish(announcer, announcer.announce(w.draw_hash(), {.port = 7'000}));
    CHECK(o.replied == 12);
    CHECK(o.stored == 8);
    CHECK(o.took < seconds{10});
}
