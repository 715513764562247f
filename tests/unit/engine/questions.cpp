#include "../../catch.hpp"
#include "bench.hpp"

// What a node asks, whose answers count, and what becomes of contacts.

using namespace bench;

namespace {

struct client {
    instant now{seconds{100}};
    dht::node<seeded_random> node;
    endpoint const other = at(0x05060708);

    explicit client(settings const& s = {}) : node{s, seeded_random{1}} {
        node.open(now, at(0x01020304));
        drain(node);
    }

    /// Lets time pass and answers every question, also those that the answers lead to.
    template <class Answer>
    void answer_all(duration d, Answer answer) {
        auto questions = pass(d);
        for (std::size_t i = 0; i < questions.size(); ++i) {
            sent const q = questions[i];
            if (tid_of(q).empty()) continue;
            for (sent& more : tell(node, now, q.to, answer(q)))
                questions.push_back(std::move(more));
        }
    }

    std::vector<sent> pass(duration d) {
        now += d;
        node.advance(now);
        return drain(node);
    }

    std::string reply(sent const& question, std::string const& id) {
        return "d1:rd2:id20:" + id + "e" + tid_of(question) + "1:y1:re";
    }

    /// Makes it a contact: it answers a ping.
    void befriend(endpoint const& who, std::string const& id) {
        node.ping(now, who);
        for (auto const& q : drain(node))
            if (q.to == who) tell(node, now, who, reply(q, id));
        last();
    }

    std::optional<outcome> last() {
        std::optional<outcome> o;
        while (auto next = node.poll_outcome())
            o = std::move(next);
        return o;
    }
};

} // namespace

TEST_CASE("only the endpoint that was asked can answer, with the whole tid") {
    client c;
    c.node.ping(c.now, c.other);
    auto const asked = drain(c.node);
    REQUIRE(asked.size() == 1);
    std::string const good = c.reply(asked[0], id_a);
    tell(c.node, c.now, at(0x05060709), good);
    tell(c.node, c.now, at(0x05060708, 6882), good);
    std::string forged = good;
    forged[good.rfind("1:t6:") + 7] ^= 1;
    tell(c.node, c.now, c.other, forged);
    CHECK_FALSE(c.last());
    CHECK(c.node.good_contacts(0) == 0);
    tell(c.node, c.now, c.other, good);
    auto const o = c.last();
    REQUIRE(o);
    CHECK(o->finished);
    CHECK(as_text(o->nodes.at(0).id.bytes) == id_a);
    CHECK(c.node.good_contacts(0) == 1);
    tell(c.node, c.now, c.other, good); // a repeat is nobody's answer
    CHECK_FALSE(c.last());
}

TEST_CASE("an unanswered ping ends with timed_out") {
    client c;
    c.node.ping(c.now, c.other);
    for (int i = 0; i < 20; ++i)
        c.pass(seconds{1});
    auto const o = c.last();
    REQUIRE(o);
    CHECK(o->error == errc::timed_out);
}

TEST_CASE("who only writes to us is asked before it may enter the table") {
    client c;
    tell(c.node, c.now, c.other, "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe");
    CHECK(c.node.good_contacts(0) == 0);
    auto const asked = c.pass(seconds{1});
    REQUIRE(asked.size() == 1);
    CHECK(asked[0].to == c.other);
    CHECK(asked[0].has("1:q4:ping"));
    tell(c.node, c.now, c.other, c.reply(asked[0], id_a));
    CHECK(c.node.good_contacts(0) == 1);
}

TEST_CASE("an endpoint that answers with another id loses its entry") {
    client c;
    c.node.ping(c.now, c.other);
    tell(c.node, c.now, c.other, c.reply(drain(c.node).at(0), id_a));
    REQUIRE(c.node.good_contacts(0) == 1);
    c.node.ping(c.now, c.other);
    auto const asked = drain(c.node);
    tell(c.node, c.now, c.other, c.reply(asked.back(), id_b));
    bool still_there = false;
    c.node.for_each_contact(0,
                            [&](contact const& k) { still_there |= as_text(k.id.bytes) == id_a; });
    CHECK_FALSE(still_there);
}

TEST_CASE("a contact is still asked although a question to its endpoint without its id was lost") {
    client c;
    c.node.bootstrap(c.now, c.other);
    CHECK(drain(c.node).size() == 1);
    c.befriend(c.other, std::string(20, 'a'));
    c.pass(seconds{15});
    c.pass(seconds{15});
    c.node.find_node(c.now, to_node_id(key160{}));
    auto const asks_the_contact = [&](sent const& q) { return q.to == c.other; };
    auto const questions = drain(c.node);
    CHECK(std::any_of(questions.begin(), questions.end(), asks_the_contact));
}

TEST_CASE("a thief of an id does not displace the one who has it") {
    client c;
    c.node.ping(c.now, c.other);
    tell(c.node, c.now, c.other, c.reply(drain(c.node).at(0), id_a));
    endpoint const thief = at(0x09090909);
    tell(c.node, c.now, thief, "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe");
    c.node.ping(c.now, thief);
    auto const asked = drain(c.node);
    tell(c.node, c.now, thief, c.reply(asked.back(), id_a));
    unsigned count = 0;
    c.node.for_each_contact(0, [&](contact const& k) {
        ++count;
        CHECK(k.at == c.other);
    });
    CHECK(count == 1);
}

TEST_CASE("a bootstrap endpoint that comes alive after ten minutes is found") {
    client c;
    c.node.bootstrap(c.now, c.other);
    bool joined = false;
    for (int s = 0; s < 1'200 && !joined; ++s) {
        auto asked = c.pass(seconds{1});
        if (s < 600) continue;
        for (auto const& q : asked)
            if (q.to == c.other) tell(c.node, c.now, c.other, c.reply(q, id_a));
        joined = c.node.good_contacts(0) == 1;
    }
    CHECK(joined);
}

TEST_CASE("an hour's jump of the clock causes no storm") {
    client c;
    c.node.ping(c.now, c.other);
    tell(c.node, c.now, c.other, c.reply(drain(c.node).at(0), id_a));
    for (int i = 0; i < 60; ++i)
        c.pass(seconds{1});
    std::size_t sent_after = c.pass(hours{1}).size();
    for (int i = 0; i < 10; ++i)
        sent_after += c.pass(seconds{1}).size();
    CHECK(sent_after < 20);
}

TEST_CASE("the external address comes by vote of distinct sites, and brings a plausible id") {
    client c;
    node_id const before = c.node.own_id(0);
    endpoint const external = at(0x0b0c0d0e, 6881);
    for (std::uint32_t i = 0; i < 8; ++i) {
        endpoint const voter = at(0x14000001U + (i << 16U));
        c.node.ping(c.now, voter);
        for (auto const& q : drain(c.node))
            if (q.to == voter)
                tell(c.node, c.now, voter,
                     "d2:ip6:\x0b\x0c\x0d\x0e\x1a\xe1"
                     "1:rd2:id20:" +
                         id_a.substr(1) + static_cast<char>('A' + i) + "e" + tid_of(q) + "1:y1:re");
        if (i == 2) CHECK_FALSE(c.node.external(0));
    }
    REQUIRE(c.node.external(0));
    CHECK(c.node.external(0)->ip == external.ip);
    CHECK(c.node.own_id(0) != before);
    CHECK(bep42_id{}.plausible(c.node.own_id(0), external.ip));
}

TEST_CASE("operations: nobody known, impossible arguments, cancel and stop") {
    client c;
    c.node.find_peers(c.now, {});
    CHECK(c.last()->error == errc::no_contacts);
    c.node.announce(c.now, {}, {});
    CHECK(c.last()->error == errc::invalid_argument);
    auto const id = c.node.ping(c.now, c.other);
    CHECK(c.node.cancel(c.now, id));
    CHECK(c.last()->error == errc::cancelled);
    CHECK_FALSE(c.node.cancel(c.now, id));
    c.node.ping(c.now, c.other);
    c.node.stop(c.now);
    CHECK(c.last()->error == errc::cancelled);
    CHECK_FALSE(c.node.ping(c.now, c.other));
    CHECK_FALSE(c.node.next_deadline());
}

TEST_CASE("settings that can never work are refused with a sentence") {
    settings s;
    s.results = 0;
    CHECK_THROWS_AS(dht::node<>{s}, settings_error);
}

TEST_CASE("a lookup stores on a node that changed its id since the others heard of it") {
    client c;
    c.node.ping(c.now, c.other);
    tell(c.node, c.now, c.other, c.reply(drain(c.node).at(0), id_a));
    drain(c.node);
    c.node.announce(c.now, {}, {6881, false, false});
    bool announced = false;
    for (auto const& q : drain(c.node))
        if (q.has("9:get_peers"))
            for (auto const& next :
                 tell(c.node, c.now, c.other,
                      "d1:rd2:id20:" + id_b + "5:token3:abce" + tid_of(q) + "1:y1:re"))
                announced |= next.has("13:announce_peer") && next.has("5:token3:abc");
    CHECK(announced);
}

TEST_CASE("who answers with errors only does not keep upkeep from asking others") {
    client c;
    c.befriend(c.other, id_a);
    endpoint const second = at(0x15060708);
    c.befriend(second, id_b);
    std::size_t asked_other = 0;
    std::size_t asked_second = 0;
    for (int s = 0; s < 3'600; ++s)
        c.answer_all(seconds{1}, [&](sent const& q) {
            (q.to == c.other ? asked_other : asked_second) += 1;
            return q.to == c.other ? "d1:eli202e5:sorrye" + tid_of(q) + "1:y1:ee"
                                   : c.reply(q, id_b);
        });
    CHECK(asked_second >= 3);
    CHECK(asked_other >= 3);
    CHECK(asked_other < 60);
    CHECK(c.node.good_contacts(0) == 2);
}

TEST_CASE("who was only heard of and answers with an error is forgotten") {
    client c;
    tell(c.node, c.now, c.other, "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe");
    std::size_t asked = 0;
    for (int s = 0; s < 120; ++s)
        c.answer_all(seconds{1}, [&](sent const& q) {
            ++asked;
            return "d1:eli202e5:sorrye" + tid_of(q) + "1:y1:ee";
        });
    CHECK(asked == 1);
}

namespace {

/// Eight made-up nodes, ever closer to a target, as compact node info.
std::string closer_nodes(key160 const& target, std::uint32_t& next, seeded_random& chance) {
    std::string nodes;
    for (int i = 0; i < 8; ++i, ++next) {
        key160 filler;
        chance.fill(filler.bytes);
        nodes += as_text(with_prefix(target, std::min(150U, 20 + next / 8), filler).bytes);
        std::uint32_t const ip = 0x20000000U + next * 65'537U;
        for (unsigned shift = 32; shift > 0; shift -= 8)
            nodes += static_cast<char>(ip >> (shift - 8) & 0xffU);
        nodes += "\x1a\xe1";
    }
    return nodes;
}

} // namespace

TEST_CASE("whoever keeps naming closer nodes is asked only so often") {
    settings s;
    s.lookup_questions_max = 64;
    s.operation_time_max = minutes{10};
    client c{s};
    seeded_random chance{5};
    std::uint32_t next = 0;
    c.befriend(c.other, id_a);
    for (int tenths = 0; tenths < 600; ++tenths)
        c.answer_all(milliseconds{100}, [&](sent const& q) { return c.reply(q, id_a); });
    c.node.find_node(c.now, {});
    std::size_t asked = 0;
    std::optional<outcome> end;
    for (int tenths = 0; tenths < 3'000 && !(end && end->finished); ++tenths) {
        c.answer_all(milliseconds{100}, [&](sent const& q) {
            bool const ours = q.has("6:target20:" + std::string(20, '\0'));
            asked += ours ? 1 : 0;
            std::string const nodes = ours ? "5:nodes208:" + closer_nodes({}, next, chance) : "";
            return "d1:rd2:id20:" + id_b.substr(0, 16) + std::to_string(1'000 + next % 9'000) +
                   nodes + "e" + tid_of(q) + "1:y1:re";
        });
        end = c.last();
    }
    REQUIRE(end);
    CHECK(end->error == errc::ok);
    CHECK(end->asked == 64);
    CHECK(asked == 64);
}

TEST_CASE("one change of id is one, however many addresses of ours hear of it") {
    client c;
    via_index const second = c.node.open(c.now, at(0x31323334));
    for (std::string const& id : {id_a, id_b}) // c.other has id_a, then id_b, for both of us
        for (via_index via : {via_index{0}, second}) {
            tell(c.node, c.now, c.other, "d1:ad2:id20:" + id + "e1:q4:ping1:t2:aa1:y1:qe", via);
            c.node.find_node(c.now, {});
            c.node.bootstrap(c.now, c.other);
            for (int s = 0; s < 20; ++s) {
                c.now += seconds{1};
                c.node.advance(c.now);
                while (auto const t = c.node.poll_transmit()) {
                    sent const q{t->to, std::string{as_text(t->bytes)}};
                    via_index const from = t->via;
                    if (q.to == c.other && !tid_of(q).empty())
                        c.node.receive(c.now, from, c.other, as_bytes(c.reply(q, id)));
                }
            }
        }
    CHECK(c.node.good_contacts(0) == 1);
    CHECK(c.node.good_contacts(second) == 1);
}

TEST_CASE("an operation that finds no address, or no room for its lookup, says so") {
    dht::node<> nowhere;
    nowhere.find_node(instant{seconds{1}}, {});
    auto const none = nowhere.poll_outcome();
    REQUIRE(none);
    CHECK(none->error == errc::no_contacts);

    settings s;
    s.lookups_max = 1;
    dht::node<> narrow{s};
    instant const now{seconds{1}};
    narrow.open(now, at(0x01020304));
    narrow.bootstrap(now, at(0x05060708));
    narrow.find_node(now, {});
    narrow.find_node(now, {});
    auto const full = narrow.poll_outcome();
    REQUIRE(full);
    CHECK(full->finished);
    CHECK(full->error == errc::limit_reached);
}

TEST_CASE("after stop nothing is asked, whatever the user does") {
    client c;
    std::vector<std::byte> state;
    c.node.snapshot(c.now, state);
    c.node.stop(c.now);
    c.node.bootstrap(c.now, c.other);
    CHECK(c.node.restore(c.now, state) == errc::cancelled);
    CHECK_FALSE(c.node.find_node(c.now, {}));
    CHECK(c.pass(seconds{60}).empty());
    CHECK(tell(c.node, c.now, c.other, "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe").empty());
}

TEST_CASE("an announce with implied_port names our port too, for those who do not know that") {
    client c;
    c.befriend(c.other, id_a);
    c.node.announce(c.now, {}, {0, true, false});
    std::string announce;
    for (auto const& q : drain(c.node))
        if (q.has("9:get_peers"))
            for (auto const& next :
                 tell(c.node, c.now, c.other,
                      "d1:rd2:id20:" + id_a + "5:token3:abce" + tid_of(q) + "1:y1:re"))
                announce = next.bytes;
    CHECK(announce.find("12:implied_porti1e") != std::string::npos);
    CHECK(announce.find("4:porti6881e") != std::string::npos);
}

TEST_CASE("a new id makes the node look up its new neighbourhood") {
    client c;
    c.befriend(c.other, id_a);
    for (int s = 0; s < 60; ++s)
        for (auto const& q : c.pass(seconds{1}))
            tell(c.node, c.now, q.to, c.reply(q, id_a));
    node_id const before = c.node.own_id(0);
    for (std::uint32_t i = 0; c.node.own_id(0) == before && i < 16; ++i) {
        endpoint const voter = at(0x14000001U + (i << 16U));
        c.node.ping(c.now, voter);
        for (auto const& q : drain(c.node))
            if (q.to == voter)
                tell(c.node, c.now, voter,
                     "d2:ip6:\x0b\x0c\x0d\x0e\x1a\xe1"
                     "1:rd2:id20:" +
                         id_a.substr(1) + static_cast<char>('A' + i) + "e" + tid_of(q) + "1:y1:re");
    }
    REQUIRE(c.node.own_id(0) != before);
    auto const near_us = "6:target20:" + std::string{as_text(c.node.own_id(0).bytes)}.substr(0, 19);
    bool looked = false;
    for (int s = 0; s < 10; ++s)
        for (auto const& q : c.pass(seconds{1}))
            looked |= q.has("9:find_node") && q.has(near_us);
    CHECK(looked);
}

TEST_CASE("find_peers tells of peers as they come, and of all at the end") {
    client c;
    c.befriend(c.other, id_a);
    endpoint const second = at(0x15060708);
    c.befriend(second, id_b);
    c.node.find_peers(c.now, {});
    auto const asked = drain(c.node);
    auto const answer = [&](endpoint const& who, std::string const& id, std::string const& peer) {
        for (auto const& q : asked)
            if (q.to == who && q.has("9:get_peers"))
                tell(c.node, c.now, who,
                     "d1:rd2:id20:" + id + "6:valuesl6:" + peer + "ee" + tid_of(q) + "1:y1:re");
    };
    answer(c.other, id_a, "\x05\x05\x05\x05\x1a\xe1");
    auto const early = c.node.poll_outcome();
    REQUIRE(early);
    CHECK_FALSE(early->finished);
    CHECK(early->peers == std::vector{at(0x05050505)});
    CHECK_FALSE(c.node.poll_outcome());
    answer(second, id_b, "\x06\x06\x06\x06\x1a\xe1");
    auto const end = c.last();
    REQUIRE(end);
    CHECK(end->finished);
    CHECK(end->peers.size() == 2);
    CHECK(end->nodes.size() == 2);
}

TEST_CASE("a liar who names a node where it is not does not hide it from a lookup under way") {
    client c;
    endpoint const liar = at(0x05060708);
    endpoint const honest = at(0x09060708);
    endpoint const nowhere = at(0x0b010203);
    endpoint const there = at(0x0d010203);
    c.befriend(liar, id_a);
    c.befriend(honest, id_b);
    std::string const id_x(20, '\x01');
    auto const names_x = [&](sent const& q, endpoint const& where, std::string const& id) {
        std::string node = id_x;
        node.resize(26);
        compact::write_endpoint(reinterpret_cast<std::byte*>(node.data()) + 20, where);
        return "d1:rd2:id20:" + id + "5:nodes26:" + node + "e" + tid_of(q) + "1:y1:re";
    };
    c.node.find_node(c.now, to_node_id(key160{}));
    auto const asked = drain(c.node);
    std::vector<sent> more; // the liar is quicker, and its name is asked at once
    for (endpoint const& who : {liar, honest})
        for (sent const& q : asked)
            if (q.to == who && q.has("9:find_node"))
                for (sent& next :
                     tell(c.node, c.now, who,
                          who == liar ? names_x(q, nowhere, id_a) : names_x(q, there, id_b)))
                    more.push_back(std::move(next));
    auto const to = [&](endpoint const& who) {
        return std::find_if(more.begin(), more.end(), [&](sent const& q) { return q.to == who; });
    };
    REQUIRE(to(nowhere) != more.end());
    REQUIRE(to(there) != more.end());
    tell(c.node, c.now, there, c.reply(*to(there), id_x));
    c.pass(seconds{30});
    auto const o = c.last();
    REQUIRE(o);
    REQUIRE(o->nodes.size() == 3);
    CHECK(o->nodes[0].at == there);
}
