#include <dht/secure/quorum_tokens.hpp>
#include <dht/wire/krpc_decode.hpp>

#include "../../catch.hpp"
#include "group.hpp"
#include <vector>

using namespace dht;
using namespace dht::test;

static_assert(token_scheme<quorum_tokens>);
static_assert(answers_queries<quorum_tokens>);
static_assert(asks_questions<quorum_tokens>);
static_assert(knows_own_nodes<quorum_tokens>);
static_assert(has_deadlines<quorum_tokens>);

namespace {

using verdict = detail::witness_verdict;

/// An answer to `verify_token`, as it stands in a datagram.
struct said {
    answer_verdict what{};
    krpc::error_code code{};
    std::string r;

    [[nodiscard]] std::string proof() const {
        return std::string{as_text(bencode::string_under(as_bytes(r), "verdict"))};
    }
};

/// A question that outlives the claim it is about.
struct asked {
    endpoint to;
    std::uint32_t cookie = 0;
    via_index via = 0;
    std::string claim; ///< bencoded
};

std::string r_with(std::string_view proof) {
    return "d2:id20:abcdefghij01234567897:verdict" + std::to_string(proof.size()) + ":" +
           std::string{proof} + "e";
}

/// A group without a network: the test carries what its members say.
struct group {
    times now{second(6'000), unix_time{60 * 28'000'000}};
    std::vector<quorum_tokens> members;

    explicit group(token_quorum const& as_first, settings const& s = {}) {
        for (std::size_t i = 0; i < as_first.members.size(); ++i) {
            members.emplace_back(seen_by(as_first, i), member_pair(i));
            seeded_random rng{i};
            members[i].start(s, rng);
            members[i].rotate(now);
        }
    }

    explicit group(std::size_t size = 5, std::uint8_t required = 3)
        : group{group_of(size, required, neighbour)} {}

    void pass(duration d) {
        now = {now.now + d, now.date + d};
        for (auto& m : members)
            m.rotate(now);
    }

    [[nodiscard]] token_claim claim(std::uint16_t port = 6881, std::string_view from = "5.6.7.200",
                                    std::string_view target = "abcd") const {
        return {now, ip(from), key_of(target), {}, port};
    }

    token_verdict verify(std::size_t at, token_claim const& c, token const& t) {
        return members[at].verify(c, {t.data(), t.size()}, ticket{++tickets, 1});
    }

    std::vector<asked> questions(std::size_t of) {
        std::vector<asked> all;
        while (auto const q = members[of].next(now)) {
            CHECK(q->method == "verify_token");
            REQUIRE(q->arguments.size() == 1);
            CHECK(q->arguments[0].key == "claim");
            all.push_back({q->to, q->cookie, q->via, std::string{as_text(q->arguments[0].value)}});
        }
        return all;
    }

    /// What that member answers to a claim that came from there.
    said answer(std::size_t witness, std::string const& claim, endpoint const& from,
                std::string_view method = "verify_token") {
        std::string const a = "d5:claim" + claim + "e";
        return answer_to_arguments(witness, a, from, method);
    }

    said answer_to_arguments(std::size_t witness, std::string_view a, endpoint const& from,
                             std::string_view method = "verify_token") {
        krpc::query query;
        query.method = method;
        query.a = as_bytes(a);
        extension_reply reply;
        auth_verdict const auth{};
        said s{members[witness].answer({now, 0, from, {}, query, auth}, reply), reply.code, {}};
        if (s.what != answer_verdict::replied) return s;
        REQUIRE(reply.fields.size() == 1);
        s.r = "d2:id20:abcdefghij0123456789" + std::to_string(reply.fields[0].key.size()) + ":" +
              std::string{reply.fields[0].key} + std::string{as_text(reply.fields[0].value)} + "e";
        return s;
    }

    [[nodiscard]] std::size_t member_at(endpoint const& where) const {
        auto const& all = members[0].group().members;
        std::size_t i = 0;
        while (i < all.size() && all[i].at != where)
            ++i;
        return i;
    }

    said answer(asked const& q, std::size_t asker) {
        return answer(member_at(q.to), q.claim, neighbour(static_cast<std::uint32_t>(asker)));
    }

    void hear(std::size_t asker, asked const& q, std::string_view r) {
        hear_from(asker, q.to, q.cookie, r);
    }

    void hear_from(std::size_t asker, endpoint const& from, std::uint32_t cookie,
                   std::string_view r) {
        krpc::reply reply;
        reply.r = as_bytes(r);
        members[asker].on_reply(now, cookie, from, reply);
    }

    /// Carries a question there and the answer back.
    void carry(std::size_t asker, asked const& q) { hear(asker, q, answer(q, asker).r); }

    std::optional<token_verdict> settled(std::size_t at) {
        auto const s = members[at].poll_verdict(now);
        if (!s) return std::nullopt;
        CHECK(s->query == ticket{tickets, 1});
        return s->verdict;
    }

    /// Announces there; all but `silent` members answer.
    std::optional<token_verdict> announce(std::size_t at, token_claim const& c, token const& t,
                                          std::vector<std::size_t> const& silent = {}) {
        if (auto const v = verify(at, c, t); v != token_verdict::pending) return v;
        for (auto const& q : questions(at))
            if (std::find(silent.begin(), silent.end(), member_at(q.to)) == silent.end())
                carry(at, q);
        return settled(at);
    }

    std::uint32_t tickets = 0;
};

} // namespace

TEST_CASE("a token that one member issued is good at each, as soon as enough have said so") {
    for (std::size_t at = 0; at < 5; ++at) {
        group g;
        token const t = g.members[0].issue(g.claim(0));
        CHECK(t.size() == 24);
        CHECK_FALSE(t == g.members[0].issue(g.claim(0)));
        REQUIRE(g.verify(at, g.claim(), t) == token_verdict::pending);
        CHECK(g.members[at].pending() == 1);
        auto const questions = g.questions(at);
        REQUIRE(questions.size() == 4);
        CHECK_FALSE(g.settled(at));
        g.carry(at, questions[0]);
        CHECK_FALSE(g.settled(at));
        g.carry(at, questions[1]);
        CHECK(g.settled(at) == token_verdict::valid);
        CHECK(g.members[at].pending() == 0);
        CHECK_FALSE(g.settled(at));
        g.carry(at, questions[2]); // too late
        CHECK_FALSE(g.settled(at));
    }
}

TEST_CASE("what is no token of the group, for that address, target and time, costs no question") {
    group g;
    token_quorum other_secret = group_of(5, 3, neighbour);
    other_secret.secret.fill(std::byte{0x5f});
    group other{other_secret};
    token const t = g.members[0].issue(g.claim(0));
    auto const refused = [&](token_claim const& c, token const& what) {
        bool const invalid = g.verify(1, c, what) == token_verdict::invalid;
        return invalid && g.questions(1).empty() && g.members[1].pending() == 0;
    };
    CHECK(refused(g.claim(6881, "5.6.7.201"), t));
    CHECK(refused(g.claim(6881, "2a00::506:7c8"), t));
    CHECK(refused(g.claim(6881, "5.6.7.200", "abce"), t));
    CHECK(refused(g.claim(), other.members[0].issue(g.claim(0))));
    for (std::size_t bit = 0; bit < 8 * t.size(); ++bit) {
        token forged = t;
        forged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        CHECK(refused(g.claim(), forged));
    }
    for (std::size_t size = 0; size < t.size(); ++size)
        CHECK(refused(g.claim(), token{byte_view{t.data(), size}}));
    CHECK(g.members[1].verify(g.claim(), std::vector<std::byte>(10'000), ticket{1, 1}) ==
          token_verdict::invalid);
    group later = g;
    later.pass(minutes{16});
    CHECK(later.verify(1, later.claim(), t) == token_verdict::invalid);
    CHECK(g.announce(1, g.claim(), t) == token_verdict::valid); // none of these was a use
}

TEST_CASE("the same announce is confirmed again at each member, any other use is refused") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.announce(1, g.claim(6881), t) == token_verdict::valid);
    CHECK(g.verify(1, g.claim(6881), t) == token_verdict::valid); // once found good: at once
    CHECK(g.questions(1).empty());
    for (std::size_t at = 0; at < 5; ++at) {
        INFO(at);
        CHECK(g.announce(at, g.claim(6882), t) == token_verdict::invalid);
        CHECK(g.announce(at, g.claim(0), t) == token_verdict::invalid);
        CHECK(g.announce(at, g.claim(6881), t) == token_verdict::valid);
    }
}

TEST_CASE("who does not know that a token was used is told so by the others") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.announce(1, g.claim(6881), t, {3, 4}) == token_verdict::valid);
    REQUIRE(g.verify(4, g.claim(6882), t) == token_verdict::pending);
    auto const questions = g.questions(4);
    REQUIRE(questions.size() == 4);
    g.carry(4, questions[3]); // knows nothing either
    g.carry(4, questions[0]);
    g.carry(4, questions[1]);
    CHECK_FALSE(g.settled(4)); // two of five against it: three might be for it
    g.carry(4, questions[2]);
    CHECK(g.settled(4) == token_verdict::invalid);
    CHECK(g.announce(3, g.claim(6881), t) == token_verdict::invalid); // it was told the other use
    CHECK(g.announce(0, g.claim(6881), t, {3, 4}) == token_verdict::valid);
}

TEST_CASE("who has two uses of a token confirmed must find two majorities") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(6881), t) == token_verdict::pending);
    REQUIRE(g.verify(1, g.claim(6882), t) == token_verdict::pending);
    auto const one = g.questions(0);
    auto const two = g.questions(1);
    g.carry(0, one[1]); // of member 2: for the first
    g.carry(1, two[1]); // and of course not for the second
    g.carry(1, two[2]); // of member 3: for the second
    g.carry(0, one[2]);
    g.carry(0, one[3]); // of member 4: for the first
    g.carry(1, two[3]);
    CHECK(g.members[0].poll_verdict(g.now)->verdict == token_verdict::valid);
    CHECK_FALSE(g.members[1].poll_verdict(g.now));
    g.carry(1, two[0]);
    CHECK(g.members[1].poll_verdict(g.now)->verdict == token_verdict::invalid);
}

TEST_CASE("a verdict counts only as the word of the witness that was asked, once, about that") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    token const another = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending);
    auto const q = g.questions(0);
    REQUIRE(q.size() == 4);
    std::vector<std::string> good;
    for (auto const& each : q)
        good.push_back(g.answer(each, 0).r);
    group before = g;

    SECTION("one answer, again and again") {
        for (int i = 0; i < 5; ++i)
            g.hear(0, q[0], good[0]);
    }
    SECTION("one witness says what another has said") {
        for (std::size_t i = 1; i < 4; ++i)
            g.hear(0, q[i], good[0]);
        g.hear(0, q[0], good[0]);
    }
    SECTION("somebody else says what the witness has said") {
        for (std::size_t i = 0; i < 4; ++i)
            g.hear_from(0, neighbour(77), q[i].cookie, good[i]);
    }
    SECTION("with another signature") {
        for (std::size_t i = 0; i < 3; ++i) {
            std::string proof = said{{}, {}, good[i]}.proof();
            proof[1 + 30 * i] = static_cast<char>(proof[1 + 30 * i] ^ 1);
            g.hear(0, q[i], r_with(proof));
            g.hear(0, q[i], good[i]); // it had its turn
        }
    }
    SECTION("another verdict under the same signature") {
        for (std::size_t i = 0; i < 4; ++i) {
            std::string proof = said{{}, {}, good[i]}.proof();
            proof[0] = 0;
            g.hear(0, q[i], r_with(proof));
        }
    }
    SECTION("the verdict on another question about the same token") {
        group again = g;
        again.pass(milliseconds{10});
        REQUIRE(again.verify(0, again.claim(), t) == token_verdict::pending);
        auto const other = again.questions(0);
        for (std::size_t i = 0; i < 4; ++i)
            g.hear(0, q[i], again.answer(other[i], 0).r);
    }
    SECTION("the verdict on another token") {
        group beside = g;
        REQUIRE(beside.verify(0, beside.claim(), another) == token_verdict::pending);
        auto const other = beside.questions(0);
        for (std::size_t i = 0; i < 4; ++i)
            g.hear(0, q[i], beside.answer(other[i], 0).r);
    }
    SECTION("a verdict that there is not, well signed") {
        for (auto const& each : q) {
            auto const proof = detail::signed_verdict(member_pair(g.member_at(each.to)),
                                                      as_bytes(each.claim).subspan(3), verdict{2});
            g.hear(0, each, r_with(as_text(proof)));
        }
    }
    SECTION("nothing that is a verdict") {
        std::string const proof = said{{}, {}, good[0]}.proof();
        g.hear(0, q[0], "d2:id20:abcdefghij0123456789e");
        g.hear(0, q[1], r_with(""));
        g.hear(0, q[2], r_with(proof + "x"));
        g.hear(0, q[3], "d7:verdictl65:" + proof + "ee");
    }
    SECTION("cookies that we never gave") {
        for (std::uint32_t n = 0; n < 0x20000; ++n)
            for (std::size_t i = 0; i < 4; ++i)
                if (q[i].cookie != n) g.hear_from(0, q[i].to, n, good[i]);
    }
    CHECK(g.settled(0).value_or(token_verdict::undecided) == token_verdict::undecided);
    before.hear(0, q[0], good[0]); // the answers as they are
    before.hear(0, q[3], good[3]);
    CHECK(before.settled(0) == token_verdict::valid);
}

TEST_CASE("whoever lies either way is outvoted") {
    auto const lie = [](group& g, std::size_t asker, asked const& q, verdict v) {
        byte_view const question = as_bytes(q.claim).subspan(3);
        std::size_t const witness = g.member_at(q.to);
        auto const proof = detail::signed_verdict(member_pair(witness), question, v);
        g.hear(asker, q, r_with(as_text(proof)));
    };
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(6881), t) == token_verdict::pending);
    auto const first = g.questions(0);
    lie(g, 0, first[0], verdict::bad);
    lie(g, 0, first[1], verdict::bad);
    g.carry(0, first[2]);
    CHECK_FALSE(g.settled(0));
    g.carry(0, first[3]);
    CHECK(g.settled(0) == token_verdict::valid);

    group h;
    token const used = h.members[0].issue(h.claim(0));
    REQUIRE(h.announce(0, h.claim(6881), used, {4}) == token_verdict::valid);
    REQUIRE(h.verify(4, h.claim(6882), used) == token_verdict::pending);
    auto const second = h.questions(4);
    lie(h, 4, second[0], verdict::good);
    for (std::size_t i = 1; i < 4; ++i)
        h.carry(4, second[i]);
    CHECK(h.settled(4) == token_verdict::invalid);
}

TEST_CASE("only members ask, from where they are, and about now") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending);
    auto const q = g.questions(0);
    std::string const& claim = q[0].claim;
    auto const refuses = [&](said const& s) {
        return s.what == answer_verdict::refused && s.code == krpc::error_code::protocol;
    };
    CHECK(g.answer(1, claim, neighbour(0)).what == answer_verdict::replied);
    CHECK(g.answer(1, claim, neighbour(0), "verify_tokens").what == answer_verdict::declined);
    CHECK(refuses(g.answer(1, claim, neighbour(2)))); // another member's question
    CHECK(refuses(g.answer(1, claim, neighbour(77))));
    CHECK(refuses(g.answer(1, claim, {neighbour(0).ip, 7000})));
    CHECK(refuses(g.answer(0, claim, neighbour(0)))); // its own, sent back
    for (std::size_t bit = 0; bit < 8 * claim.size(); ++bit) {
        std::string forged = claim;
        forged[bit / 8] = static_cast<char>(forged[bit / 8] ^ (1 << bit % 8));
        CHECK(refuses(g.answer(1, forged, neighbour(0))));
    }
    for (std::string_view const a :
         {"", "de", "d5:claim0:e", "d5:claimi5ee", "d5:claim91:xe", "le"})
        CHECK(refuses(g.answer_to_arguments(1, a, neighbour(0))));
    CHECK(refuses(
        g.answer_to_arguments(1, "d5:claim91:" + std::string(91, 'x') + "e", neighbour(0))));
    token_quorum strangers = group_of(5, 3, neighbour);
    strangers.secret.fill(std::byte{1});
    group other{strangers};
    CHECK(refuses(other.answer(1, claim, neighbour(0))));
    g.pass(minutes{1});
    CHECK(g.answer(1, claim, neighbour(0)).what == answer_verdict::replied);
    g.pass(minutes{1});
    CHECK(refuses(g.answer(1, claim, neighbour(0))));
}

TEST_CASE("a witness finds bad what it would not accept itself") {
    group g;
    auto const key = hmac_sha256(g.members[0].group().secret, as_bytes("dht quorum questions"));
    token const t = g.members[0].issue(g.claim(0));
    auto const finds = [&](std::string_view from, std::string_view target, std::uint16_t port,
                           token const& what) {
        auto const question = detail::written(
            {0, 5, detail::minute_of(g.now.date), ip(from), key_of(target), port, what}, key);
        std::string const field = "91:" + std::string{as_text(question)};
        said const s = g.answer(1, field, neighbour(0));
        REQUIRE(s.what == answer_verdict::replied);
        auto const v =
            detail::verdict_in(as_bytes(s.proof()), question, member_pair(1).public_key());
        REQUIRE(v);
        return *v;
    };
    token forged = t;
    forged[23] ^= std::byte{1};
    CHECK(finds("5.6.7.200", "abcd", 1, forged) == verdict::bad);
    CHECK(finds("5.6.7.201", "abcd", 1, t) == verdict::bad);
    CHECK(finds("5.6.7.200", "abce", 1, t) == verdict::bad);
    CHECK(finds("5.6.7.200", "abcd", 1, t) == verdict::good);
    CHECK(finds("5.6.7.200", "abcd", 1, t) == verdict::good);
    CHECK(finds("5.6.7.200", "abcd", 2, t) == verdict::bad);
    CHECK(g.verify(1, g.claim(2), t) == token_verdict::invalid); // it knows that itself now
    g.pass(minutes{16});
    CHECK(finds("5.6.7.200", "abcd", 1, t) == verdict::bad);
}

TEST_CASE("a member that tells of many uses makes a witness forget none that others told of") {
    token_quorum small = group_of(5, 3, neighbour);
    small.uses_per_member = 8;
    group g{small};
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.announce(0, g.claim(6881), t) == token_verdict::valid);
    for (int n = 0; n < 100; ++n)
        CHECK(g.announce(1, g.claim(6881), g.members[1].issue(g.claim(0))) == token_verdict::valid);
    CHECK(g.verify(2, g.claim(6882), t) == token_verdict::invalid);
    CHECK(g.verify(0, g.claim(6882), t) == token_verdict::invalid);
}

TEST_CASE("who is lost is asked again, and after a while it is undecided") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending);
    instant const begin = g.now.now;
    auto const first = g.questions(0);
    REQUIRE(first.size() == 4);
    CHECK(g.questions(0).empty());
    CHECK(g.members[0].next_deadline() > begin + milliseconds{399});
    CHECK(g.members[0].next_deadline() <= begin + milliseconds{450});
    g.carry(0, first[2]);
    g.members[0].on_failure(g.now, first[0].cookie, errc::timed_out);
    unsigned rounds = 1;
    for (; g.now.now < begin + milliseconds{1'490}; g.pass(milliseconds{10})) {
        CHECK_FALSE(g.settled(0));
        auto const again = g.questions(0);
        if (again.empty()) continue;
        ++rounds;
        REQUIRE(again.size() == 3);
        CHECK(again[0].cookie == first[0].cookie);
        CHECK(again[1].cookie == first[1].cookie);
        CHECK(again[2].cookie == first[3].cookie);
    }
    CHECK(rounds == 4);
    g.pass(milliseconds{20});
    CHECK(g.settled(0) == token_verdict::undecided);
    CHECK(g.questions(0).empty());
    CHECK_FALSE(g.members[0].next_deadline());
    g.carry(0, first[0]); // too late
    g.carry(0, first[1]);
    CHECK_FALSE(g.settled(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending); // it may be tried again
    for (auto const& q : g.questions(0))
        g.carry(0, q);
    CHECK(g.settled(0) == token_verdict::valid);
}

TEST_CASE("an answer to the first question counts after the second") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending);
    auto const first = g.questions(0);
    g.pass(milliseconds{500});
    auto const second = g.questions(0);
    REQUIRE(second.size() == 4);
    g.carry(0, first[0]);
    g.carry(0, second[0]); // the same witness
    CHECK_FALSE(g.settled(0));
    g.carry(0, first[1]);
    CHECK(g.settled(0) == token_verdict::valid);
}

TEST_CASE("when nobody is left to ask it is undecided at once") {
    group g;
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending);
    auto const q = g.questions(0);
    g.carry(0, q[0]);
    for (std::size_t i = 1; i < 4; ++i)
        g.members[0].on_failure(g.now, q[i].cookie, errc::remote_error);
    CHECK(g.settled(0) == token_verdict::undecided);
}

TEST_CASE("a verdict comes before the node gives the query up") {
    settings s;
    s.pending_query_time_max = milliseconds{1'000};
    group g{group_of(5, 3, neighbour), s};
    token const t = g.members[0].issue(g.claim(0));
    REQUIRE(g.verify(0, g.claim(), t) == token_verdict::pending);
    g.pass(milliseconds{740});
    CHECK_FALSE(g.settled(0));
    g.pass(milliseconds{10});
    CHECK(g.settled(0) == token_verdict::undecided);
}

TEST_CASE("others are asked about a bounded number of tokens, and of one source about few") {
    token_quorum few = group_of(5, 3, neighbour);
    few.claims_max = 6;
    few.claims_per_source_max = 4;
    group g{few};
    std::vector<token> tokens;
    auto const announce = [&](std::string_view from) {
        tokens.push_back(g.members[0].issue(g.claim(0, from)));
        return g.verify(0, g.claim(6881, from), tokens.back());
    };
    for (int i = 0; i < 4; ++i)
        CHECK(announce("5.6.7.200") == token_verdict::pending);
    CHECK(announce("5.6.7.200") == token_verdict::undecided);
    CHECK(announce("5.6.7.201") == token_verdict::pending);
    CHECK(announce("2a00:1::1") == token_verdict::pending);
    CHECK(announce("5.6.7.202") == token_verdict::undecided);
    CHECK(g.members[0].pending() == 6);
    CHECK(g.questions(0).size() == 24);
    g.pass(seconds{2});
    for (int i = 0; i < 6; ++i)
        CHECK(g.members[0].poll_verdict(g.now)->verdict == token_verdict::undecided);
    CHECK_FALSE(g.members[0].poll_verdict(g.now));
    CHECK(g.announce(0, g.claim(7'000, "5.6.7.202"), tokens.back()) ==
          token_verdict::valid); // being refused was no use of it
    CHECK(g.members[0].verify(g.claim(0), {tokens[0].data(), tokens[0].size()}, ticket{}) ==
          token_verdict::invalid); // another use; nobody had to be asked
    token const t = g.members[0].issue(g.claim(0));
    CHECK(g.members[0].verify(g.claim(0), {t.data(), t.size()}, ticket{}) ==
          token_verdict::undecided); // no place to wait in
}

TEST_CASE("a group of two needs both, one of sixteen nine") {
    group two{group_of(2, 2, neighbour)};
    token const t = two.members[0].issue(two.claim(0));
    CHECK(two.announce(0, two.claim(), t) == token_verdict::valid);
    group all{group_of(16, 9, neighbour)};
    token const u = all.members[3].issue(all.claim(0));
    REQUIRE(all.verify(15, all.claim(), u) == token_verdict::pending);
    auto const q = all.questions(15);
    REQUIRE(q.size() == 15);
    for (std::size_t i = 0; i < 7; ++i)
        all.carry(15, q[i]);
    CHECK_FALSE(all.settled(15));
    for (std::size_t i = 7; i < 14; ++i)
        all.members[15].on_failure(all.now, q[i].cookie, errc::remote_error);
    CHECK_FALSE(all.settled(15));
    group same = all;
    all.carry(15, q[14]);
    CHECK(all.settled(15) == token_verdict::valid);
    same.members[15].on_failure(same.now, q[14].cookie, errc::remote_error);
    CHECK(same.settled(15) == token_verdict::undecided);
}

TEST_CASE("members are asked from the address that they expect") {
    group g;
    node_id const id{};
    auto const via_of = [&](std::vector<node_contact> const& contacts) {
        std::vector<own_node> ours;
        for (node_contact const& c : contacts)
            ours.push_back({c});
        g.members[2].own_nodes(ours);
        token const t = g.members[0].issue(g.claim(0));
        REQUIRE(g.verify(2, g.claim(), t) == token_verdict::pending);
        via_index const via = g.questions(2).at(0).via;
        g.pass(seconds{2});
        CHECK(g.settled(2) == token_verdict::undecided);
        return via;
    };
    CHECK(via_of({{id, at("[2a00::1]:1")}, {id, at("10.0.0.1:1")}}) == 1); // behind a NAT
    CHECK(via_of({{id, at("10.0.0.1:1")}, {id, neighbour(2)}, {id, neighbour(3)}}) == 1);
    CHECK(via_of({{id, at("10.0.0.1:1")}, {id, at("10.0.0.2:1")}}) == 0);
}

TEST_CASE("a group that could not work is refused with a sentence") {
    token_quorum const good = group_of(5, 3, neighbour);
    CHECK_FALSE(good.validate());
    auto const says = [&](auto&& spoil, std::string_view part) {
        token_quorum bad = good;
        spoil(bad);
        auto const sentence = bad.validate();
        CHECK_THROWS_AS((quorum_tokens{bad, member_pair(0)}), std::invalid_argument);
        return sentence && sentence->find(part) != std::string_view::npos;
    };
    CHECK(says([](token_quorum& q) { q.secret = {}; }, "secret"));
    CHECK(says([](token_quorum& q) { q.members.clear(); }, "members must be 2"));
    CHECK(says([](token_quorum& q) { q.self = 5; }, "self"));
    CHECK(says([](token_quorum& q) { q.required = 2; }, "more than half"));
    CHECK(says([](token_quorum& q) { q.required = 6; }, "more than half"));
    CHECK(says([](token_quorum& q) { q.members[3].at.port = 0; }, "endpoint"));
    CHECK(says([](token_quorum& q) { q.members[3].at = at("[2a00::1]:1"); }, "family"));
    CHECK(says([](token_quorum& q) { q.members[3].at = q.members[1].at; }, "same key"));
    CHECK(says([](token_quorum& q) { q.members[3].key = q.members[1].key; }, "same key"));
    CHECK(says([](token_quorum& q) { q.time_max = milliseconds{300}; }, "time_max"));
    CHECK(says([](token_quorum& q) { q.ask_again_after = milliseconds{0}; }, "ask_again_after"));
    CHECK(says([](token_quorum& q) { q.claims_max = 4'097; }, "claims_max"));
    CHECK(says([](token_quorum& q) { q.claims_per_source_max = 0; }, "claims_per_source_max"));
    CHECK_THROWS_AS((quorum_tokens{good, member_pair(1)}), std::invalid_argument);
    CHECK_NOTHROW((quorum_tokens{seen_by(good, 1), member_pair(1)}));
}
