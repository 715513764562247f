#include <dht/observe/statistics.hpp>
#include <dht/secure/quorum_tokens.hpp>

#include "../unit/secure/group.hpp"
#include "stand_in.hpp"

// Five nodes share duty for a key and verify each other's tokens; three must find one good. Who
// announces is an ordinary client, which knows nothing of that.

using namespace dht;
using namespace dht::test;

namespace {

/// A member that signs the contrary of what it finds, while it lies.
struct member_tokens : quorum_tokens {
    bool lies = false;

    explicit member_tokens(token_quorum const& group)
        : quorum_tokens{group, member_pair(group.self)} {}

    answer_verdict answer(extension_query const& q, extension_reply& reply) noexcept {
        answer_verdict const v = quorum_tokens::answer(q, reply);
        if (!lies || v != answer_verdict::replied) return v;
        bool const good = reply.fields[0].value[3] == std::byte{1}; // behind "65:"
        auto const lie = detail::signed_verdict(
            member_pair(group().self), bencode::string_under(q.query.a, "claim"),
            good ? detail::witness_verdict::bad : detail::witness_verdict::good);
        bencode::writer{lie_}.string(lie);
        reply.fields[0].value = lie_;
        return v;
    }

private:
    std::array<std::byte, 68> lie_{};
};

using member_node = sim::node<member_tokens, observe::statistics>;
using member_host = sim::node_host<member_node, member_tokens>;

endpoint member_at(std::uint32_t number) {
    return sim::public_v4(number);
}

struct refusal_or_reply {
    int code = -1; ///< 0: it was stored; -1: no answer
    std::string text{};
    duration took{};
};

struct five_witnesses : checked_world {
    std::vector<member_host*> members;
    stand_in client;
    info_hash hash;

    explicit five_witnesses(std::uint64_t seed, sim::link const& net = sim::continental)
        : checked_world{seed, net},
          client{*this, sim::public_v4(70), draw_id()},
          hash{draw_hash()} {
        token_quorum const group = group_of(5, 3, member_at);
        for (std::uint32_t i = 0; i < 5; ++i)
            members.push_back(
                &add<member_node>(member_at(i), settings{}, member_tokens{seen_by(group, i)}));
        run_for(seconds{1});
    }

    letter const* answer_to(std::size_t member, std::string_view method,
                            krpc::arguments const& args, duration patience) {
        std::size_t const before = client.heard.size();
        client.ask(member_at(static_cast<std::uint32_t>(member)), method, args);
        auto const answer = [&]() -> letter const* {
            for (std::size_t i = before; i < client.heard.size(); ++i)
                if (client.heard[i].readable && client.heard[i].query() == nullptr)
                    return &client.heard[i];
            return nullptr;
        };
        run_until([&] { return answer() != nullptr; }, patience);
        return answer();
    }

    /// Empty: it was lost.
    std::string token_from(std::size_t member) {
        letter const* const l = answer_to(member, "get_peers", krpc::get_peers{hash}, seconds{2});
        return l == nullptr ? "" : std::string{as_text(l->reply()->token)};
    }

    refusal_or_reply announce(std::size_t member, std::string const& token,
                              std::uint16_t port = 6881) {
        krpc::announce_peer const args{hash, as_bytes(token), port};
        instant const begin = now();
        letter const* const l = answer_to(member, "announce_peer", args, seconds{4});
        if (l == nullptr) return {};
        if (l->error() == nullptr) return {0, {}, now() - begin};
        return {l->error()->code, std::string{l->error()->text}, now() - begin};
    }

    bool has(std::size_t member) { return stores(*members[member], hash); }

    template <class Fact>
    std::uint64_t facts(std::size_t member) {
        return members[member]->use([](auto& n, instant) {
            return n.template get<observe::statistics>().snapshot().template heard<Fact>();
        });
    }

    void let_lie(std::size_t member) {
        members[member]->use(
            [](auto& n, instant) { n.template policy<slots::token_scheme>().lies = true; });
    }
};

} // namespace

TEST_CASE("with all witnesses a token of one is stored by at another, in the time of a few trips") {
    five_witnesses w{1};
    std::string const token = w.token_from(0);
    REQUIRE(token.size() == 24);
    auto const here = w.announce(0, token);
    CHECK(here.code == 0);
    CHECK(here.took < milliseconds{600});
    CHECK(w.has(0));
    CHECK(w.announce(1, token).code == 0);
    CHECK(w.has(1));
    CHECK_FALSE(w.has(2));
    auto const spent = w.announce(2, token, 7'000);
    CHECK(spent.code == 203);
    CHECK(spent.took < milliseconds{250}); // it was told, and asks nobody
    CHECK_FALSE(w.has(2));
    CHECK(w.facts<event::token_rejected>(2) == 1);
    CHECK(w.announce(2, token).code == 0);
}

TEST_CASE("two of five witnesses down: accepted in time") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        five_witnesses w{seed};
        std::string const token = w.token_from(seed % 3);
        w.members[3]->crash();
        w.members[4]->crash();
        auto const answer = w.announce(0, token);
        CHECK(answer.code == 0);
        CHECK(answer.took < seconds{1});
        CHECK(w.has(0));
        CHECK(w.facts<event::token_undecided>(0) == 0);
    }
}

TEST_CASE("the one who issued a token may be down") {
    five_witnesses w{1};
    std::string const token = w.token_from(4);
    w.members[4]->crash();
    w.members[3]->crash();
    CHECK(w.announce(0, token).code == 0);
}

TEST_CASE("three of five witnesses down: a verdict with a name, and nothing is stored") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        five_witnesses w{seed};
        std::string const token = w.token_from(seed % 5);
        for (std::size_t i = 2; i < 5; ++i)
            w.members[i]->crash();
        auto const answer = w.announce(0, token);
        CHECK(answer.code == 202);
        CHECK(answer.text == "too few witnesses answered");
        CHECK(answer.took >= milliseconds{1'500});
        CHECK(answer.took < milliseconds{2'000});
        CHECK(w.facts<event::token_undecided>(0) == 1);
        CHECK(w.facts<event::token_rejected>(0) == 0);
        CHECK(w.facts<event::peer_stored>(0) == 0);
        for (std::size_t i = 0; i < 2; ++i)
            CHECK_FALSE(w.has(i));
        CHECK(w.announce(0, token).code == 202); // repeating it does not help
        w.members[2]->start();                   // one that is back does
        CHECK(w.announce(0, token).code == 0);
        CHECK(w.has(0));
    }
}

TEST_CASE("one lying witness denies a good token nothing, whoever else is down") {
    for (std::size_t liar = 1; liar < 5; ++liar) {
        INFO("liar " << liar);
        five_witnesses w{liar};
        w.let_lie(liar);
        CHECK(w.announce(0, w.token_from(0)).code == 0);
        w.members[liar % 4 + 1]->crash();
        CHECK(w.announce(0, w.token_from(0), 7'000).code == 0);
        CHECK(w.announce(0, w.token_from(liar), 7'001).code == 0);
    }
}

TEST_CASE("one lying witness does not help a token that was used") {
    for (std::size_t liar = 0; liar < 4; ++liar) {
        INFO("liar " << liar);
        five_witnesses w{liar};
        std::string const token = w.token_from(0);
        w.members[4]->crash();
        REQUIRE(w.announce(liar == 1 ? 0 : 1, token).code == 0);
        w.let_lie(liar);
        w.members[4]->start(); // and knows of no use
        w.run_for(seconds{1});
        auto const answer = w.announce(4, token, 7'000);
        CHECK(answer.code == 203);
        CHECK_FALSE(w.has(4));
        CHECK(w.announce(4, token).code == 203); // it was told the other use first
    }
}

TEST_CASE("with 5 % loss and two down: a client that repeats itself is always accepted") {
    sim::link lossy = sim::continental;
    lossy.loss = 0.05;
    unsigned undecided = 0;
    unsigned accepted = 0;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        five_witnesses w{seed, lossy};
        w.members[3]->crash();
        w.members[4]->crash();
        for (unsigned n = 0; n < 20; ++n) {
            INFO("seed " << seed << ", announce " << n);
            w.hash = w.draw_hash();
            std::string token;
            for (int tries = 0; token.empty() && tries < 5; ++tries)
                token = w.token_from(n % 3);
            refusal_or_reply answer;
            for (int tries = 0; answer.code != 0 && tries < 5; ++tries) {
                answer = w.announce((n + 1) % 3, token);
                undecided += answer.code == 202 ? 1U : 0U;
                CHECK(answer.code != 203);
            }
            accepted += answer.code == 0 ? 1U : 0U;
            CHECK(w.has((n + 1) % 3));
        }
    }
    CHECK(accepted == 200);
    CHECK(undecided <= 1);
}

TEST_CASE("with 5 % loss and a lying witness: no effect either") {
    sim::link lossy = sim::continental;
    lossy.loss = 0.05;
    five_witnesses w{11, lossy};
    w.let_lie(2);
    for (unsigned n = 0; n < 30; ++n) {
        INFO("announce " << n);
        w.hash = w.draw_hash();
        std::string token;
        for (int tries = 0; token.empty() && tries < 5; ++tries)
            token = w.token_from(n % 5);
        refusal_or_reply answer;
        for (int tries = 0; answer.code == -1 && tries < 5; ++tries)
            answer = w.announce((n + 1) % 5, token);
        CHECK(answer.code == 0);
    }
}

TEST_CASE("an ordinary node announces to such a group as to others") {
    five_witnesses w{5};
    auto& node = w.add<sim::node<>>(sim::public_v4(71));
    for (std::uint32_t i = 0; i < 5; ++i)
        node.bootstrap(member_at(i));
    for (std::size_t i = 1; i < 5; ++i)
        w.members[i]->bootstrap(member_at(0));
    w.run_for(seconds{30});
    outcome const o = w.finish(node, node.announce(w.hash, {.port = 7'000}));
    CHECK(o.stored == 5);
    CHECK(o.errors.empty());
    outcome const again = w.finish(node, node.announce(w.hash, {.port = 7'001}));
    CHECK(again.stored == 5); // with other tokens
    CHECK(again.errors.empty());
}

TEST_CASE("no answer to a question of the group is larger than that, even to who has no version") {
    for (bool const v6 : {false, true}) {
        checked_world w{1};
        auto const where = [&](std::uint32_t i) { return v6 ? sim::public_v6(i) : member_at(i); };
        token_quorum const group = group_of(2, 2, where);
        w.add<member_node>(where(1), settings{}, member_tokens{seen_by(group, 1)});
        stand_in asker{w, where(0), w.draw_id()};
        detail::token_question const question{
            0,        1, detail::minute_of(w.unix_now()),  sim::public_v4(9).ip,
            key160{}, 1, token{std::vector<std::byte>(24)}};
        auto const send = [&](byte_view raw, std::size_t tid_bytes) {
            std::string const field = "91:" + std::string{as_text(raw)};
            bencode::raw_field const claim{"claim", as_bytes(field)};
            std::array<std::byte, 500> buffer;
            std::string const tid(tid_bytes, 't');
            std::size_t const bytes =
                krpc::encode_query(buffer, {as_bytes(tid), {}, asker.id, true}, "verify_token",
                                   krpc::other{}, {&claim, 1});
            std::size_t const before = asker.heard.size();
            asker.send(where(1), byte_view{buffer}.first(bytes));
            w.run_until([&] { return asker.heard.size() > before; }, seconds{1});
            REQUIRE(asker.heard.size() == before + 1);
            constexpr std::size_t ro_bytes = 7; // which it may leave out
            CHECK(asker.heard.back().bytes.size() + ro_bytes <= bytes);
            return asker.heard.back().reply() != nullptr;
        };
        auto const key = hmac_sha256(group.secret, as_bytes("dht quorum questions"));
        for (std::size_t const tid_bytes : {0U, 2U, 6U, 32U}) {
            CHECK(send(detail::written(question, key), tid_bytes));
            CHECK_FALSE(send(std::array<std::byte, 91>{}, tid_bytes));
        }
    }
}
