#include <dht/sim/pcap.hpp>
#include <dht/sim/protocol_checker.hpp>
#include <dht/sim/shrink.hpp>
#include <dht/sim/tally.hpp>

#include "../../catch.hpp"
#include "places.hpp"
#include <algorithm>
#include <sstream>

// Who watches a world: does a checker see each fault, and nothing where there is none?

using namespace dht;
using namespace dht::test;
using sim::fault;

namespace {

node_id id_of(char c) {
    node_id id;
    std::fill(id.bytes.begin(), id.bytes.end(), static_cast<std::byte>(c));
    return id;
}

/// A client that says and knows what the test wants.
class stooge final : public sim::client {
public:
    using client::client;

    node_id id = id_of('h');
    std::vector<contact> known;
    std::optional<deadline> next = deadline{never, wake_reason::refresh};

    void say(endpoint const& to, std::string bytes) {
        letters_.push_back({to, std::move(bytes)});
        world().settle(*this);
    }

    void know(char whom, endpoint const& at, instant replied) {
        contact c{id_of(whom), at};
        c.last_reply = c.last_heard = coarse(replied);
        known.push_back(c);
    }

    void bootstrap(endpoint const&) override {}

    operation_id find_node(key160 const&) override { return {}; }

    operation_id find_peers(info_hash const&, find_peers_options const&) override { return {}; }

    operation_id announce(info_hash const&, announce_options const&) override { return {}; }

    [[nodiscard]] node_id own_id(via_index) const override { return id; }

    void for_each_contact(via_index, std::function<void(contact const&)> const& f) const override {
        std::for_each(known.begin(), known.end(), f);
    }

    [[nodiscard]] outcome const* result(operation_id) const noexcept override { return nullptr; }

    void forget_results() noexcept override {}

    void tell(outcome const& o) { world().tell(*this, o); }

private:
    void begin() override {}

    void end() override {}

    void receive(instant, via_index, endpoint const&, byte_view) override {}

    void advance(instant) override {}

    [[nodiscard]] std::optional<deadline> next_deadline() const override { return next; }

    std::optional<transmit> poll_transmit() override {
        if (letters_.empty()) return std::nullopt;
        sending_ = std::move(letters_.front());
        letters_.erase(letters_.begin());
        return transmit{0, sending_.first, as_bytes(sending_.second)};
    }

    void take_outcomes() override {}

    std::vector<std::pair<endpoint, std::string>> letters_;
    std::pair<endpoint, std::string> sending_;
};

/// A stooge who is followed, and another host for him to talk with.
struct watched_scene {
    sim::world w{1, sim::link::fixed(milliseconds{10})};
    sim::protocol_checker laws{w};
    stooge& who = w.add_host<stooge>(here);
    sim::scripted_host& other = w.add_script(there, {});

    watched_scene() {
        laws.table_turn = 1;
        laws.follow(who);
    }

    void hears(std::string const& bytes) {
        other.send(here, as_bytes(bytes));
        w.run_for(milliseconds{20});
    }

    void says(std::string bytes, endpoint const& to = there) {
        who.say(to, std::move(bytes));
        w.run_for(milliseconds{20});
    }

    [[nodiscard]] std::vector<fault> faults() const {
        std::vector<fault> all;
        for (sim::complaint const& c : w.complaints())
            if (std::find(all.begin(), all.end(), c.what) == all.end()) all.push_back(c.what);
        return all;
    }
};

std::string const hash_text(20, 'x');

std::string query(std::string const& method, std::string const& more = "", char id = 'h',
                  std::string const& tid = "aa") {
    return "d1:ad2:id20:" + std::string(20, id) + more + "e1:q" + std::to_string(method.size()) +
           ":" + method + "1:t2:" + tid + "1:y1:qe";
}

std::string reply(std::string const& more = "", char id = 'h', std::string const& tid = "aa") {
    return "d1:rd2:id20:" + std::string(20, id) + more + "e1:t2:" + tid + "1:y1:re";
}

std::string const get = "9:info_hash20:" + hash_text;
std::string const token = "5:token4:good";

std::string entry(char id, endpoint const& at) {
    std::array<std::byte, 26> raw;
    compact::write_node(raw.data(), id_of(id), at);
    return std::string{as_text(raw)};
}

std::string announce(std::string const& with) {
    return query("announce_peer", get + "4:porti7000e5:token" + with, 'o', "bb");
}

} // namespace

TEST_CASE("an honest conversation is no reason to complain") {
    watched_scene s;
    s.hears(query("ping", "", 'o'));
    s.says(reply());
    s.says(query("get_peers", get, 'h', "q1"));
    s.hears(reply("5:nodes0:" + token, 'o', "q1"));
    s.who.know('o', there, s.w.now());
    s.hears(query("find_node", "6:target20:" + hash_text, 'o', "bb"));
    s.says(reply("5:nodes0:", 'h', "bb")); // it knows nobody but who asks
    s.hears(query("get_peers", get, 'o', "cc"));
    s.says(reply(token, 'h', "cc"));
    s.hears(announce("4:good"));
    s.says(reply("", 'h', "bb"));
    s.hears(query("get_peers", get, 'o', "dd"));
    s.says(
        reply(token + "6:valuesl6:" + entry('o', {there.ip, 7'000}).substr(20) + "e", 'h', "dd"));
    s.laws.conclude();
    CHECK(s.faults().empty());
}

TEST_CASE("what a node says is held against what it was asked and told") {
    watched_scene s;
    SECTION("no KRPC") {
        s.says("hello");
        CHECK(s.faults() == std::vector{fault::malformed});
    }
    SECTION("an answer that nobody asked for") {
        s.says(reply());
        CHECK(s.faults() == std::vector{fault::answers_unasked});
    }
    SECTION("one answer too many") {
        s.hears(query("ping", "", 'o'));
        s.says(reply());
        s.says(reply());
        CHECK(s.faults() == std::vector{fault::answers_unasked});
    }
    SECTION("somebody else's id") {
        s.says(query("ping", "", 'z'));
        CHECK(s.faults() == std::vector{fault::false_id});
    }
    SECTION("a transaction id twice") {
        s.says(query("ping"));
        s.says(query("ping"));
        CHECK(s.faults() == std::vector{fault::tid_reused});
    }
    SECTION("again and again") {
        for (std::uint32_t i = 10; i < 50; ++i) // it has others to ask
            s.who.know('o', sim::public_v4(i), s.w.now());
        s.laws.table_turn = 1'000;
        for (char c = 'A'; c < 'A' + 26; ++c)
            s.says(query("ping", "", 'h', std::string(2, c)));
        CHECK(s.faults() == std::vector{fault::pesters});
    }
    SECTION("a token that was not given") {
        s.says(query("announce_peer", get + "4:porti7000e" + token));
        CHECK(s.faults() == std::vector{fault::token_not_given});
    }
    SECTION("a contact that never answered") {
        s.hears(query("find_node", "6:target20:" + hash_text, 'o'));
        s.says(reply("5:nodes26:" + entry('z', elsewhere)));
        CHECK(s.faults() == std::vector{fault::hands_out_unproven});
    }
    SECTION("a closer contact is kept back") {
        s.says(query("ping", "", 'h', "q1"));
        s.hears(reply("", 'o', "q1"));
        s.who.know('o', there, s.w.now());
        s.w.add_script(elsewhere, {})
            .send(here, as_bytes(query("find_node", "6:target20:" + hash_text)));
        s.w.run_for(milliseconds{20});
        s.says(reply("5:nodes0:"), elsewhere);
        CHECK(s.faults() == std::vector{fault::withholds_closer});
    }
    SECTION("a peer that nobody announced") {
        s.hears(query("get_peers", get, 'o'));
        s.says(reply(token + "6:valuesl6:abcdefe"));
        CHECK(s.faults() == std::vector{fault::hands_out_strangers});
    }
    SECTION("bad tokens are taken, good ones refused, and peers forgotten") {
        s.hears(announce("4:evil"));
        s.says(reply("", 'h', "bb"));
        CHECK(s.faults() == std::vector{fault::accepts_bad_token});
        s.hears(query("get_peers", get, 'o', "cc"));
        s.says(reply(token, 'h', "cc"));
        CHECK(s.faults().back() == fault::forgets_peers);
        s.hears(announce("4:good"));
        s.says("d1:eli203e3:bade1:t2:bb1:y1:ee");
        CHECK(s.faults().back() == fault::refuses_good_token);
    }
    SECTION("more bytes than fit") {
        s.says(query("ping", "1:z1400:" + std::string(1'400, 'z')));
        CHECK(s.faults() == std::vector{fault::oversized});
    }
    SECTION("another address than the asker has") {
        auto const told = [](endpoint const& at) {
            return "d2:ip6:" + entry('o', at).substr(20) + reply().substr(1);
        };
        s.hears(query("ping", "", 'o'));
        s.says(told(there));
        CHECK(s.faults().empty());
        s.hears(query("ping", "", 'o'));
        s.says(told(elsewhere));
        CHECK(s.faults() == std::vector{fault::false_address});
    }
    SECTION("an older item") {
        auto const put = [&](int seq) {
            s.hears(query("put",
                          "1:k32:" + std::string(32, 'k') + "3:seqi" + std::to_string(seq) +
                              "e3:sig64:" + std::string(64, 's') + token + "1:v1:x",
                          'o'));
        };
        for (int const newer : {5, 5, 6}) {
            put(newer);
            s.says(reply());
        }
        put(4);
        s.says("d1:eli302e5:oldere1:t2:aa1:y1:ee");
        CHECK(s.faults().empty());
        put(4);
        s.says(reply());
        CHECK(s.faults() == std::vector{fault::accepts_older});
    }
    SECTION("silence") {
        for (int i = 0; i < 60; ++i)
            s.hears(query("ping", "", 'o'));
        s.laws.conclude();
        CHECK(s.faults() == std::vector{fault::leaves_open});
    }
}

TEST_CASE("who did not answer lately is not handed out") {
    watched_scene s;
    s.says(query("ping", "", 'h', "q1"));
    s.hears(reply("", 'o', "q1"));
    s.who.know('o', there, s.w.now());
    s.says(query("ping", "", 'h', "q2"));
    s.who.known[0].failures = 1;
    auto& asker = s.w.add_script(elsewhere, {});
    auto const hand_out = [&](std::string const& nodes) {
        asker.send(here, as_bytes(query("find_node", "6:target20:" + hash_text, 'e')));
        s.w.run_for(milliseconds{20});
        s.says(reply("5:nodes" + nodes), elsewhere);
    };
    SECTION("handed out all the same") {
        hand_out("26:" + entry('o', there));
        CHECK(s.faults() == std::vector{fault::hands_out_silent});
    }
    SECTION("left out, although he would be closer than nobody") {
        hand_out("0:");
        CHECK(s.faults().empty());
    }
    SECTION("and again once he has answered") {
        s.who.known[0].failures = 0;
        s.hears(reply("", 'o', "q2"));
        hand_out("26:" + entry('o', there));
        CHECK(s.faults().empty());
    }
}

TEST_CASE("an announce goes to half of the four closest that answered, at least") {
    watched_scene s;
    std::vector<node_contact> nodes; // 'A' to 'D', the closest first, and 'E'
    std::vector<sim::scripted_host*> hosts;
    for (char name = 'A'; name <= 'E'; ++name) {
        nodes.push_back({id_of(name), sim::public_v4(10U + static_cast<std::uint32_t>(name))});
        hosts.push_back(&s.w.add_script(nodes.back().at, {}));
        s.says(query("get_peers", get, 'h', {'q', name}), nodes.back().at);
        hosts.back()->send(here, as_bytes(reply(token, name, {'q', name})));
        s.w.run_for(milliseconds{20});
    }
    outcome o;
    o.kind = operation_kind::announce;
    o.finished = true;
    o.asked = o.replied = 5;
    o.nodes = nodes;
    auto const store_on = [&](std::size_t i) {
        char const name = static_cast<char>('A' + i);
        s.says(query("announce_peer", get + "4:porti7000e" + token, 'h', {'a', name}), nodes[i].at);
        hosts[i]->send(here, as_bytes(reply("", name, {'a', name})));
        s.w.run_for(milliseconds{20});
        ++o.stored;
    };
    SECTION("on none of them") {
        store_on(4);
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::stores_far_away});
    }
    SECTION("on one of them") {
        store_on(4);
        store_on(0);
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::stores_far_away});
    }
    SECTION("on two of them") {
        store_on(1);
        store_on(3);
        s.who.tell(o);
        CHECK(s.faults().empty());
    }
    SECTION("on two of them, but for another announce long ago") {
        store_on(1);
        store_on(3);
        s.w.run_for(minutes{3});
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::stores_far_away});
    }
    SECTION("nowhere, because nobody took it") {
        s.who.tell(o);
        CHECK(s.faults().empty());
    }
    SECTION("and a lookup stores on nobody") {
        o.kind = operation_kind::find_peers;
        s.who.tell(o);
        CHECK(s.faults().empty());
    }
}

TEST_CASE("a table may hold who has proven himself, once, and not for ever") {
    watched_scene s;
    s.says(query("ping", "", 'h', "q1"));
    s.hears(reply("", 'o', "q1"));
    instant const proven = s.w.now();
    auto const look = [&] { s.says(query("ping", "", 'h', "zz")); };
    SECTION("all is well") {
        s.who.know('o', there, proven);
        look();
        CHECK(s.faults().empty());
    }
    SECTION("nobody knows him") {
        s.who.know('z', elsewhere, proven);
        look();
        CHECK(s.faults() == std::vector{fault::keeps_unproven});
    }
    SECTION("under another id") {
        s.who.know('z', there, proven);
        look();
        CHECK(s.faults() == std::vector{fault::keeps_unproven});
    }
    SECTION("twice") {
        s.who.know('o', there, proven);
        s.who.know('o', there, proven);
        look();
        CHECK(s.faults().front() == fault::keeps_twice);
    }
    SECTION("itself") {
        s.who.know('h', there, proven);
        look();
        CHECK(s.faults().front() == fault::keeps_itself);
    }
    SECTION("longer than it may trust, and without asking") {
        s.who.know('o', there, proven + minutes{60});
        s.w.run_for(minutes{60});
        look();
        CHECK(s.faults() == std::vector{fault::trusts_too_long});
    }
    SECTION("for long, and neither asks nor hears of him") {
        s.who.know('o', there, proven);
        s.w.run_for(minutes{60});
        s.who.say(elsewhere, query("ping", "", 'h', "zz")); // a step, but not towards him
        CHECK(s.faults() == std::vector{fault::neglects});
    }
    SECTION("beside too many of the same subnet") {
        bool const same_site = GENERATE(false, true);
        endpoint const near =
            same_site ? endpoint{address::v4(there.ip.v4_value() ^ 1U), 6'881} : sim::public_v4(7);
        s.says(query("ping", "", 'h', "q2"), near);
        s.w.add_script(near, {}).send(here, as_bytes(reply("", 'n', "q2")));
        s.w.run_for(milliseconds{20});
        s.who.know('o', there, proven);
        s.who.know('n', near, proven); // in the same bucket
        look();
        CHECK(s.faults() == (same_site ? std::vector{fault::overfull} : std::vector<fault>{}));
    }
    SECTION("a failure that was none") {
        s.who.know('o', there, proven);
        s.who.known[0].failures = 1;
        s.who.say(elsewhere, query("ping", "", 'h', "zz"));
        CHECK(s.faults() == std::vector{fault::blames_innocent});
    }
    SECTION("it lets others talk it into an id") {
        look();
        s.who.id = id_of('q');
        s.who.say(elsewhere, query("ping", "", 'q', "yy"));
        CHECK(s.faults() == std::vector{fault::misled});
    }
    SECTION("and never wakes") {
        s.who.know('o', there, proven);
        s.who.next.reset();
        look();
        CHECK(s.faults() == std::vector{fault::sleeps_forever});
    }
}

TEST_CASE("users are told of what happened, and of nothing else") {
    watched_scene s;
    s.says(query("get_peers", get, 'h', "q1"));
    s.hears(reply(token, 'o', "q1"));
    outcome o;
    o.kind = operation_kind::find_peers;
    o.finished = true;
    o.asked = o.replied = 1;
    o.nodes = {{id_of('o'), there}};
    s.who.tell(o);
    CHECK(s.faults().empty());
    SECTION("answers") {
        o.replied = 2;
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::miscounts});
    }
    SECTION("stores") {
        o.stored = 1;
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::miscounts});
    }
    SECTION("nodes") {
        o.nodes = {{id_of('o'), elsewhere}};
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::invents});
    }
    SECTION("peers") {
        o.peers = {elsewhere};
        s.who.tell(o);
        CHECK(s.faults() == std::vector{fault::invents});
    }
}

TEST_CASE("who watches changes nothing") {
    auto const trace = [](bool watched) {
        sim::world w{7};
        sim::tally counts;
        if (watched) w.attach(counts);
        auto& a = w.add_host<stooge>(here);
        w.add_script(there, [](sim::scripted_host& h, sim::datagram const& d) {
            h.send(d.from, as_bytes(reply()));
        });
        for (int i = 0; i < 10; ++i) {
            a.say(there, query("ping"));
            w.run_for(seconds{1});
        }
        CHECK(counts.by_cause()[0].messages == (watched ? 10U : 0U));
        CHECK(counts.by_cause()[8].messages == (watched ? 10U : 0U));
        CHECK(counts.total().bytes == (watched ? w.counts().sent_bytes : 0U));
        return w.trace();
    };
    CHECK(trace(true) == trace(false));
}

TEST_CASE("a capture has the layout of pcap 2.4 and the bytes of IP and UDP") {
    std::ostringstream file;
    sim::world w{7};
    sim::pcap capture{file};
    w.attach(capture);
    auto& a = w.add_host<stooge>(endpoint{address::v4(0x01020304), 6881});
    w.run_for(milliseconds{1'500'000});
    a.say(endpoint{address::v4(0x05060708), 80}, "hello");
    std::string const bytes = file.str();
    CHECK(bytes.substr(0, 24) ==
          std::string("\xa1\xb2\xc3\xd4\0\2\0\4\0\0\0\0\0\0\0\0\0\0\xff\xff\0\0\0\x65", 24));
    CHECK(bytes.substr(24, 16) == std::string("\0\0\x05\xdc\0\0\0\0\0\0\0\x21\0\0\0\x21", 16));
    std::string const packet = bytes.substr(40);
    REQUIRE(packet.size() == 33);
    CHECK(packet.substr(12, 8) == "\1\2\3\4\5\6\7\x08");
    CHECK(packet.substr(20) == std::string("\x1a\xe1\0\x50\0\x0d\0\0hello", 13));
    std::uint32_t sum = 0; // RFC 791: the header's words and their checksum make all ones
    for (std::size_t i = 0; i < 20; i += 2)
        sum += load_big_endian<std::uint16_t>(&as_bytes(packet)[i]);
    CHECK((sum & 0xffffU) + (sum >> 16U) == 0xffff);
}

TEST_CASE("shrinking leaves what fails and nothing else") {
    std::vector<int> all(100);
    for (int i = 0; i < 100; ++i)
        all[static_cast<std::size_t>(i)] = i;
    auto const needs = [](std::vector<int> wanted) {
        return [wanted](std::vector<int> const& list) {
            return std::all_of(wanted.begin(), wanted.end(), [&](int w) {
                return std::find(list.begin(), list.end(), w) != list.end();
            });
        };
    };
    CHECK(sim::shrink(all, needs({17, 18, 80})) == std::vector{17, 18, 80});
    CHECK(sim::shrink(all, needs({99})) == std::vector{99});
    CHECK(sim::shrink(all, needs({})).empty());
    CHECK(sim::shrink(std::vector<int>{1}, needs({1})) == std::vector{1});
}
