#include <dht/secure/id_challenge.hpp>
#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include "pairs.hpp"
#include <string>

using namespace dht;
using namespace dht::test;

static_assert(answers_queries<id_challenge> && asks_questions<id_challenge>);
static_assert(guards_table_by_signer<id_challenge> && reads_keys<id_challenge>);

namespace {

struct limits {
    std::uint16_t signatures_per_second = 200;
};

/// A node as far as challenges go.
struct challenger {
    endpoint place;
    node_id id;
    id_challenge guard;
    std::vector<std::byte> datagram{}; // what it said last
    std::uint32_t cookie = 0;          ///< of its last question
    times now{instant{seconds{1'000}}, unix_time{1'700'000'000}};

    explicit challenger(unsigned who, challenge_rules const& rules = {.binding = id_binding::whole})
        : place{address::v4(0x05060700 + (who << 16U)), 6881},
          id{id_of_key(pair_of(who).public_key())},
          guard{pair_of(who), rules} {
        seeded_random rng{who};
        guard.start(limits{}, rng);
        stand_at(place);
    }

    void stand_at(endpoint const& e) {
        own_node const us{{id, e}};
        guard.own_nodes({&us, 1});
    }

    /// Somebody has answered a question of ours.
    entry_verdict hear_from(node_id const& who, endpoint const& where,
                            auth_verdict const& auth = {}) {
        contact c{who, where};
        c.last_reply = coarse(now.now);
        return guard.may_enter(now, c, auth);
    }

    entry_verdict hear_from(challenger const& other) { return hear_from(other.id, other.place); }

    /// The challenge that it wants to send now, as a datagram.
    bool asks() {
        auto const q = guard.next(now);
        if (!q) return false;
        cookie = q->cookie;
        datagram.resize(600);
        krpc::query_head const head{as_bytes("tid123"), {}, id};
        datagram.resize(krpc::encode_query(datagram, head, q->method, krpc::other{}, q->arguments));
        return true;
    }

    /// What it answers to a datagram from there.
    answer_verdict answer(byte_view query, endpoint const& from) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(query, m, why) == errc::ok);
        extension_reply r;
        auth_verdict const nobody{};
        auto const verdict =
            guard.answer({now, 0, from, {}, std::get<krpc::query>(m.body), nobody}, r);
        code = r.code;
        if (verdict != answer_verdict::replied) return verdict;
        r.parts.tid = m.tid;
        r.parts.sender = id;
        r.parts.requester = from;
        datagram.resize(600);
        datagram.resize(krpc::encode_reply(datagram, r.parts, r.fields));
        return verdict;
    }

    void take_answer(byte_view reply, endpoint const& from) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(reply, m, why) == errc::ok);
        guard.on_reply(now, cookie, from, std::get<krpc::reply>(m.body));
    }

    krpc::error_code code{};
};

} // namespace

TEST_CASE("who proves his key enters, once he has answered again") {
    challenger a{1};
    challenger b{2};
    CHECK(a.hear_from(b) == entry_verdict::ask_first);
    REQUIRE(a.asks());
    CHECK(a.hear_from(b) == entry_verdict::ask_first); // one challenge at a time
    CHECK_FALSE(a.guard.next(a.now));
    REQUIRE(b.answer(a.datagram, a.place) == answer_verdict::replied);
    a.take_answer(b.datagram, b.place);
    CHECK(a.hear_from(b) == entry_verdict::yes);
    CHECK(a.guard.counts().proven == 1);
    CHECK(a.hear_from(challenger{3}.id, b.place) == entry_verdict::ask_first); // another id there
    CHECK(a.hear_from(b.id, challenger{3}.place) == entry_verdict::ask_first); // or he elsewhere
}

TEST_CASE("an answer is smaller than its question, on both families") {
    challenger a{1};
    challenger b{2};
    a.hear_from(b);
    REQUIRE(a.asks());
    for (endpoint const& from : {a.place, at("[2a00::1]:6881")}) {
        REQUIRE(b.answer(a.datagram, from) == answer_verdict::replied);
        CHECK(b.datagram.size() <= a.datagram.size());
    }
}

TEST_CASE("whoever is only heard of is not asked: the address may not be his") {
    challenger a{1};
    challenger b{2};
    CHECK(a.guard.may_enter(a.now, contact{b.id, b.place}, {}) == entry_verdict::yes);
    CHECK_FALSE(a.guard.next(a.now));
}

TEST_CASE("wrong proofs keep out, and for a while") {
    challenger a{1};
    challenger b{2};
    challenger liar{3};
    SECTION("a key that is not the id's") {
        a.hear_from(b.id, liar.place);
        REQUIRE(a.asks());
        liar.id = b.id;
        liar.stand_at(liar.place);
        REQUIRE(liar.answer(a.datagram, a.place) == answer_verdict::replied);
    }
    SECTION("passed on to whose id it is") {
        a.hear_from(b.id, liar.place);
        REQUIRE(a.asks());
        REQUIRE(b.answer(a.datagram, liar.place) == answer_verdict::replied);
        liar.datagram = b.datagram;
    }
    SECTION("the answer to an earlier challenge") {
        a.hear_from(b);
        REQUIRE(a.asks());
        REQUIRE(b.answer(a.datagram, a.place) == answer_verdict::replied);
        liar.datagram = b.datagram;
        a.hear_from(b.id, liar.place);
        REQUIRE(a.asks());
    }
    SECTION("a proof of another id") {
        a.hear_from(b.id, liar.place);
        REQUIRE(a.asks());
        REQUIRE(liar.answer(a.datagram, a.place) == answer_verdict::replied);
    }
    SECTION("nothing") {
        a.hear_from(b.id, liar.place);
        REQUIRE(a.asks());
        std::string const reply = "d1:rd2:id20:" + std::string{as_text(byte_view{b.id.bytes})} +
                                  "3:key32:" + std::string(32, 'k') + "3:sig3:abce1:t2:aa1:y1:re";
        liar.datagram.assign(as_bytes(reply).begin(), as_bytes(reply).end());
    }
    a.take_answer(liar.datagram, liar.place);
    CHECK(a.guard.counts().refuted == 1);
    CHECK(a.guard.counts().proven == 0);
    CHECK(a.hear_from(b.id, liar.place) == entry_verdict::no);
    CHECK(a.hear_from(liar) == entry_verdict::no);
    CHECK(a.guard.may_enter(a.now, contact{b.id, liar.place}, {}) == entry_verdict::no);
    a.now.now += minutes{21};
    a.hear_from(challenger{4}); // the memory turns with what is put
    REQUIRE(a.asks());
    a.guard.on_failure(a.now, a.cookie, errc::remote_error);
    CHECK(a.hear_from(b.id, liar.place) == entry_verdict::ask_first);
}

TEST_CASE("silence may be loss: who says nothing may try again; who refuses may not") {
    challenger a{1};
    challenger b{2};
    a.hear_from(b);
    REQUIRE(a.asks());
    a.guard.on_failure(a.now, a.cookie, errc::timed_out);
    CHECK(a.hear_from(b) == entry_verdict::ask_first);
    REQUIRE(a.asks());
    a.guard.on_failure(a.now, a.cookie, errc::remote_error);
    CHECK(a.hear_from(b) == entry_verdict::no);
    CHECK(a.guard.counts().unanswered == 1);
    CHECK(a.guard.counts().refuted == 1);
}

TEST_CASE("who signs his messages is asked nothing") {
    challenger a{1};
    challenger b{2};
    using kind = auth_verdict::kind;
    auth_verdict const signed_by_b{kind::signed_message, {}, pair_of(2).public_key()};
    CHECK(a.hear_from(b.id, b.place, signed_by_b) == entry_verdict::yes);
    CHECK_FALSE(a.guard.next(a.now));
    CHECK(a.hear_from(b) == entry_verdict::yes); // later he need not
    CHECK(a.hear_from(challenger{3}.id, challenger{3}.place, signed_by_b) ==
          entry_verdict::ask_first);
}

TEST_CASE("nobody is asked before we know our own address") {
    challenger a{1};
    challenger b{2};
    a.stand_at(at("192.168.0.2:6881"));
    CHECK(a.hear_from(b) == entry_verdict::ask_first);
    CHECK_FALSE(a.guard.next(a.now));
    CHECK(a.guard.counts().postponed == 1);
    own_node us{{a.id, at("192.168.0.2:6881")}};
    us.external = a.place;
    a.guard.own_nodes({&us, 1});
    a.hear_from(b);
    REQUIRE(a.asks());
    REQUIRE(b.answer(a.datagram, a.place) == answer_verdict::replied);
    a.take_answer(b.datagram, b.place);
    CHECK(a.hear_from(b) == entry_verdict::yes);
}

TEST_CASE("what is no challenge gets 203, and floods get 202") {
    challenger b{2};
    std::string const id(20, 'x');
    auto const query = [&](std::string const& fields) {
        return "d1:ad2:id20:" + id + fields + "e1:q12:id_challenge1:t2:aa1:y1:qe";
    };
    std::string const padding = "1:z128:" + std::string(128, '\0');
    endpoint const from = at("9.9.9.9:9");
    for (std::string const& fields :
         {std::string{}, "1:n15:" + std::string(15, 'n') + padding, "1:n16:" + std::string(16, 'n'),
          "1:ni16e" + padding, "1:n16:" + std::string(16, 'n') + "1:z127:" + std::string(127, 0)}) {
        CHECK(b.answer(as_bytes(query(fields)), from) == answer_verdict::refused);
        CHECK(b.code == krpc::error_code::protocol);
    }
    std::string const good = query("1:n16:" + std::string(16, 'n') + padding);
    unsigned answered = 0;
    for (int i = 0; i < 100; ++i)
        answered += b.answer(as_bytes(good), from) == answer_verdict::replied;
    CHECK(answered >= 1);
    CHECK(answered <= 16);
    CHECK(b.code == krpc::error_code::server);
}

TEST_CASE("challenges at once are bounded") {
    challenger a{1, {.binding = id_binding::whole, .waiting_max = 3}};
    for (unsigned who = 2; who < 12; ++who)
        CHECK(a.hear_from(challenger{who}) == entry_verdict::ask_first);
    CHECK(a.guard.counts().postponed == 7);
    CHECK(a.asks());
    CHECK(a.asks());
    CHECK(a.asks());
    CHECK_FALSE(a.asks());
}

TEST_CASE("an id that has to be paid for is asked once it shows that it was") {
    puzzle_rules const rules{0, 8};
    challenge_rules const asks_for_work{.binding = id_binding::whole, .puzzle = rules};
    challenger a{1, asks_for_work};
    challenger b{2, asks_for_work};
    CHECK(a.hear_from(b) == entry_verdict::ask_first);
    CHECK_FALSE(a.asks());

    auto const show = [&](key160 const& x) {
        detail::encoded_proof const proof{{pair_of(2).public_key(), x}};
        raw_fields fields;
        fields.push_back({detail::puzzle_field, proof.bytes()});
        krpc::reply_parts parts;
        parts.sender = b.id;
        std::array<std::byte, 300> bytes;
        krpc::message m;
        krpc::refusal why;
        auto const size = krpc::encode_reply(bytes, parts, fields);
        REQUIRE(krpc::decode(byte_view{bytes}.first(size), m, why) == errc::ok);
        a.guard.read(a.now, b.place, m);
    };
    auto const ask = [&] {
        CHECK(a.hear_from(b) == entry_verdict::ask_first);
        REQUIRE(a.asks());
        REQUIRE(b.answer(a.datagram, a.place) == answer_verdict::replied);
        a.take_answer(b.datagram, b.place);
        return a.hear_from(b);
    };
    SECTION("and was") {
        puzzle_search search{rules, b.id, puzzle_epoch(rules, a.now.date)};
        auto x = search.advance(100'000);
        REQUIRE(x);
        show(*x);
        CHECK(a.hear_from(b.id, challenger{3}.place) == entry_verdict::ask_first);
        CHECK_FALSE(a.asks()); // it was b who showed it
        CHECK(ask() == entry_verdict::yes);
    }
    SECTION("and was not") {
        show(key160{});
        CHECK(ask() == entry_verdict::no);
    }
}
