#include "../../catch.hpp"
#include "bench.hpp"

// What a node asks, whose answers count, and what becomes of contacts.

using namespace bench;

namespace {

struct client {
    instant now{seconds{100}};
    dht::node<seeded_random> node{settings{}, seeded_random{1}};
    endpoint const other = at(0x05060708);

    client() {
        node.open(now, at(0x01020304));
        drain(node);
    }

    std::vector<sent> pass(duration d) {
        now += d;
        node.advance(now);
        return drain(node);
    }

    std::string reply(sent const& question, std::string const& id) {
        return "d1:rd2:id20:" + id + "e" + tid_of(question) + "1:y1:re";
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

TEST_CASE("a snapshot brings contacts and id back; a damaged one changes nothing") {
    client c;
    c.node.ping(c.now, c.other);
    tell(c.node, c.now, c.other, c.reply(drain(c.node).at(0), id_a));
    std::vector<std::byte> bytes;
    c.node.snapshot(c.now, bytes);
    client fresh;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto damaged = bytes;
        damaged[i] ^= std::byte{0x40};
        CHECK(fresh.node.restore(fresh.now, damaged) != errc::ok);
        CHECK(fresh.node.restore(fresh.now, byte_view{bytes}.first(i)) != errc::ok);
    }
    CHECK(fresh.node.good_contacts(0) == 0);
    REQUIRE(fresh.node.restore(fresh.now, bytes) == errc::ok);
    CHECK(fresh.node.good_contacts(0) == 1);
    CHECK(fresh.node.own_id(0) == c.node.own_id(0));
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
