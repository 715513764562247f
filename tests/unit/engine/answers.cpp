#include "../../catch.hpp"
#include "bench.hpp"

// What a node answers, byte by byte: BEP 5, 32, 42, 43 and what bad input gets.

using namespace bench;

namespace {

using quiet_node = dht::node<seeded_random>;

struct quiet_server {
    instant now{seconds{100}};
    quiet_node node{settings{}, seeded_random{1}};
    endpoint const asker = at(0x05060708, 4000);

    quiet_server() { node.open(now, at(0x01020304)); }

    auto tell(std::string_view bytes) { return bench::tell(node, now, asker, bytes); }

    /// A valid token for the asker and info hash id_b.
    std::string token() {
        auto const out =
            tell("d1:ad2:id20:" + id_a + "9:info_hash20:" + id_b + "e1:q9:get_peers1:t2:aa1:y1:qe");
        auto const at = out.at(0).bytes.find("5:token16:");
        return out.at(0).bytes.substr(at + 10, 16);
    }

    std::string announce(std::string const& token, std::string const& port = "4:porti6881e") {
        return "d1:ad2:id20:" + id_a + "9:info_hash20:" + id_b + port + "5:token" +
               std::to_string(token.size()) + ":" + token + "e1:q13:announce_peer1:t2:aa1:y1:qe";
    }

    bool stores_peer(std::uint16_t port) {
        auto const out =
            tell("d1:ad2:id20:" + id_a + "9:info_hash20:" + id_b + "e1:q9:get_peers1:t2:aa1:y1:qe");
        std::string compact{'\x05', '\x06', '\x07', '\x08'};
        compact += static_cast<char>(port >> 8);
        compact += static_cast<char>(port & 0xff);
        return out.at(0).has("6:valuesl6:" + compact);
    }
};

} // namespace

TEST_CASE("a ping is answered with our id, the asker's address and the tid") {
    quiet_server s;
    auto const out = s.tell("d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe");
    REQUIRE(out.size() == 1);
    CHECK(out[0].to == s.asker);
    std::string const own{as_text(s.node.own_id(0).bytes)};
    CHECK(out[0].has("1:rd2:id20:" + own + "e1:t2:aa"));
    CHECK(out[0].bytes.substr(0, 7) == "d2:ip6:");
    CHECK(out[0].bytes.substr(7, 6) == std::string("\x05\x06\x07\x08\x0f\xa0", 6));
    CHECK(out[0].has("1:v4:DH"));
}

TEST_CASE("announce_peer stores with a good token only, once per address") {
    quiet_server s;
    std::string const token = s.token();
    CHECK(s.tell(s.announce("wrong")).at(0).has("1:eli203e"));
    CHECK_FALSE(s.stores_peer(6881));
    CHECK(s.tell(s.announce(token)).at(0).has("1:rd2:id20:"));
    CHECK(s.stores_peer(6881));
    CHECK(s.tell(s.announce(token, "4:porti7000e")).at(0).has("1:rd2:id20:"));
    CHECK(s.stores_peer(7000));
    CHECK_FALSE(s.stores_peer(6881)); // BEP 33: one entry per infohash and IP
}

TEST_CASE("implied_port takes the port of the datagram and needs no other") {
    quiet_server s;
    std::string const token = s.token();
    std::string const bytes = "d1:ad2:id20:" + id_a + "12:implied_porti1e9:info_hash20:" + id_b +
                              "5:token16:" + token + "e1:q13:announce_peer1:t2:aa1:y1:qe";
    CHECK(s.tell(bytes).at(0).has("1:rd2:id20:"));
    CHECK(s.stores_peer(4000));
}

TEST_CASE("a token is good for a quarter of an hour at most, and for no other address") {
    quiet_server s;
    std::string const token = s.token();
    auto const thief = bench::tell(s.node, s.now, at(0x05060709), s.announce(token));
    CHECK(thief.at(0).has("1:eli203e"));
    s.now += minutes{14};
    s.node.advance(s.now);
    drain(s.node);
    CHECK(s.tell(s.announce(token)).at(0).has("1:rd2:id20:"));
    s.now += minutes{2};
    s.node.advance(s.now);
    drain(s.node);
    CHECK(s.tell(s.announce(token)).at(0).has("1:eli203e"));
}

TEST_CASE("unknown methods with a target are answered like find_node, others with 204") {
    quiet_server s;
    auto const with_target =
        s.tell("d1:ad2:id20:" + id_a + "6:target20:" + id_b + "e1:q10:frobnicate1:t2:aa1:y1:qe");
    CHECK(with_target.at(0).has("5:nodes0:"));
    CHECK(s.tell("d1:ad2:id20:" + id_a + "e1:q10:frobnicate1:t2:aa1:y1:qe").at(0).has("1:eli204e"));
}

TEST_CASE("want decides which node lists come (BEP 32)") {
    quiet_server s;
    auto const ask = [&](std::string const& want) {
        return s
            .tell("d1:ad2:id20:" + id_a + "6:target20:" + id_b + want +
                  "e1:q9:find_node1:t2:aa1:y1:qe")
            .at(0);
    };
    CHECK(ask("").has("5:nodes0:"));
    CHECK_FALSE(ask("").has("6:nodes6"));
    CHECK(ask("4:wantl2:n6e").has("6:nodes60:"));
    CHECK_FALSE(ask("4:wantl2:n6e").has("5:nodes0:"));
    CHECK(ask("4:wantl2:n42:n62:xxe").has("5:nodes0:6:nodes60:"));
}

TEST_CASE("malformed queries with a readable tid get 203, everything else silence") {
    quiet_server s;
    for (std::string const& bad :
         {std::string{"d1:q4:ping1:t2:aa1:y1:qe"},
          "d1:ad2:id19:" + id_a.substr(1) + "e1:q4:ping1:t2:aa1:y1:qe",
          s.announce("x", "4:porti65536e"), s.announce("x", "4:porti0e"), s.announce("x", "")}) {
        auto const out = s.tell(bad);
        REQUIRE(out.size() == 1);
        CHECK(out[0].has("1:eli203e"));
    }
    for (std::string const& junk :
         {std::string{}, std::string{"d"}, std::string{"\x01\x00junk", 6}, std::string(2000, 'l'),
          "d1:ad2:id20:" + id_a + "e1:q4:ping1:ti5e1:y1:qe",
          "d1:rd2:id20:" + id_a + "e1:t2:aa1:y1:re", std::string{"d1:t2:aa1:y1:qe"}.substr(0, 9)})
        CHECK(s.tell(junk).empty());
    CHECK(s.node.good_contacts(0) == 0);
}

TEST_CASE("martians and port 0 are met with silence") {
    quiet_server s;
    std::string const ping = "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe";
    for (endpoint const& from : {at(0x05060708, 0), at(0x7f000001), at(0x0a000001), at(0xe0000001),
                                 at(0xffffffff), at(0x00000001)})
        CHECK(bench::tell(s.node, s.now, from, ping).empty());
}

TEST_CASE("a read-only node answers nothing and says ro in its questions (BEP 43)") {
    instant const now{seconds{1}};
    settings quiet;
    quiet.read_only = true;
    quiet_node node{quiet, seeded_random{1}};
    node.open(now, at(0x01020304));
    CHECK(tell(node, now, at(0x05060708), "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe")
              .empty());
    node.ping(now, at(0x05060708));
    auto const out = drain(node);
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("2:roi1e"));
}

TEST_CASE("mutated and random datagrams change nothing and bring nothing down") {
    quiet_server s;
    chacha_random dice{{}};
    std::string const seeds[] = {s.announce("0123456789abcdef"),
                                 "d1:rd2:id20:" + id_a + "5:nodes0:e1:t6:aaaaaa1:y1:re"};
    std::size_t answers = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string bytes = seeds[i % 2];
        for (int k = 0; k < 3; ++k)
            bytes[below(dice, bytes.size())] = static_cast<char>(dice.next() & 0xff);
        bytes.resize(below(dice, bytes.size() + 1));
        endpoint const from = at(0x05000000U + static_cast<std::uint32_t>(i));
        for (auto const& reply : bench::tell(s.node, s.now, from, bytes)) {
            CHECK(reply.to == from);
            ++answers;
        }
    }
    INFO("answers " << answers);
    CHECK(s.node.policy<slots::peer_store>().keys() == 0);
    CHECK(s.node.good_contacts(0) == 0);
    CHECK(s.tell("d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe").size() == 1);
}

TEST_CASE("a get_peers answer has nodes beside values") {
    quiet_server s;
    s.node.ping(s.now, at(0x15060708));
    auto const ping = drain(s.node);
    bench::tell(s.node, s.now, at(0x15060708),
                "d1:rd2:id20:" + id_b + "e" + tid_of(ping.at(0)) + "1:y1:re");
    s.tell(s.announce(s.token()));
    auto const out =
        s.tell("d1:ad2:id20:" + id_a + "9:info_hash20:" + id_b + "e1:q9:get_peers1:t2:aa1:y1:qe");
    CHECK(out.at(0).has("5:nodes26:" + id_b));
    CHECK(out.at(0).has("6:valuesl6:"));
}

namespace {

std::string ping_from(std::string const& id) {
    return "d1:ad2:id20:" + id + "e1:q4:ping1:t2:aa1:y1:qe";
}

/// A node on both families that knows `count` contacts of each.
quiet_node dual(settings const& s, instant now, std::uint8_t count) {
    quiet_node node{s, seeded_random{1}};
    node.open(now, at(0x01020304));
    node.open(now, *parse_endpoint("[2a01::1]:6881"));
    drain(node);
    seeded_random chance{3};
    for (std::uint8_t i = 1; i <= count; ++i)
        for (bool const v4 : {true, false}) {
            std::array<std::byte, 16> ip{std::byte{0x2a}, std::byte{i}};
            endpoint const who =
                v4 ? at(0x20000001U + (std::uint32_t{i} << 16U)) : endpoint{address::v6(ip), 6881};
            node_id id;
            chance.fill(id.bytes);
            node.ping(now, who);
            for (auto const& q : drain(node))
                tell(node, now, who,
                     "d1:rd2:id20:" + std::string{as_text(id.bytes)} + "e" + tid_of(q) + "1:y1:re",
                     v4 ? 0 : 1);
        }
    return node;
}

} // namespace

TEST_CASE("a reply on IPv6 has 1024 bytes at most, whatever the settings say (BEP 32)") {
    settings s;
    s.datagram_bytes_max = 1'472;
    s.queries_burst = s.queries_per_second = 10'000;
    instant const now{seconds{100}};
    quiet_node node{s, seeded_random{1}};
    node.open(now, *parse_endpoint("[2a01::1]:6881"));
    std::string const ask =
        "d1:ad2:id20:" + id_a + "9:info_hash20:" + id_b + "e1:q9:get_peers1:t2:aa1:y1:qe";
    auto const asker = [](std::uint8_t i) {
        return endpoint{address::v6({std::byte{0x2a}, std::byte{2}, std::byte{i}}), 6881};
    };
    for (std::uint8_t i = 0; i < 80; ++i) {
        std::string const reply = tell(node, now, asker(i), ask).at(0).bytes;
        std::string const token = reply.substr(reply.find("5:token16:") + 10, 16);
        tell(node, now, asker(i),
             "d1:ad2:id20:" + id_a + "9:info_hash20:" + id_b + "4:porti6881e5:token16:" + token +
                 "e1:q13:announce_peer1:t2:aa1:y1:qe");
    }
    std::size_t const bytes = tell(node, now, asker(100), ask).at(0).bytes.size();
    CHECK(bytes <= 1'024);
    CHECK(bytes > 900);
}

TEST_CASE("a contact that is blocked after it came is not handed out") {
    address_range range{at(0x2e000000).ip, 32};
    block_list<> const filter{{&range, 1}};
    dht::node<seeded_random, block_list<>> node{settings{}, seeded_random{1}, filter};
    instant const now{seconds{100}};
    node.open(now, at(0x01020304));
    endpoint const friendly = at(0x2e010203);
    node.ping(now, friendly);
    std::string const tid = tid_of(drain(node).at(0));
    tell(node, now, friendly, "d1:rd2:id20:" + id_b + "e" + tid + "1:y1:re");
    REQUIRE(node.good_contacts(0) == 1);

    std::string const query =
        "d1:ad2:id20:" + id_a + "6:target20:" + id_b + "e1:q9:find_node1:t2:aa1:y1:qe";
    CHECK(tell(node, now, at(0x05060708), query).at(0).has("5:nodes26:" + id_b));
    range.bits = 8;
    CHECK(tell(node, now, at(0x05060708), query).at(0).has("5:nodes0:"));
}

TEST_CASE("a reply that would not fit goes without its farthest nodes") {
    settings s;
    s.reply_nodes = 16;
    s.datagram_bytes_max = 512;
    instant const now{seconds{100}};
    auto node = dual(s, now, 40);
    auto const out = tell(node, now, at(0x05060708),
                          "d1:ad2:id20:" + id_a + "6:target20:" + id_b +
                              "4:wantl2:n42:n6ee1:q9:find_node1:t2:aa1:y1:qe");
    REQUIRE(out.size() == 1);
    CHECK(out[0].bytes.size() <= 512);
    CHECK(out[0].bytes.size() > 400);
    CHECK(out[0].has("5:nodes"));
    CHECK(out[0].has("6:nodes6"));
}

TEST_CASE("a full store gives no token, and refuses an older one with 202") {
    settings s;
    s.torrents_max = 2;
    instant const now{seconds{100}};
    quiet_node node{s, seeded_random{1}};
    node.open(now, at(0x01020304));
    endpoint const asker = at(0x05060708);
    auto const get = [&](std::string const& hash, endpoint const& who) {
        return tell(node, now, who,
                    "d1:ad2:id20:" + id_a + "9:info_hash20:" + hash +
                        "e1:q9:get_peers1:t2:aa1:y1:qe")
            .at(0)
            .bytes;
    };
    auto const announce = [&](std::string const& hash, std::string const& token) {
        return tell(node, now, asker,
                    "d1:ad2:id20:" + id_a + "9:info_hash20:" + hash +
                        "4:porti6881e5:token16:" + token + "e1:q13:announce_peer1:t2:aa1:y1:qe")
            .at(0);
    };
    auto const token_in = [](std::string const& reply) {
        auto const place = reply.find("5:token16:");
        return place == std::string::npos ? "" : reply.substr(place + 10, 16);
    };
    std::string const third(20, '3');
    std::string const one = token_in(get(id_a, asker));
    std::string const two = token_in(get(id_b, asker));
    CHECK(announce(id_a, one).has("1:rd2:id20:"));
    CHECK(announce(third, token_in(get(third, asker))).has("1:rd2:id20:"));
    CHECK(announce(id_b, two).has("1:eli202e"));
    CHECK(token_in(get(id_b, asker)).empty());
    CHECK_FALSE(token_in(get(id_a, at(0x15060708))).empty());
    CHECK(tell(node, now, asker, ping_from(id_a)).size() == 1);
}
