#include <dht/node.hpp>
#include <dht/secure/puzzle_id.hpp>
#include <dht/wire/krpc_decode.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(id_generator<puzzle_id, system_random>);
static_assert(id_generator<puzzle_id, seeded_random>);
static_assert(adds_keys<puzzle_id>);
static_assert(knows_own_nodes<puzzle_id>);
static_assert(has_deadlines<puzzle_id>);

namespace {

constexpr puzzle_rules id_rules{4, 12};

puzzle_key solved() {
    key_search search{id_rules, {}};
    while (!search.advance(100)) {
    }
    return *puzzle_key::from_seed(id_rules, search.seed());
}

times day(std::int64_t n, duration later = {}) {
    return {instant{hours{24} * (n - 20'000)} + hours{1'000} + later,
            unix_time{n * 86'400} + later};
}

/// Lets it work until it wants to sleep for longer than a pause.
times let_work(puzzle_id& ids, times at) {
    for (int i = 0; i < 1'000; ++i) {
        auto const next = ids.next_deadline();
        if (!next || *next > at.now + seconds{1}) return at;
        duration const pause = std::max(duration{}, *next - at.now);
        at = {at.now + pause, at.date};
        ids.advance(at);
    }
    FAIL("it never sleeps");
    return at;
}

node_contact give_one_id(puzzle_id& ids) {
    seeded_random rng{1};
    own_node const ours{{ids.generate(ip("1.2.3.4"), rng), at("10.0.0.1:1")}};
    ids.own_nodes({&ours, 1});
    return ours;
}

added_fields added_by(puzzle_id const& ids, via_index via) {
    added_fields fields;
    ids.extend({}, {message_kind::reply, "ping", at("1.2.3.4:5"), via}, fields);
    return fields;
}

} // namespace

TEST_CASE("only a key that solves the static puzzle makes ids") {
    unsigned good = 0;
    for (unsigned i = 0; i < 256; ++i) {
        ed25519_seed const seed{static_cast<std::byte>(i)};
        auto const key = puzzle_key::from_seed(id_rules, seed);
        bool const solves =
            solves_static_puzzle(id_rules, ed25519_key_pair::from_seed(seed).public_key());
        CHECK(key.has_value() == solves);
        good += solves ? 1U : 0U;
    }
    CHECK(good > 4);
    CHECK(good < 40);
}

TEST_CASE("an id fits its address and its key") {
    puzzle_id const ids{solved()};
    seeded_random rng{1};
    auto const& key = ids.key().pair().public_key();
    CHECK(ids.generate(address{}, rng) == id_of_key(key));
    for (char const* where : {"1.2.3.4", "5.6.7.8", "2a00::1", "2a00:1::1"}) {
        node_id const id = ids.generate(ip(where), rng);
        CHECK(id == ids.generate(ip(where), rng));
        CHECK(bep42_id{}.plausible(id, ip(where)));
        CHECK(ids.plausible(id, ip(where)));
        CHECK(is_id_of_key(id, key, id_binding::bep42));
    }
    CHECK(ids.generate(ip("1.2.3.4"), rng) != ids.generate(ip("5.6.7.8"), rng));
    CHECK_FALSE(ids.plausible(id_of_key(key), ip("1.2.3.4")));

    puzzle_id const whole{solved(), id_binding::whole};
    CHECK(whole.generate(ip("1.2.3.4"), rng) == id_of_key(key));
    CHECK(whole.plausible(id_of_key(key), ip("1.2.3.4")));
}

TEST_CASE("puzzles are solved in slices, for each id, and again for the next epoch") {
    puzzle_id ids{solved(), id_binding::bep42, {100, milliseconds{5}}};
    CHECK_FALSE(ids.next_deadline());
    seeded_random rng{1};
    std::array<own_node, 2> const ours{
        own_node{{ids.generate(ip("1.2.3.4"), rng), at("10.0.0.1:1")}},
        own_node{{ids.generate(ip("2a00::1"), rng), at("[fd00::1]:1")}}};
    ids.own_nodes(ours);
    CHECK(added_by(ids, 0).body.empty());

    times now = day(20'000);
    ids.advance(now);
    REQUIRE(ids.next_deadline() == now.now + milliseconds{5});
    CHECK_FALSE(ids.proof(1)); // a hundred hashes hardly solve one of twelve bits
    now = let_work(ids, now);
    for (via_index via = 0; via < 2; ++via) {
        REQUIRE(ids.proof(via));
        CHECK(ids.accepts(ours[via].id, *ids.proof(via), day(20'000).date));
        REQUIRE(added_by(ids, via).body.size() == 1);
    }
    CHECK(added_by(ids, 2).body.empty());
    CHECK(ids.next_deadline() == now.now + hours{24}); // its date stood still

    auto const before = *ids.proof(0);
    now = day(20'001);
    ids.advance(now);
    CHECK(ids.proof(0) == before); // still good, until there is another
    CHECK(ids.accepts(ours[0].id, before, now.date));
    now = let_work(ids, now);
    CHECK_FALSE(ids.proof(0) == before);
    CHECK(ids.accepts(ours[0].id, *ids.proof(0), day(20'002).date));
}

TEST_CASE("an id that stays keeps its proof, another one has none before it is solved") {
    puzzle_id ids{solved()};
    seeded_random rng{1};
    std::array<own_node, 2> ours{own_node{{ids.generate(ip("1.2.3.4"), rng), at("10.0.0.1:1")}},
                                 own_node{{ids.generate(ip("2a00::1"), rng), at("[fd00::1]:1")}}};
    ids.own_nodes(ours);
    times const now = let_work(ids, day(20'000));
    auto const kept = ids.proof(1);
    ours[0].id = ids.generate(ip("5.6.7.8"), rng);
    ids.own_nodes(ours);
    CHECK_FALSE(ids.proof(0));
    CHECK(ids.proof(1) == kept);
    let_work(ids, now);
    REQUIRE(ids.proof(0));
    CHECK(ids.accepts(ours[0].id, *ids.proof(0), now.date));
}

TEST_CASE("a date that is corrected is not slept through") {
    puzzle_id ids{solved()};
    auto const ours = give_one_id(ids);
    times now = let_work(ids, {instant{hours{1}}, unix_time{10}}); // nobody has told the date
    REQUIRE(ids.proof(0));
    CHECK_FALSE(ids.accepts(ours.id, *ids.proof(0), day(20'000).date));
    now = {now.now + seconds{1}, day(20'000).date};
    ids.advance(now);
    let_work(ids, now);
    CHECK(ids.accepts(ours.id, *ids.proof(0), day(20'000).date));
}

TEST_CASE("a saved id is taken up again if it is of the key") {
    puzzle_id const ids{solved()};
    seeded_random rng{1};
    for (char const* where : {"1.2.3.4", "5.6.7.8"})
        CHECK(ids.may_be_ours(ids.generate(ip(where), rng)));
    CHECK_FALSE(ids.may_be_ours(bep42_id{}.generate(ip("1.2.3.4"), rng)));
}

TEST_CASE("a proof stands among the keys of others, in their order") {
    puzzle_id ids{solved()};
    give_one_id(ids);
    let_work(ids, day(20'000));
    added_fields fields;
    fields.body.push_back({"hat", as_bytes("i1e")});
    fields.body.push_back({"zz", as_bytes("i1e")});
    ids.extend({}, {message_kind::query, "ping", at("1.2.3.4:5"), 0}, fields);
    REQUIRE(fields.body.size() == 3);
    CHECK(fields.body[1].key == "pz");
    CHECK(fields.body[1].value.size() == 55);
    while (fields.body.size() < fields.body.capacity())
        fields.body.push_back({"zzz", as_bytes("i1e")});
    ids.extend({}, {message_kind::query, "ping", at("1.2.3.4:5"), 0}, fields);
    CHECK(fields.body.size() == fields.body.capacity());
}

TEST_CASE("what a message says is read, whatever it is") {
    std::string const raw(52, 'x');
    auto const read = [](std::string const& a) {
        krpc::message m;
        krpc::query q;
        q.a = as_bytes(a);
        m.body = q;
        return puzzle_proof_in(m);
    };
    auto const good = read("d2:id20:aaaaaaaaaaaaaaaaaaaa2:pz52:" + raw + "e");
    REQUIRE(good);
    CHECK(good->key[0] == std::byte{'x'});
    CHECK(good->x.bytes[19] == std::byte{'x'});
    krpc::message answer;
    krpc::reply r;
    std::string const body = "d2:pz52:" + raw + "1:zi1ee";
    r.r = as_bytes(body);
    answer.body = r;
    CHECK(puzzle_proof_in(answer) == good);
    answer.body = krpc::error{};
    CHECK_FALSE(puzzle_proof_in(answer));
    answer.body = krpc::reply{}; // of no datagram
    CHECK_FALSE(puzzle_proof_in(answer));
    for (std::string const& bad :
         {std::string{"d2:id20:aaaaaaaaaaaaaaaaaaaae"}, std::string{""}, std::string{"de"},
          "d2:pz51:" + raw.substr(1) + "e", "d2:pz53:" + raw + "xe", std::string{"d2:pzi5ee"},
          std::string{"d2:pzl"}, "d2:pz52:" + raw.substr(2)}) {
        CAPTURE(bad);
        CHECK_FALSE(read(bad));
    }
}

TEST_CASE("a node of today's network carries the proof of its id, where others overlook it") {
    unix_time const date{20'000 * 86'400LL + 1'000};
    instant now{seconds{100}};
    dht::node<puzzle_id, seeded_random> node{settings{}, puzzle_id{solved()}, seeded_random{1}};
    node.set_unix_time(now, date);
    node.open(now, at("46.4.2.1:6881"));
    auto const& ids = node.policy<slots::id_generator>();
    auto const ask = [&](endpoint const& from) {
        while (node.poll_transmit()) {
        }
        node.receive(now, 0, from,
                     as_bytes("d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe"));
        std::string bytes;
        while (auto const t = node.poll_transmit())
            if (t->to == from) bytes = std::string{as_text(t->bytes)};
        return bytes;
    };
    CHECK(ask(at("5.6.7.8:4000")).find("2:pz") == std::string::npos); // not solved yet
    for (int i = 0; i < 1'000 && !ids.proof(0); ++i) {
        now += milliseconds{5};
        node.advance(now);
    }
    REQUIRE(ids.proof(0));
    std::string const reply = ask(at("5.6.7.9:4000"));
    krpc::message m;
    krpc::refusal why;
    REQUIRE(krpc::decode(as_bytes(reply), m, why) == errc::ok);
    auto const proof = puzzle_proof_in(m);
    REQUIRE(proof);
    CHECK(*proof == *ids.proof(0));
    CHECK(std::get<krpc::reply>(m.body).sender == node.own_id(0));
    CHECK(ids.accepts(node.own_id(0), *proof, date));
}
