#include <dht/policy/id_generator.hpp>
#include <dht/sim/adversary.hpp>

#include "../../catch.hpp"
#include <cstdio>
#include <map>
#include <set>

// What adversaries do to a host that asks them, and how they lie. Their victims are scripted.

using namespace dht;

namespace {

endpoint const victim = sim::public_v4(5'000'000);

std::vector<node_contact> some_nodes(std::uint32_t count, std::uint32_t first, std::uint64_t seed) {
    seeded_random chance{seed};
    return sim::identities(sim::scattered_addresses(count, first), random_id{}, chance);
}

/// What a reply says, kept after its bytes are gone.
struct heard {
    endpoint from;
    node_id id;
    std::vector<node_contact> nodes;
    std::string token;
    instant at;
};

/// A world with members of a conspiracy, honest nodes that are only names, and somebody who asks.
struct conspiracy_scene {
    explicit conspiracy_scene(std::uint32_t members, std::uint32_t honest = 2'000) {
        ring.enlist(some_nodes(members, 0, 2));
        ring.learn(some_nodes(honest, 100'000, 3));
    }

    void behave(sim::behaviour b) { host = &w.add_script(ring.addresses(), answering(ring, b)); }

    std::vector<heard> ask(endpoint const& whom, krpc::arguments const& args,
                           std::string_view method) {
        replies.clear();
        sim::packet bytes(500);
        bytes.resize(krpc::encode_query(bytes, {as_bytes("ab"), {}, {}}, method, args));
        asker.send(whom, bytes);
        w.run_for(seconds{1});
        return replies;
    }

    std::vector<node_contact> find_node(endpoint const& whom, key160 const& target) {
        auto const all = ask(whom, krpc::find_node{target}, "find_node");
        REQUIRE(all.size() == 1);
        return all[0].nodes;
    }

    void note(sim::datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(d.bytes, m, why) == errc::ok);
        auto const* const r = std::get_if<krpc::reply>(&m.body);
        if (r == nullptr) return;
        CHECK(as_text(m.tid) == "ab");
        heard h{d.from, r->sender, {}, std::string{as_text(r->token)}, d.at};
        for (compact::node_reader in{r->nodes, family::ipv4}; auto const n = in.next();)
            h.nodes.push_back(*n);
        replies.push_back(std::move(h));
    }

    sim::world w{1, sim::link::fixed(milliseconds{40})};
    sim::conspiracy ring{7};
    sim::scripted_host* host = nullptr;
    std::vector<heard> replies{};
    sim::scripted_host& asker =
        w.add_script(victim, [this](auto&, sim::datagram const& d) { note(d); });
};

/// By looking at everybody.
std::vector<node_contact> closest(std::vector<node_contact> all, key160 const& target,
                                  std::size_t count) {
    std::sort(all.begin(), all.end(), [&](node_contact const& a, node_contact const& b) {
        return closer(a.id, b.id, target);
    });
    all.resize(std::min(count, all.size()));
    return all;
}

std::vector<node_contact> names(sim::conspiracy const& ring) {
    std::vector<node_contact> all;
    for (sim::member const& m : ring.members())
        all.push_back({m.id, m.at});
    return all;
}

} // namespace

TEST_CASE("the closest of a sorted list are those that looking at everybody finds") {
    seeded_random chance{1};
    sim::conspiracy ring{1};
    auto const nodes = some_nodes(500, 0, 1);
    ring.learn(nodes);
    for (std::size_t i = 0; i < 200; ++i) {
        key160 target = sim::random_key(chance);
        if (i % 4 == 0) target = nodes[i].id;
        if (i % 4 == 1) target = with_prefix(key160{nodes[i].id}, 155, target);
        CHECK(ring.closest_honest(target, i % 30) == closest(nodes, target, i % 30));
    }
    CHECK(ring.closest_honest({}, 1'000).size() == 500);
    auto const odd = [](sim::member const& m) { return m.id.bit(159); };
    ring.enlist(nodes);
    for (node_contact const& n : ring.closest_members({}, 50, {}, odd))
        CHECK(n.id.bit(159));
}

TEST_CASE("a scripted host speaks from all of its addresses, and in the name of others") {
    sim::world w{1, sim::link::fixed(milliseconds{1})};
    auto const at = sim::scattered_addresses(300);
    std::vector<endpoint> heard;
    auto& many = w.add_script(at, [](sim::scripted_host& h, sim::datagram const& d) {
        h.send_as(d.to, d.from, d.bytes);
    });
    auto& one = w.add_script(victim, [&](auto&, sim::datagram const& d) {
        heard.push_back(d.from);
        CHECK(d.to == victim);
    });
    one.send(at[299], as_bytes("x"));
    w.run_for(seconds{1});
    many.send_as(sim::public_v4(777), victim, as_bytes("x"));
    w.run_for(seconds{1});
    CHECK(heard == std::vector{at[299], sim::public_v4(777)});
}

TEST_CASE("a pacer keeps its rate until it ends") {
    sim::world w{1};
    for (double const rate : {0.5, 7.0, 999.0, 1'000.0, 1'500.0, 100'000.0}) {
        CAPTURE(rate);
        std::uint64_t calls = 0;
        {
            sim::pacer const p{w, rate, [&] { ++calls; }};
            w.run_for(seconds{10});
            CHECK(static_cast<double>(calls) == Approx(10 * rate).epsilon(0.002).margin(1));
        }
        std::uint64_t const before = calls;
        w.run_for(seconds{10});
        CHECK(calls == before);
    }
}

TEST_CASE("a behaviour is any function of a question, and nothing is an answer too") {
    conspiracy_scene s{10};
    s.behave([](sim::question const& q) {
        return q.query.method == "ping" ? sim::answer(q, {}) : sim::packet{};
    });
    endpoint const one = s.ring.members()[3].at;
    auto const replies = s.ask(one, krpc::ping{}, "ping");
    REQUIRE(replies.size() == 1);
    CHECK(replies[0].from == one);
    CHECK(replies[0].id == s.ring.members()[3].id);
    CHECK(s.ask(one, krpc::find_node{}, "find_node").empty());
    s.asker.send(one, as_bytes("d1:rd2:id20:aaaaaaaaaaaaaaaaaaaae1:t2:ab1:y1:re"));
    s.asker.send(one, as_bytes("nonsense"));
    s.w.run_for(seconds{1});
    CHECK(s.replies.empty());
}

TEST_CASE("who has not come yet says nothing, and nobody names it") {
    conspiracy_scene s{0};
    instant const noon = s.w.now() + seconds{10};
    s.ring.enlist(some_nodes(8, 0, 2), noon);
    s.behave(sim::good_citizen{s.ring});
    endpoint const one = s.ring.members()[0].at;
    CHECK(s.ask(one, krpc::ping{}, "ping").empty());
    CHECK(s.ring.closest({}, 3'000, s.w.now()).size() == 2'000);
    s.w.run_for(seconds{10});
    CHECK(s.ask(one, krpc::ping{}, "ping").size() == 1);
    CHECK(s.ring.closest({}, 3'000, s.w.now()).size() == 2'008);
}

TEST_CASE("A-SK names the members that are closer to the target than itself, and nobody else") {
    conspiracy_scene s{400};
    s.behave(sim::diverter{s.ring});
    auto const all = names(s.ring);
    for (std::size_t i = 0; i < 50; ++i) {
        key160 const target = sim::random_key(s.w.workload());
        auto expected = closest(all, target, 8);
        std::erase_if(expected, [&](auto const& n) { return !closer(n.id, all[i].id, target); });
        CHECK(s.find_node(all[i].at, target) == expected);
    }
    key160 const own = all[0].id;
    CHECK(s.find_node(all[0].at, own).empty()); // nobody is closer
    auto const peers = s.ask(all[1].at, krpc::get_peers{to_info_hash(own)}, "get_peers");
    CHECK(peers[0].nodes[0] == all[0]);
    CHECK(peers[0].token == "good");
    CHECK(s.ask(all[1].at, krpc::announce_peer{{}, as_bytes("good"), 1}, "announce_peer").size() ==
          1);
}

TEST_CASE("A-SK spreads valid ids under addresses where nobody is") {
    conspiracy_scene s{400};
    s.behave(sim::diverter{s.ring, 3});
    key160 const target = sim::random_key(s.w.workload());
    auto const far = closest(names(s.ring), target, 400).back();
    auto const nodes = s.find_node(far.at, target);
    REQUIRE(nodes.size() == 8);
    auto const honest = closest(s.ring.honest(), target, 3);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(nodes[5 + i].id == honest[i].id);
        CHECK(nodes[5 + i].at.ip == honest[i].at.ip);
        CHECK(nodes[5 + i].at.port != honest[i].at.port);
    }
}

TEST_CASE("A-SKs leads on and on, and names nobody twice") {
    conspiracy_scene s{4'000};
    s.behave(sim::lasting_diverter{s.ring});
    auto const near = s.w.install(sim::well_connected(s.ring, milliseconds{10}));
    key160 const target = sim::random_key(s.w.workload());
    node_contact at{s.ring.members()[0].id, s.ring.members()[0].at};
    std::set<endpoint> places;
    std::set<node_id> ids;
    for (int hop = 0; hop < 30; ++hop) {
        instant const asked = s.w.now();
        auto const replies = s.ask(at.at, krpc::find_node{target}, "find_node");
        REQUIRE(replies.size() == 1);
        CHECK(replies[0].at - asked == milliseconds{10});
        CHECK(replies[0].id == at.id); // it goes by the name that it was given
        REQUIRE(replies[0].nodes.size() == 8);
        for (node_contact const& n : replies[0].nodes) {
            CHECK(places.insert(n.at).second);
            CHECK(ids.insert(n.id).second);
            CHECK(closer(n.id, at.id, target));
        }
        at = replies[0].nodes[0];
    }
    CHECK(s.ask(at.at, krpc::ping{}, "ping")[0].id == at.id);
}

TEST_CASE("A-SKs with the names of its members runs out of them") {
    conspiracy_scene s{100};
    s.behave(sim::lasting_diverter{s.ring, sim::names::own});
    key160 const target = sim::random_key(s.w.workload());
    auto const far = closest(names(s.ring), target, 100).back();
    std::vector<node_contact> told;
    for (int i = 0; i < 14; ++i)
        for (node_contact const& n : s.find_node(far.at, target))
            told.push_back(n);
    CHECK(told == closest(names(s.ring), target, 99)); // all but itself, once
}

TEST_CASE("A-SKs remembers no more than it may") {
    conspiracy_scene s{100};
    s.behave(sim::lasting_diverter{s.ring, sim::names::invented, 20});
    for (int i = 0; i < 30; ++i)
        CHECK(s.find_node(s.ring.members()[0].at, {}).size() == 8);
}

TEST_CASE("A-TAB is a good node until it turns") {
    conspiracy_scene s{50};
    s.behave(
        sim::turncoat{s.w.now() + seconds{10}, sim::good_citizen{s.ring}, sim::diverter{s.ring}});
    auto everybody = names(s.ring);
    everybody.insert(everybody.end(), s.ring.honest().begin(), s.ring.honest().end());
    key160 const target = sim::random_key(s.w.workload());
    auto const far = closest(names(s.ring), target, 50).back();
    CHECK(s.find_node(far.at, target) == closest(everybody, target, 8));
    s.w.run_for(seconds{10});
    CHECK(s.find_node(far.at, target) == closest(names(s.ring), target, 8));
}

TEST_CASE("an id changer has another id in each reply") {
    conspiracy_scene s{5};
    s.behave(sim::id_changer{s.ring});
    std::set<node_id> ids;
    for (int i = 0; i < 20; ++i)
        ids.insert(s.ask(s.ring.members()[0].at, krpc::ping{}, "ping")[0].id);
    CHECK(ids.size() == 20);
}

TEST_CASE("A-HOR comes within an hour, and introduces itself to honest nodes") {
    sim::world w{1, sim::link::fixed(milliseconds{5})};
    sim::conspiracy ring{7};
    auto const honest = some_nodes(200, 100'000, 3);
    std::map<node_id, std::set<endpoint>> visitors; // and whom they asked
    auto const at_door = [&](auto&, sim::datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(d.bytes, m, why) == errc::ok);
        auto const& q = std::get<krpc::query>(m.body);
        CHECK(ring.member_at(d.from)->id == q.sender);
        visitors[q.sender].insert(d.to);
    };
    for (node_contact const& n : honest)
        w.add_script(n.at, at_door);
    ring.enlist(some_nodes(600, 0, 2), never);
    ring.learn(honest);
    auto& host = w.add_script(ring.addresses(), answering(ring, sim::diverter{ring}));
    sim::infiltration const coming{w, host, ring, hours{1}};
    w.run_for(minutes{30});
    CHECK(coming.arrived() == Approx(300).margin(2));
    CHECK(visitors.size() == Approx(300).margin(2));
    CHECK(ring.closest_members({}, 600, w.now()).size() == coming.arrived());
    w.run_for(minutes{31});
    CHECK(coming.arrived() == 600);
    CHECK(visitors.size() == 600);
    for (auto const& [id, asked] : visitors)
        for (node_contact const& n : closest(honest, id, 4))
            CHECK(asked.contains(n.at));
}

TEST_CASE("A-VERT stands between the target and everybody else") {
    seeded_random chance{5};
    for (int i = 0; i < 20; ++i) {
        key160 const target = sim::random_key(chance);
        auto const nearest = closest(some_nodes(300, 0, 9), target, 1)[0].id;
        double nearer_half = 0;
        for (node_id const& id : sim::vertical_ids(target, nearest, 500, chance)) {
            CHECK(closer(id, nearest, target));
            auto const distance = static_cast<double>((id ^ target).high_bits());
            auto const edge = static_cast<double>((nearest ^ target).high_bits());
            nearer_half += distance < edge / 2 ? 1 : 0;
        }
        CHECK(nearer_half == Approx(250).margin(50)); // uniform: deviation 11
    }
}

TEST_CASE("a density test sees A-VERT; A-VERTstealth is as near as it lets it be") {
    constexpr double nodes = 10'000;
    auto const honest = some_nodes(10'000, 0, 11);
    sim::conspiracy everybody{1};
    everybody.learn(honest);
    seeded_random chance{6};
    auto const spacings_of = [&](key160 const& target, std::vector<node_id> const& sybils) {
        std::vector<double> all;
        for (node_contact const& n : everybody.closest_honest(target, 40))
            all.push_back(sim::spacings_between(n.id, target, nodes));
        for (node_id const& id : sybils)
            all.push_back(sim::spacings_between(id, target, nodes));
        std::sort(all.begin(), all.end());
        return all;
    };
    int among_closest = 0;
    int full = 0;
    for (int i = 0; i < 40; ++i) {
        key160 const target = sim::random_key(chance);
        auto const alone = spacings_of(target, {});
        auto const nearest = everybody.closest_honest(target, 1)[0].id;
        auto const open = sim::vertical_ids(target, nearest, 16, chance);
        CHECK(sim::density_p_value(spacings_of(target, open)) < 1e-6);
        auto const secret = sim::stealthy_ids(target, alone, {nodes, 0.001, 16}, chance);
        CHECK(sim::density_p_value(spacings_of(target, secret)) >= 0.000'999);
        CHECK(secret.size() == 16);
        double const eighth = spacings_of(target, secret)[7];
        for (node_id const& id : secret)
            among_closest += sim::spacings_between(id, target, nodes) <= eighth ? 1 : 0;
        // One more so near would show.
        full += sim::density_p_value(sim::detail::with(spacings_of(target, secret), 0.1)) < 0.001;
    }
    CHECK(among_closest / 40.0 > 3); // of eight
    CHECK(among_closest / 40.0 < 7);
    CHECK(full > 30);
    std::printf("A-VERTstealth, p >= 0.001: %.2f of the closest 8\n", among_closest / 40.0);
}

TEST_CASE("crowded addresses are in as many networks as they may, and all differ") {
    std::map<address, int> in_net;
    std::set<endpoint> all;
    for (endpoint const& e : sim::crowded_addresses(20'000, 64)) {
        ++in_net[site_of(e.ip)];
        CHECK(all.insert(e).second);
        CHECK_FALSE(is_local(e.ip));
    }
    CHECK(in_net.size() == 64);
    for (auto const& [net, count] : in_net)
        CHECK(count == Approx(20'000.0 / 64).margin(1));
    seeded_random chance{1};
    for (node_contact const& n :
         sim::identities(sim::crowded_addresses(500, 64), bep42_id{}, chance))
        CHECK(bep42_id{}.plausible(n.id, n.at.ip));
}

TEST_CASE("garbage is of all kinds and none of it is read as what it was") {
    seeded_random chance{1};
    krpc::message m;
    krpc::refusal why;
    std::array<int, sim::garbage_kinds> fine{};
    for (int i = 0; i < 2'000; ++i)
        for (std::size_t kind = 0; kind < sim::garbage_kinds; ++kind) {
            auto const bytes = sim::make_garbage(static_cast<sim::garbage>(kind), chance);
            CHECK(bytes.size() <= 1'400);
            fine[kind] += krpc::decode(bytes, m, why) == errc::ok ? 1 : 0;
        }
    CHECK(fine[static_cast<std::size_t>(sim::garbage::flipped)] > 200); // another id, say
    fine[static_cast<std::size_t>(sim::garbage::flipped)] = 0;
    CHECK(fine == std::array<int, sim::garbage_kinds>{});
}

TEST_CASE("a garbage sender reaches all of its victims at its rate") {
    sim::world w{1};
    std::map<endpoint, int> reached;
    std::vector<endpoint> to = sim::scattered_addresses(10, 50);
    w.add_script(to, [&](auto&, sim::datagram const& d) { ++reached[d.to]; });
    auto& from = w.add_script(sim::public_v4(1), {});
    {
        sim::garbage_sender const noise{w, from, to, 2'000, 1};
        w.run_for(seconds{2});
    }
    w.run_for(seconds{2});
    CHECK(from.datagrams_sent() == 4'000);
    CHECK(reached.size() == 10);
    for (auto const& [at, count] : reached)
        CHECK(count == Approx(400).margin(100));
}

TEST_CASE("a reflector hits its victim with what others answer, and measures how hard") {
    sim::world w{1, sim::link::fixed(milliseconds{5})};
    std::size_t hit = 0;
    w.add_script(victim, [&](auto&, sim::datagram const& d) { hit += d.bytes.size(); });
    auto const mirrors = sim::scattered_addresses(10, 50);
    w.add_script(mirrors, [](sim::scripted_host& h, sim::datagram const& d) {
        CHECK(d.from == victim);
        std::string const twice = std::string{as_text(d.bytes)} + std::string{as_text(d.bytes)};
        h.send_as(d.to, d.from, as_bytes(twice));
    });
    auto& bystander = w.add_script(sim::public_v4(2), {});
    auto& from = w.add_script(sim::public_v4(1), {});
    sim::reflector const attack{w, from, victim, mirrors, 100, 1};
    bystander.send(victim, as_bytes("hello"));
    w.run_for(seconds{10});
    CHECK(from.datagrams_sent() == 1'000);
    CHECK(attack.amplification() == Approx(2).epsilon(0.01));
    CHECK(attack.hit_bytes() == hit - 5);
}

TEST_CASE("a token guesser announces from everywhere, and counts what is taken") {
    sim::world w{1, sim::link::fixed(milliseconds{5})};
    std::set<endpoint> sources;
    std::set<std::string> tokens;
    endpoint const target = sim::public_v4(1);
    w.add_script(target, [&](sim::scripted_host& h, sim::datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(d.bytes, m, why) == errc::ok);
        auto const& a = std::get<krpc::announce_peer>(std::get<krpc::query>(m.body).args);
        sources.insert(d.from);
        tokens.emplace(as_text(a.token));
        CHECK(a.token.size() == 4);
        sim::packet reply(200);
        krpc::reply_parts parts;
        parts.tid = m.tid;
        bool const lucky = a.token[0] == std::byte{0};
        reply.resize(lucky ? krpc::encode_reply(reply, parts)
                           : krpc::encode_error(reply, m.tid, {}, {}, krpc::error_code::protocol,
                                                "bad token"));
        h.send(d.from, reply);
    });
    auto& from = w.add_script(sim::public_v4(2), {});
    {
        sim::token_guesser const guesses{w, from, {target, {}, 4}, 3};
        w.run_for(milliseconds{100});
        CHECK(guesses.guesses() == 10'000); // 100 kpps
        CHECK(guesses.taken() == Approx(39).margin(25));
    }
    w.run_for(seconds{1});
    CHECK(sources.size() > 9'900);
    CHECK(tokens.size() > 9'900);
}
