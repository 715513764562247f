#include <dht/secure/signed_messages.hpp>
#include <dht/wire/krpc_decode.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include "pairs.hpp"
#include <set>
#include <string>

using namespace dht;
using namespace dht::test;
using fault = event::signature_fault;

static_assert(authenticator<signed_messages>);
static_assert(knows_own_nodes<signed_messages>);

namespace {

constexpr std::int64_t today = 1'700'000'000;

struct few_signatures {
    std::uint16_t transactions_max = 4'096;
    std::uint16_t pending_queries_max = 256;
    milliseconds pending_query_time_max{2'000};
    std::uint16_t signatures_per_second = 200;
};

/// A datagram and what its receiver knows of it before he opens it.
struct letter {
    endpoint from;
    endpoint to;
    message_kind kind{};
    std::string tid;
    node_id sender;
    std::string bytes;

    [[nodiscard]] std::size_t value_bytes() const {
        for (std::size_t const size : {20U, 112U, 120U})
            if (bytes.starts_with("d1:S" + std::to_string(size) + ":")) return size;
        return 0;
    }
};

struct signing_party {
    unsigned number;
    node_id id;
    endpoint place;
    signed_messages auth;
    times now{instant{seconds{1'000}}, unix_time{today}};
    unsigned asked = 0;
    seeded_random rng;

    explicit signing_party(unsigned who, signing_rules const& rules = {}, unsigned chance = 0)
        : number{who},
          place{address::v4(0x05060700 + (who << 16U)), 6881},
          auth{pair_of(who), rules},
          rng{who + 100 * chance} {
        id.bytes[0] = id.bytes[19] = static_cast<std::byte>(who);
        auth.start(few_signatures{}, rng);
        is(id);
    }

    void is(node_id const& name) {
        id = name;
        own_node const us{{id, place}};
        auth.own_nodes({&us, 1});
    }

    letter seal(endpoint const& to, message_kind kind, std::string const& tid,
                std::optional<node_id> const& receiver) {
        std::array<std::byte, 600> buffer{};
        bencode::writer out{buffer};
        bencode::dictionary_writer message{out, {}};
        message.key(kind == message_kind::query ? "a" : "r");
        out.begin_dictionary();
        out.string("id");
        out.string(id.bytes);
        out.end();
        if (kind == message_kind::query) message.field("q", as_bytes("ping"));
        message.field("t", as_bytes(tid));
        message.field("y", as_bytes(kind == message_kind::query ? "q" : "r"));
        message.end();
        envelope const e{0, to, kind, as_bytes(tid), receiver};
        std::size_t const whole = out.size() + auth.room(e);
        std::size_t const sent = auth.seal(now, rng, e, byte_span{buffer}.first(whole), out.size());
        CHECK(sent == whole);
        return {place, to, kind, tid, id, std::string{as_text(byte_view{buffer}.first(sent))}};
    }

    letter ask(signing_party const& whom) {
        return seal(whom.place, message_kind::query, next_tid(), whom.id);
    }

    letter ask_whoever_is_at(endpoint const& where) {
        return seal(where, message_kind::query, next_tid(), std::nullopt);
    }

    letter answer(letter const& query) {
        return seal(query.from, message_kind::reply, query.tid, std::nullopt);
    }

    auth_verdict hear(letter const& l) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(as_bytes(l.bytes), m, why) == errc::ok);
        envelope e{0, l.from, l.kind, as_bytes(l.tid), {}};
        if (l.kind == message_kind::query) e.id = l.sender;
        return auth.open(now, e, as_bytes(l.bytes), m);
    }

    [[nodiscard]] std::string next_tid() { return "t" + std::to_string(1'000 + asked++); }
};

using kind = auth_verdict::kind;

bool is_by(auth_verdict const& v, signing_party const& who) {
    return v.what == kind::signed_message && v.key == who.auth.key();
}

std::optional<fault> fault_of(auth_verdict const& v) {
    return v.what == kind::bad ? std::optional{v.fault} : std::nullopt;
}

/// Both hear of each other. The sizes of the question's and the answer's field.
std::pair<std::size_t, std::size_t> talk(signing_party& a, signing_party& b) {
    letter const q = a.ask(b);
    b.hear(q);
    letter const r = b.answer(q);
    a.hear(r);
    return {q.value_bytes(), r.value_bytes()};
}

using sizes = std::pair<std::size_t, std::size_t>;

letter with_byte_changed(letter l, std::size_t at) {
    l.bytes[at] = static_cast<char>(l.bytes[at] ^ 1);
    return l;
}

} // namespace

TEST_CASE("a first question and its answer are signed in full, then there is a session") {
    signing_party a{1};
    signing_party b{2};
    letter const q = a.ask(b);
    CHECK(is_by(b.hear(q), a));
    letter const r = b.answer(q);
    CHECK(is_by(a.hear(r), b));
    CHECK(q.value_bytes() == 112);
    CHECK(r.value_bytes() == 112);
    for (int i = 0; i < 3; ++i) {
        letter const more = a.ask(b);
        CHECK(more.value_bytes() == 20);
        CHECK(is_by(b.hear(more), a));
        letter const answer = b.answer(more);
        CHECK(answer.value_bytes() == 20);
        CHECK(is_by(a.hear(answer), b));
    }
    CHECK(talk(b, a) == sizes{20, 20});
    CHECK(a.auth.sessions() == 1);
}

TEST_CASE("a signed message is a canonical dictionary, longer by 26, 119 or 127 bytes") {
    signing_party a{1};
    signing_party b{2};
    auto const check = [](letter const& l, std::size_t more) {
        krpc::message m;
        krpc::refusal why;
        REQUIRE(krpc::decode(as_bytes(l.bytes), m, why) == errc::ok);
        CHECK(m.canonical);
        CHECK_FALSE(m.trailing_bytes);
        std::string_view const plain = "d1:ad2:id20:e1:q4:ping1:t5:1:y1:qe";
        CHECK(l.bytes.size() == plain.size() + 20 + 5 + more);
    };
    check(a.ask(b), 119);
    check(a.ask_whoever_is_at(b.place), 127);
    talk(a, b);
    check(a.ask(b), 26);
}

TEST_CASE("who has not signed gets no signature, and his message is nothing bad") {
    signing_party b{2};
    letter plain{at("9.9.9.9:9"), b.place, message_kind::query, "aa", {}, "d1:ad2:id20:"};
    plain.bytes += std::string(20, 'x') + "e1:q4:ping1:t2:aa1:y1:qe";
    CHECK(b.hear(plain).what == kind::unsigned_message);
    CHECK(b.answer(plain).value_bytes() == 0);
    CHECK(b.auth.sessions() == 0);
}

TEST_CASE("a question is for one node, once") {
    signing_party a{1};
    signing_party b{2};
    signing_party c{3};
    letter const q = a.ask(b);
    CHECK(fault_of(c.hear(q)) == fault::wrong);
    CHECK(is_by(b.hear(q), a));
    CHECK(fault_of(b.hear(q)) == fault::replayed);
}

TEST_CASE("a question to whoever is there is for one address, as far as that is known") {
    signing_party a{1};
    signing_party b{2};
    signing_party c{3};
    letter const q = a.ask_whoever_is_at(b.place);
    CHECK(q.value_bytes() == 120);
    CHECK(fault_of(c.hear(q)) == fault::wrong);
    CHECK(is_by(b.hear(q), a));
    CHECK(fault_of(b.hear(q)) == fault::replayed);

    own_node behind_a_nat{{c.id, at("192.168.1.2:6881")}};
    c.auth.own_nodes({&behind_a_nat, 1});
    letter const next = a.ask_whoever_is_at(c.place);
    CHECK(is_by(c.hear(a.ask_whoever_is_at(b.place)), a)); // nobody has told it where it is
    behind_a_nat.external = endpoint{c.place.ip, 1};
    c.auth.own_nodes({&behind_a_nat, 1});
    CHECK(is_by(c.hear(next), a));
    CHECK(fault_of(c.hear(a.ask_whoever_is_at(b.place))) == fault::wrong);
}

TEST_CASE("an id that has just changed is still known") {
    signing_party a{1};
    signing_party b{2};
    letter const first = a.ask(b);
    letter const second = a.ask(b);
    node_id other = b.id;
    other.bytes[5] = std::byte{5};
    b.is(other);
    CHECK(is_by(b.hear(first), a));
    other.bytes[5] = std::byte{6};
    b.is(other);
    CHECK(fault_of(b.hear(second)) == fault::wrong);
    CHECK(is_by(b.hear(a.ask(b)), a));
}

TEST_CASE("a stamp is good for as long as clocks may differ, either way") {
    for (int const ahead : {-121, -120, 120, 121}) {
        signing_party a{1};
        signing_party b{2};
        b.now.date = unix_time{today + ahead};
        INFO(ahead);
        if (std::abs(ahead) > 120)
            CHECK(fault_of(b.hear(a.ask(b))) == fault::stale);
        else
            CHECK(is_by(b.hear(a.ask(b)), a));
    }
}

TEST_CASE("a replay is known for as long as its stamp is good") {
    signing_party a{1};
    signing_party b{2};
    letter const q = a.ask(b);
    b.now.date = unix_time{today - 120};
    CHECK(is_by(b.hear(q), a));
    for (int second = 0; second < 240; ++second) {
        b.now = {b.now.now + seconds{1}, b.now.date + seconds{1}};
        b.hear(a.ask(b)); // time passes with any message
        CHECK(fault_of(b.hear(q)) == fault::replayed);
    }
    b.now = {b.now.now + seconds{1}, b.now.date + seconds{1}};
    CHECK(fault_of(b.hear(q)) == fault::stale);
}

TEST_CASE("every byte of a message counts, and every byte of its signature") {
    for (bool const in_session : {false, true}) {
        signing_party a{1};
        signing_party b{2};
        if (in_session) talk(a, b);
        letter const q = a.ask(b);
        // The key "S" itself apart: whose name is changed is an unknown one, and the rest unsigned.
        for (std::size_t i = in_session ? 7 : 8; i < q.bytes.size(); ++i) {
            letter const forged = with_byte_changed(q, i);
            krpc::message m;
            krpc::refusal why;
            if (krpc::decode(as_bytes(forged.bytes), m, why) != errc::ok) continue;
            b.now = {b.now.now + seconds{1}, b.now.date}; // there is time for each of them
            INFO("in session: " << in_session << ", byte " << i);
            CHECK(b.hear(forged).what == kind::bad);
        }
        CHECK(is_by(b.hear(q), a));
    }
}

TEST_CASE("a field of another size is malformed") {
    signing_party b{2};
    for (std::size_t const size : {0U, 16U, 19U, 21U, 111U, 113U, 119U, 121U, 300U}) {
        std::string const id(20, 'x');
        letter const l{at("9.9.9.9:9"),
                       b.place,
                       message_kind::query,
                       "aa",
                       {},
                       "d1:S" + std::to_string(size) + ":" + std::string(size, 's') +
                           "1:ad2:id20:" + id + "e1:q4:ping1:t2:aa1:y1:qe"};
        CHECK(fault_of(b.hear(l)) == fault::malformed);
    }
    letter list{at("9.9.9.9:9"), b.place, message_kind::query, "aa", {}, "d1:Sle1:ad2:id20:"};
    list.bytes += std::string(20, 'x') + "e1:q4:ping1:t2:aa1:y1:qe";
    CHECK(fault_of(b.hear(list)) == fault::malformed);
}

TEST_CASE("an answer is for one question, whole, and comes once") {
    for (bool const in_session : {false, true}) {
        signing_party a{1};
        signing_party b{2};
        if (in_session) talk(a, b);
        letter const q = a.ask(b);
        b.hear(q);
        letter const r = b.answer(q);
        INFO("in session: " << in_session);

        // Somebody on the way has another question under the same number answered.
        signing_party again{1, {}, 1};
        letter other = again.seal(b.place, message_kind::query, q.tid, b.id);
        b.hear(other);
        CHECK(fault_of(a.hear(b.answer(other))) == fault::wrong);
        CHECK(fault_of(a.hear(r)) == fault::unasked); // one answer to a question is looked at

        letter const second = a.ask(b);
        b.hear(second);
        letter const answer = b.answer(second);
        CHECK(is_by(a.hear(answer), b));
        CHECK(fault_of(a.hear(answer)) == fault::unasked);
    }
}

TEST_CASE("questions of both sides may have the same number") {
    signing_party a{1};
    signing_party b{2};
    letter const theirs = a.ask(b);
    b.hear(theirs);
    letter const ours = b.seal(a.place, message_kind::query, theirs.tid, a.id);
    CHECK(is_by(a.hear(ours), b));
    CHECK(is_by(a.hear(b.answer(theirs)), b));
    CHECK(is_by(b.hear(a.answer(ours)), a));
}

TEST_CASE("what nobody asked for is not looked at") {
    signing_party a{1};
    signing_party b{2};
    letter const q = b.ask(a);
    a.hear(q);
    letter r = a.answer(q);
    r.tid = "zzzzz";
    CHECK(fault_of(b.hear(r)) == fault::unasked);
}

TEST_CASE("messages of a session come in any order, each once, and none from long ago") {
    signing_party a{1};
    signing_party b{2};
    talk(a, b);
    std::vector<letter> letters;
    for (int i = 0; i < 70; ++i)
        letters.push_back(a.ask(b));
    std::set<std::size_t> heard;
    for (std::size_t const i : {65U, 3U, 2U, 64U, 65U, 3U, 1U, 0U, 69U, 5U, 6U}) {
        bool const in_window = heard.empty() || i + 64 > *heard.rbegin();
        bool const fresh = in_window && heard.insert(i).second;
        INFO(i);
        CHECK(fault_of(b.hear(letters[i])) ==
              (fresh ? std::nullopt : std::optional{fault::replayed}));
    }
}

TEST_CASE("a message of one session serves in no other") {
    signing_party a{1};
    signing_party b{2};
    signing_party c{3};
    talk(a, b), talk(a, c), talk(c, b);
    letter const q = a.ask(b);
    CHECK(fault_of(c.hear(q)) == fault::no_session); // another node
    letter elsewhere = q;
    elsewhere.from = c.place;
    CHECK(fault_of(b.hear(elsewhere)) == fault::no_session); // another address
    letter back = q;
    back.from = b.place;
    CHECK(fault_of(a.hear(back)) == fault::no_session); // to its sender
    signing_party later{2, {}, 1};
    talk(a, later), talk(a, later), talk(a, later); // another session of the same two
    CHECK(talk(a, later) == sizes{20, 20});
    CHECK(fault_of(later.hear(q)) == fault::no_session);
    CHECK(is_by(b.hear(q), a));
}

TEST_CASE("who has forgotten a session gets another one") {
    signing_party a{1};
    signing_party b{2};
    talk(a, b), talk(a, b);
    SECTION("who is asked") {
        signing_party later{2, {}, 1};
        letter const q = a.ask(later);
        CHECK(q.value_bytes() == 20);
        CHECK(fault_of(later.hear(q)) == fault::no_session);
        letter const r = later.answer(q);
        CHECK(r.value_bytes() == 112);
        CHECK(is_by(a.hear(r), later)); // it still shows who answered, to what
        CHECK(talk(a, later) == sizes{112, 112});
        CHECK(talk(a, later) == sizes{20, 20});
    }
    SECTION("who asks") {
        signing_party later{1, {}, 1};
        CHECK(talk(later, b) == sizes{112, 112});
        CHECK(talk(later, b) == sizes{20, 20});
        CHECK(talk(b, later) == sizes{20, 20});
    }
}

TEST_CASE("it does not matter in which order both begin") {
    signing_party a{1};
    signing_party b{2};
    letter const q1 = a.ask(b);
    letter const q2 = a.ask(b);
    letter const q3 = b.ask(a);
    b.hear(q2), a.hear(q3), b.hear(q1);
    letter const r1 = b.answer(q1);
    letter const r2 = b.answer(q2);
    letter const r3 = a.answer(q3);
    for (letter const* l : {&r2, &r1})
        CHECK(is_by(a.hear(*l), b));
    CHECK(is_by(b.hear(r3), a));
    CHECK(talk(a, b) == sizes{20, 20});
    CHECK(talk(b, a) == sizes{20, 20});
}

TEST_CASE("a false sender does not take a session over, unless it is idle") {
    signing_party a{1};
    signing_party b{2};
    signing_party liar{3};
    talk(a, b), talk(a, b);
    liar.place = a.place;
    letter const q = liar.ask(b);
    CHECK(is_by(b.hear(q), liar)); // his signature is good; where he is it does not say
    CHECK(talk(a, b) == sizes{20, 20});
    b.now.now += minutes{16};
    b.hear(liar.ask(b));
    letter const later = a.ask(b);
    CHECK(fault_of(b.hear(later)) == fault::no_session);
}

TEST_CASE("sessions are bounded; those that are used stay longest") {
    signing_party b{2, {.sessions_max = 64}};
    signing_party friendly{1};
    talk(friendly, b), talk(friendly, b);
    for (unsigned i = 0; i < 500; ++i) {
        signing_party stranger{10};
        stranger.place.ip = address::v4(0x06000000 + (i << 8U));
        b.now.now += seconds{10};
        b.hear(stranger.ask(b));
        CHECK(b.auth.sessions() <= 64);
        if (i % 4 == 0) b.hear(friendly.ask(b));
    }
    CHECK(talk(friendly, b) == sizes{20, 20});
}

TEST_CASE("a flood of bad signatures is not verified beyond its share, and harms no other") {
    signing_party a{1};
    signing_party b{2};
    unsigned verified = 0;
    for (unsigned i = 0; i < 10'000; ++i) { // within one second, from one address
        letter const forged = with_byte_changed(a.ask(b), 140);
        b.now.now += microseconds{100};
        auto const v = b.hear(forged);
        REQUIRE(v.what == kind::bad);
        verified += v.fault == fault::wrong;
    }
    CHECK(verified >= 1);
    CHECK(verified <= 20); // of 200 per second in 64 shares, five seconds' at once
    unsigned heard = 0;
    for (unsigned i = 0; i < 20; ++i) {
        signing_party honest{10 + i};
        honest.place.ip = address::v4(0x07000000 + (i << 8U));
        heard += is_by(b.hear(honest.ask(b)), honest);
    }
    CHECK(heard >= 18); // but for who has the same share by chance
}

TEST_CASE("a flood of unknown sessions is not answered with signatures beyond its share") {
    signing_party a{1};
    signing_party b{2};
    talk(a, b);
    signing_party later{2, {}, 1};
    unsigned signatures = 0;
    for (unsigned i = 0; i < 1'000; ++i) {
        letter const q = a.ask(later);
        CHECK(fault_of(later.hear(q)) == fault::no_session);
        signatures += later.answer(q).value_bytes() > 0;
    }
    CHECK(signatures >= 1);
    CHECK(signatures <= 16);
}

TEST_CASE("replays remembered are bounded: then nothing more is taken, rather than twice") {
    signing_party a{1};
    signing_party b{2, {.replays_max = 4}};
    std::vector<letter> letters;
    for (int i = 0; i < 6; ++i)
        letters.push_back(a.ask(b));
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(is_by(b.hear(letters[i]), a));
    CHECK(fault_of(b.hear(letters[4])) == fault::postponed);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(fault_of(b.hear(letters[i])) == fault::replayed);
}

TEST_CASE("what is demanded follows the rules") {
    using demanded = signatures_demanded;
    auto const demands = [](demanded what, message_kind k, event::method m) {
        return signed_messages{pair_of(1), {.demanded = what}}.demands(k, m);
    };
    using event::method;
    CHECK_FALSE(demands(demanded::nowhere, message_kind::query, method::announce_peer));
    CHECK(demands(demanded::on_stores, message_kind::query, method::announce_peer));
    CHECK(demands(demanded::on_stores, message_kind::query, method::put));
    CHECK_FALSE(demands(demanded::on_stores, message_kind::query, method::get_peers));
    CHECK_FALSE(demands(demanded::on_stores, message_kind::reply, method::other));
    CHECK(demands(demanded::always, message_kind::query, method::ping));
    CHECK(demands(demanded::always, message_kind::reply, method::other));
}

TEST_CASE("agreements are the same from both sides, and with nobody else") {
    auto const a = pair_of(1);
    auto const b = pair_of(2);
    CHECK(agree(a, b.public_key()) == agree(b, a.public_key()));
    CHECK(agree(a, b.public_key()) != agree(a, pair_of(3).public_key()));
    CHECK_FALSE(agree(a, ed25519_public_key{})); // of small order
    auto const ours = keys_of_session(a, 1, {b.public_key(), 2});
    auto const theirs = keys_of_session(b, 2, {a.public_key(), 1});
    REQUIRE((ours && theirs));
    CHECK(ours->to_them == theirs->to_us);
    CHECK(ours->to_us == theirs->to_them);
    CHECK(ours->to_them != ours->to_us);
    CHECK(keys_of_session(a, 3, {b.public_key(), 2})->to_them != ours->to_them);
}
