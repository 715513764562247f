#include "stand_in.hpp"

// Nodes that only ask (BEP 43), and nodes with several addresses (BEP 45).

using namespace dht;
using namespace dht::test;

namespace {

std::vector<endpoint> three_homes(std::uint32_t i) {
    return {sim::public_v4(3 * i + 1'000), sim::public_v4(3 * i + 1'001),
            sim::public_v4(3 * i + 1'002)};
}

/// Who gave, or used, a token where.
struct grant {
    endpoint to;
    endpoint by;
    std::string token;
    friend bool operator==(grant const&, grant const&) = default;
};

/// A network of 40, and one host with three addresses in it.
struct multi_homed_scene {
    checked_world w;
    network<> net{w};
    sim::node_host<sim::node<>>* host = nullptr;

    explicit multi_homed_scene(std::uint64_t seed) : w{seed} {
        net.grow(40);
        host = &w.add<sim::node<>>(three_homes(0));
        host->bootstrap(net.hosts[0]->at());
        w.run_for(minutes{5});
    }
};

bool is_from(sim::datagram const& d, sim::host const& h) {
    return contains(h.addresses(), d.from);
}

} // namespace

TEST_CASE("a read-only node asks with ro, never answers, and is in nobody's table (BEP 43)") {
    checked_world w{31};
    network<> net{w};
    net.grow(30);
    w.run_for(minutes{2});
    auto& reader = w.add<sim::node<>>(sim::public_v4(100), settings{.read_only = true});
    std::size_t questions = 0;
    std::size_t others = 0;
    auto const guard = w.install([&](sim::datagram const& d) {
        if (!is_from(d, reader)) return sim::pass();
        letter const l{d.at, d.from, d.bytes};
        bool const asks = l.query() != nullptr && l.query()->read_only;
        ++(asks ? questions : others);
        return sim::pass();
    });
    reader.bootstrap(net.hosts[0]->at());
    w.run_for(minutes{20});
    info_hash const hash = w.draw_hash();
    w.finish(*net.hosts[5], net.hosts[5]->announce(hash, {.port = 7'000}));
    CHECK(w.finish(reader, reader.find_peers(hash)).peers.size() == 1);
    CHECK(w.finish(*net.hosts[6], net.hosts[6]->ping(reader.at())).error == errc::timed_out);
    CHECK(questions > 50);
    CHECK(others == 0);
    for (auto const* h : net.hosts)
        CHECK_FALSE(knows(h->inside(), reader.at()));
    CHECK(reader.inside().good_contacts(0) >= 20);
}

TEST_CASE(
    "three addresses of one family are three nodes: ids, tables, and room in others' (BEP 45)") {
    multi_homed_scene s{32};
    std::vector<node_id> ids;
    for (via_index via = 0; via < 3; ++via) {
        CHECK_FALSE(contains(ids, s.host->inside().own_id(via)));
        ids.push_back(s.host->inside().own_id(via));
        CHECK(bep42_id{}.plausible(ids.back(), s.host->at(via).ip));
        CHECK(s.host->inside().external(via) == s.host->at(via));
        CHECK(s.host->inside().good_contacts(via) >= 15);
        std::size_t known_by = 0;
        for (auto const* h : s.net.hosts)
            known_by +=
                contains(contacts_of(h->inside()), node_contact{ids.back(), s.host->at(via)}) ? 1U
                                                                                              : 0U;
        CHECK(known_by >= 10);
        for (via_index other = 0; other < 3; ++other) // it is no contact of its own
            CHECK_FALSE(knows(s.host->inside(), s.host->at(other), via));
    }
}

TEST_CASE("lookups of one target from several addresses are spaced (BEP 45)") {
    multi_homed_scene s{33};
    info_hash const hash = s.w.draw_hash();
    std::array<std::optional<instant>, 3> begun;
    auto const guard = s.w.install([&](sim::datagram const& d) {
        if (!is_from(d, *s.host)) return sim::pass();
        letter const l{d.at, d.from, d.bytes};
        for (via_index via = 0; via < 3; ++via)
            if (l.query() != nullptr && l.query()->method == "get_peers" &&
                d.from == s.host->at(via) && !begun[via])
                begun[via] = d.at;
        return sim::pass();
    });
    outcome const o = s.w.finish(*s.host, s.host->find_peers(hash));
    CHECK(o.error == errc::ok);
    REQUIRE((begun[0] && begun[1] && begun[2]));
    duration const spacing = s.host->inside().limits().lookup_spacing;
    CHECK(*begun[1] - *begun[0] == spacing);
    CHECK(*begun[2] - *begun[1] == spacing);
}

TEST_CASE("a token is used only on the address that received it (BEP 45)") {
    multi_homed_scene s{34};
    std::vector<grant> granted;
    std::vector<grant> used;
    auto const guard = s.w.install([&](sim::datagram const& d) {
        letter const l{d.at, d.from, d.bytes};
        if (l.reply() != nullptr && !l.reply()->token.empty() &&
            contains(s.host->addresses(), d.to))
            granted.push_back({d.to, d.from, std::string{as_text(l.reply()->token)}});
        if (l.query() != nullptr && is_from(d, *s.host))
            if (auto const* a = std::get_if<krpc::announce_peer>(&l.query()->args))
                used.push_back({d.from, d.to, std::string{as_text(a->token)}});
        return sim::pass();
    });
    outcome const o = s.w.finish(*s.host, s.host->announce(s.w.draw_hash(), {.port = 7'000}));
    CHECK(o.stored == used.size());
    CHECK(used.size() >= 24);
    for (grant const& u : used)
        CHECK(contains(granted, u));
}

TEST_CASE("a reply leaves from the address that its query came to") {
    multi_homed_scene s{35};
    auto& asker = *s.net.hosts[7];
    for (via_index via = 0; via < 3; ++via) {
        outcome const o = s.w.finish(asker, asker.ping(s.host->at(via)));
        REQUIRE(o.nodes.size() == 1);
        CHECK(o.nodes[0] == node_contact{s.host->inside().own_id(via), s.host->at(via)});
    }
}
