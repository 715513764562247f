#include "stand_in.hpp"

// Bytes from strangers: whatever comes, a node lives on, stays small and learns nothing false.

using namespace dht;
using namespace dht::test;

namespace {

using eager_node = sim::node<admit_all>; // every datagram is read, however many come

/// Messages of all kinds, to be mutated.
std::vector<std::string> specimens() {
    std::string const id(20, 'i');
    std::string const hash(20, 'h');
    std::string const node = "nnnnnnnnnnnnnnnnnnnn\x05\x06\x07\x08\x1a\xe1";
    return {
        "d1:ad2:id20:" + id + "e1:q4:ping1:t2:aa1:y1:qe",
        "d1:ad2:id20:" + id + "6:target20:" + hash +
            "4:wantl2:n42:n6ee1:q9:find_node1:t2:aa1:y1:qe",
        "d1:ad2:id20:" + id + "9:info_hash20:" + hash + "e1:q9:get_peers1:t2:aa1:y1:qe",
        "d1:ad2:id20:" + id + "12:implied_porti1e9:info_hash20:" + hash +
            "4:porti6881e5:token16:0123456789abcdefe1:q13:announce_peer1:t2:aa1:y1:qe",
        "d1:ad2:id20:" + id + "6:target20:" + hash + "e1:q17:sample_infohashes1:t2:aa1:y1:qe",
        "d1:ad2:id20:" + id + "5:token4:abcd1:v12:Hello World!e1:q3:put1:t2:aa1:y1:qe",
        "d1:rd2:id20:" + id + "5:nodes26:" + node + "5:token4:abcd6:valuesl6:" + node.substr(20) +
            "ee1:t6:aabbcc1:y1:re",
        "d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee",
    };
}

std::string random_bytes(checked_world& w, std::size_t size) {
    std::string bytes(size, '\0');
    w.workload().fill(std::as_writable_bytes(std::span{bytes}));
    return bytes;
}

/// Flips, cuts, doubles or inserts at a few places.
std::string mutated(checked_world& w, std::string bytes) {
    for (std::size_t n = 1 + w.draw_below(4); n > 0 && !bytes.empty(); --n) {
        std::size_t const at = w.draw_below(bytes.size());
        switch (w.draw_below(6)) {
        case 0:
            bytes[at] = static_cast<char>(w.draw_below(256));
            break;
        case 1:
            bytes.erase(at, 1 + w.draw_below(8));
            break;
        case 2:
            bytes.insert(at, random_bytes(w, 1 + w.draw_below(8)));
            break;
        case 3:
            bytes.insert(at, bytes.substr(at, 1 + w.draw_below(40)));
            break;
        case 4:
            bytes.resize(at);
            break;
        default:
            bytes.insert(at, w.draw_below(2) == 0 ? "ld" : "99999999999999999999:");
            break;
        }
    }
    return bytes;
}

/// One node, one stranger.
struct duel {
    checked_world w;
    sim::node_host<sim::node<>>& host = w.add<sim::node<>>(sim::public_v4(0));
    stand_in stranger{w, sim::public_v4(1), w.draw_id()};

    explicit duel(std::uint64_t seed) : w{seed} {}

    /// The answer to a query, or nothing.
    letter const* answer_to(std::string_view method, krpc::arguments const& args = {}) {
        std::size_t const before = stranger.heard.size();
        stranger.ask(host.at(), method, args);
        auto const is_answer = [](letter const& l) { return l.readable && l.query() == nullptr; };
        auto const answer = [&] {
            return std::find_if(stranger.heard.begin() + static_cast<std::ptrdiff_t>(before),
                                stranger.heard.end(), is_answer);
        };
        w.run_until([&] { return answer() != stranger.heard.end(); }, seconds{1});
        return answer() == stranger.heard.end() ? nullptr : &*answer();
    }
};

} // namespace

TEST_CASE(
    "a hundred thousand random and mutated datagrams leave a node alive, bounded and unmoved") {
    checked_world w{51, sim::link::fixed(milliseconds{1})};
    auto& host = w.add<eager_node>(sim::public_v4(0));
    auto& friendly = w.add<sim::node<>>(sim::public_v4(1));
    host.bootstrap(friendly.at());
    w.run_for(minutes{1});
    auto const contacts = contacts_of(host.inside());
    REQUIRE(contacts.size() == 1);

    std::vector<std::unique_ptr<stand_in>> strangers;
    for (std::uint32_t i = 0; i < 32; ++i) {
        strangers.push_back(std::make_unique<stand_in>(w, sim::public_v4(10 + i), w.draw_id()));
        strangers.back()->answers = false;
    }
    auto const seeds = specimens();
    std::uint64_t answers_bytes = 0;
    std::uint64_t questions_bytes = 0;
    auto const guard = w.install([&](sim::datagram const& d) {
        (d.from == host.at() ? answers_bytes : questions_bytes) += d.bytes.size();
        return sim::pass();
    });
    for (int i = 0; i < 100'000; ++i) {
        std::string const bytes = i % 10 == 0 ? random_bytes(w, w.draw_below(1'500))
                                              : mutated(w, seeds[w.draw_below(seeds.size())]);
        stand_in& s = *strangers[w.draw_below(strangers.size())];
        s.send(host.at(), bytes);
        s.heard.clear();
        if (i % 16 == 0) w.run_for(milliseconds{5});
    }
    w.run_for(minutes{1});
    CHECK(contacts_of(host.inside()) == contacts);
    CHECK(torrents_at(host) == 0);
    CHECK(answers_bytes < 2 * questions_bytes);
    CHECK(w.finish(friendly, friendly.ping(host.at())).error == errc::ok);
    CHECK(w.finish(host, host.find_node(w.draw_id())).nodes.size() == 1);
}

TEST_CASE("an answer from another endpoint changes nothing") {
    duel d{52};
    d.stranger.answers = false;
    stand_in off_path{d.w, sim::public_v4(2), d.stranger.id};
    operation_id const ping = d.host.ping(d.stranger.at());
    REQUIRE(d.w.run_until([&] { return !d.stranger.heard.empty(); }, seconds{1}));
    letter const& question = d.stranger.heard.front();
    off_path.answer(d.host.at(), *question.query(), question.message.tid);
    CHECK(d.w.finish(d.host, ping).error == errc::timed_out);
    CHECK(contacts_of(d.host.inside()).empty());
}

TEST_CASE("an answer with an unknown transaction id changes nothing") {
    duel d{53};
    d.stranger.answers = false;
    operation_id const ping = d.host.ping(d.stranger.at());
    REQUIRE(d.w.run_until([&] { return !d.stranger.heard.empty(); }, seconds{1}));
    letter const& question = d.stranger.heard.front();
    auto wrong = std::vector(question.message.tid.begin(), question.message.tid.end());
    wrong.back() ^= std::byte{1};
    d.stranger.answer(d.host.at(), *question.query(), wrong);
    d.stranger.answer(d.host.at(), *question.query(), {});
    CHECK(d.w.finish(d.host, ping).error == errc::timed_out);
    CHECK(contacts_of(d.host.inside()).empty());

    // The same stranger with the right one is believed.
    operation_id const again = d.host.ping(d.stranger.at());
    d.stranger.answers = true;
    CHECK(d.w.finish(d.host, again).error == errc::ok);
    CHECK(contacts_of(d.host.inside()).size() == 1);
}

TEST_CASE("an answer that comes twice counts once") {
    duel d{54};
    auto const guard = d.w.install([](sim::datagram const&) { return sim::duplicate(); });
    CHECK(d.w.finish(d.host, d.host.ping(d.stranger.at())).replied == 1);
    CHECK(contacts_of(d.host.inside()).size() == 1);
}

TEST_CASE("a wrong token gets error 203 and nothing is stored") {
    duel d{55};
    info_hash const hash = d.w.draw_hash();
    for (std::string_view const token :
         {"", "x", "0123456789abcdef", "0123456789abcdef0123456789"}) {
        letter const* const answer =
            d.answer_to("announce_peer", krpc::announce_peer{hash, as_bytes(token), 7'000});
        REQUIRE(answer != nullptr);
        REQUIRE(answer->error() != nullptr);
        CHECK(answer->error()->code == 203);
    }
    CHECK(torrents_at(d.host) == 0);
}

TEST_CASE("a token of another address is wrong, the own one is right") {
    duel d{56};
    info_hash const hash = d.w.draw_hash();
    letter const* const granted = d.answer_to("get_peers", krpc::get_peers{hash});
    REQUIRE(granted != nullptr);
    std::string const token{as_text(granted->reply()->token)};
    stand_in thief{d.w, sim::public_v4(2), d.w.draw_id()};
    thief.ask(d.host.at(), "announce_peer", krpc::announce_peer{hash, as_bytes(token), 7'000});
    d.w.run_for(milliseconds{300});
    CHECK(torrents_at(d.host) == 0);
    letter const* const stored =
        d.answer_to("announce_peer", krpc::announce_peer{hash, as_bytes(token), 7'000});
    REQUIRE(stored != nullptr);
    CHECK(stored->reply() != nullptr);
    CHECK(stores(d.host, hash));
}

TEST_CASE("an unknown method is answered like find_node when it has a target, else with 204") {
    duel d{57};
    d.w.finish(d.host, d.host.ping(d.stranger.at()));
    stand_in other{d.w, sim::public_v4(2), d.w.draw_id()};
    d.w.finish(d.host, d.host.ping(other.at()));
    letter const* const with_target = d.answer_to("vote", krpc::other{d.w.draw_id()});
    REQUIRE(with_target != nullptr);
    REQUIRE(with_target->reply() != nullptr);
    compact::node_reader nodes{with_target->reply()->nodes, family::ipv4};
    CHECK(nodes.next() == other.contact());

    letter const* const without = d.answer_to("vote", krpc::other{});
    REQUIRE(without != nullptr);
    REQUIRE(without->error() != nullptr);
    CHECK(without->error()->code == 204);
}

TEST_CASE("a flood from one address is answered only so far, and others are served meanwhile") {
    duel d{58};
    stand_in other{d.w, sim::public_v4(2), d.w.draw_id()};
    other.answers = d.stranger.answers = false;
    for (int i = 0; i < 5'000; ++i) {
        d.stranger.ask(d.host.at(), "ping");
        if (i % 100 == 0) other.ask(d.host.at(), "ping");
        d.w.run_for(milliseconds{1});
    }
    d.w.run_for(seconds{1});
    auto const answers = [](stand_in const& s) {
        return std::count_if(s.heard.begin(), s.heard.end(),
                             [](letter const& l) { return l.reply() != nullptr; });
    };
    CHECK(answers(d.stranger) <= 500 + 50 * 6); // settings.queries_burst, queries_per_second
    CHECK(answers(d.stranger) >= 500);
    CHECK(answers(other) == 50);
}
