#include "../catch.hpp"
#include "workbench.hpp"

// A token scheme that cannot decide at once: it asks somebody else, and the query waits.

using namespace bench;

namespace {

struct distant_judge {
    using policy_slot = slots::token_scheme;

    duration takes{};
    token_verdict says = token_verdict::valid;
    ticket query{};
    instant due{};

    token issue(token_claim const&) const noexcept { return token{std::as_bytes(std::span{"ok"})}; }

    token_verdict verify(token_claim const& claim, byte_view, ticket q) noexcept {
        query = q;
        due = claim.at.now + takes;
        return token_verdict::pending;
    }

    std::optional<settled_token> poll_verdict(times at) noexcept {
        if (!query || at.now < due) return std::nullopt;
        return settled_token{std::exchange(query, {}), says};
    }

    instant rotate(times at) noexcept { return at.now + hours{1}; }
};

static_assert(token_scheme<distant_judge>);

/// It would have to ask, and cannot.
struct full_judge : distant_judge {
    token_verdict verify(token_claim const&, byte_view, ticket q) noexcept {
        CHECK(q);
        return token_verdict::undecided;
    }
};

/// Counts why tokens were not accepted.
struct refusals {
    using policy_slot = slots::observer;

    unsigned undecided = 0;
    unsigned rejected = 0;
    unsigned limits = 0;

    void on(event::token_undecided const&) noexcept { ++undecided; }

    void on(event::token_rejected const&) noexcept { ++rejected; }

    void on(event::limit_reached const& fact) noexcept {
        limits += fact.what == event::limit::pending_queries ? 1U : 0U;
    }
};

std::string announce() {
    return query("announce_peer", "9:info_hash20:" + id_b + "4:porti7000e5:token2:ok");
}

template <class Bench>
std::size_t stored(Bench& b) {
    return b.node.template policy<slots::peer_store>().peers();
}

template <class Bench>
refusals const& heard(Bench& b) {
    return b.node.template get<refusals>();
}

} // namespace

TEST_CASE("a query with a pending token is answered when the verdict is there") {
    workbench<distant_judge> b{distant_judge{milliseconds{500}}};
    CHECK(b.tell(announce()).empty());
    CHECK(stored(b) == 0);
    CHECK(b.pass(milliseconds{400}).empty());
    auto const out = b.pass(milliseconds{200});
    REQUIRE(out.size() == 1);
    CHECK(out[0].to == b.other);
    CHECK(out[0].has("1:rd2:id20:"));
    CHECK(out[0].has("1:t2:aa"));
    CHECK(stored(b) == 1);
}

TEST_CASE("a bad verdict is a bad token") {
    workbench<distant_judge> b{distant_judge{milliseconds{500}, token_verdict::invalid}};
    b.tell(announce());
    auto const out = b.pass(seconds{1});
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li203e"));
    CHECK(stored(b) == 0);
}

TEST_CASE("a verdict that does not come is the error 202, and counts for nothing later") {
    workbench<distant_judge> b{distant_judge{seconds{10}}};
    b.tell(announce());
    CHECK(b.pass(milliseconds{1'900}).empty());
    auto const out = b.pass(milliseconds{200});
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li202e"));
    CHECK(b.pass(seconds{20}).empty());
    CHECK(stored(b) == 0);
}

TEST_CASE("a verdict about a query that nobody knows is ignored") {
    workbench<distant_judge> b{distant_judge{}};
    b.tell(announce());
    b.node.policy<slots::token_scheme>().query = ticket{77, 77};
    CHECK(b.pass(milliseconds{500}).empty());
    CHECK(stored(b) == 0);
}

TEST_CASE("a verdict that there can be none is the error 202 that says so") {
    workbench<distant_judge, refusals> b{distant_judge{milliseconds{500}, token_verdict::undecided},
                                         refusals{}};
    CHECK(b.tell(announce()).empty());
    auto const out = b.pass(seconds{1});
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li202e26:too few witnesses answered"));
    CHECK(stored(b) == 0);
    CHECK(heard(b).undecided == 1);
    CHECK(heard(b).rejected == 0);
    CHECK(heard(b).limits == 0);
}

TEST_CASE("a scheme that cannot ask about one more token says so at once") {
    workbench<full_judge, refusals> b;
    auto const out = b.tell(announce());
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li202e"));
    CHECK(b.pass(seconds{20}).empty()); // nothing was parked
    CHECK(stored(b) == 0);
    CHECK(heard(b).undecided == 1);
    CHECK(heard(b).limits == 1);
}

TEST_CASE("a query that nobody can park is refused with 202, not as a bad token") {
    workbench<distant_judge, refusals> b{distant_judge{seconds{1}}, refusals{}};
    for (unsigned i = 0; i < 256; ++i)
        CHECK(b.tell_from(at(0x15060708 + i), announce()).empty());
    auto const out = b.tell(announce());
    REQUIRE(out.size() == 1);
    CHECK(out[0].has("li202e"));
    CHECK(heard(b).undecided == 1);
    CHECK(heard(b).rejected == 0);
    CHECK(heard(b).limits == 1);
}
