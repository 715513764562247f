#include <dht/policy/sha1_tokens.hpp>
#include <dht/policy/token_scheme.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(token_scheme<hmac_tokens>);
static_assert(token_scheme<sha1_tokens>);

namespace {

struct no_settings {};

constexpr std::int64_t epoch_s = 300;

times in_epoch(std::int64_t epoch, std::int64_t second_of_epoch = 10) {
    std::int64_t const s = epoch * epoch_s + second_of_epoch;
    return {second(s), unix_time{s}};
}

token_claim claim(times now, std::string_view from = "5.6.7.8", std::string_view target = "abcd") {
    return {now, ip(from), key_of(target), {}};
}

template <class Scheme>
Scheme started(std::uint64_t seed) {
    seeded_random rng{seed};
    Scheme s;
    s.start(no_settings{}, rng);
    s.rotate(in_epoch(100));
    return s;
}

template <class Scheme>
bool accepts(Scheme& s, token_claim const& c, byte_view raw) {
    return s.verify(c, raw, ticket{}) == token_verdict::valid;
}

byte_view view(token const& t) {
    return {t.data(), t.size()};
}

} // namespace

TEST_CASE("what BEP 5 describes is good in its epoch and the next, then no more") {
    auto s = started<sha1_tokens>(1);
    token const t = s.issue(claim(in_epoch(100, 299)));
    CHECK(accepts(s, claim(in_epoch(100, 299)), view(t)));
    s.rotate(in_epoch(101, 0));
    CHECK(accepts(s, claim(in_epoch(101, 0)), view(t)));
    CHECK(accepts(s, claim(in_epoch(101, 299)), view(t)));
    s.rotate(in_epoch(102, 0));
    CHECK_FALSE(accepts(s, claim(in_epoch(102, 0)), view(t)));
    CHECK(s.rotate({second(5'000), unix_time{100 * epoch_s + 40}}) == second(5'000 + 260));
}

TEST_CASE("in calm an HMAC token is good for a quarter of an hour, across hours, then no more") {
    for (std::int64_t const first : {0, 3, 57, 59, -2}) {
        CAPTURE(first);
        auto s = started<hmac_tokens>(1);
        auto const at_minute = [&](std::int64_t m) {
            return times{second(100'000 + 60 * m), unix_time{60 * (6'000 + first + m) + 7}};
        };
        s.rotate(at_minute(0));
        token const t = s.issue(claim(at_minute(0)));
        for (std::int64_t m = 0; m <= 20; ++m) {
            CAPTURE(m);
            CHECK(s.rotate(at_minute(m)) == at_minute(m).now + seconds{53});
            CHECK(accepts(s, claim(at_minute(m)), view(t)) == (m <= 14));
        }
    }
}

TEST_CASE("an HMAC token is good as long after a date that jumps, and after many silent hours") {
    auto s = started<hmac_tokens>(1);
    s.rotate({second(100), unix_time{1'000'000}});
    token const t = s.issue(claim({second(100), unix_time{1'000'000}}));
    s.rotate({second(160), unix_time{1'000'000 + 960}});
    CHECK_FALSE(accepts(s, claim({}), view(t)));
    s.rotate({second(220), unix_time{1'000'000 + 16 * 60 * 100}}); // as many sixteenths later
    CHECK_FALSE(accepts(s, claim({}), view(t)));
    s.rotate({second(280), unix_time{1'000'000 - 59}}); // ahead of it by a minute
    CHECK(accepts(s, claim({}), view(t)));
    s.rotate({second(280), unix_time{1'000'000 - 180}});
    CHECK_FALSE(accepts(s, claim({}), view(t)));
    s.rotate({second(340), unix_time{-7}}); // no date at all is no reason to fail
    token const early = s.issue(claim({}));
    s.rotate({second(400), unix_time{53}});
    CHECK(accepts(s, claim({}), view(early)));
}

TEST_CASE("under a flood a token is good for a shorter time, and for the old one afterwards") {
    auto s = started<hmac_tokens>(1);
    std::int64_t minute = 10'000;
    auto const next_minute = [&](unsigned forged) {
        std::array<std::byte, 16> none_of_ours{};
        for (unsigned n = 0; n < forged; ++n) {
            none_of_ours[3] = static_cast<std::byte>(n);
            CHECK_FALSE(accepts(s, claim({}), none_of_ours));
        }
        ++minute;
        s.rotate({second(60 * minute), unix_time{60 * minute}});
    };
    next_minute(0);
    CHECK(s.validity().minutes() == token_validity::most);
    for (int m = 0; m < 6; ++m)
        next_minute(200);
    CHECK(s.validity().minutes() == token_validity::least);
    token const t = s.issue(claim({}));
    for (unsigned age = 1; age <= 4; ++age) {
        next_minute(200);
        auto probe = s; // who comes back late would have others wait for him
        CHECK(accepts(probe, claim({}), view(t)) == (age <= token_validity::least));
    }
    for (unsigned m = 0; m < token_validity::threat_max; ++m)
        next_minute(0);
    CHECK(s.validity().minutes() == token_validity::most);
    CHECK(accepts(s, claim({}), view(t))); // twelve minutes old
}

TEMPLATE_TEST_CASE("a token is good for its address alone", "", hmac_tokens, sha1_tokens) {
    auto s = started<TestType>(1);
    times const now = in_epoch(100);
    token const t = s.issue(claim(now));
    CHECK_FALSE(accepts(s, claim(now, "5.6.7.9"), view(t)));
    CHECK_FALSE(accepts(s, claim(now, "2a00::506:708"), view(t)));
    CHECK(accepts(s, claim(now), view(t)));
}

TEST_CASE("the tokens of hmac_tokens are bound to the target, those of sha1_tokens are not") {
    auto h = started<hmac_tokens>(1);
    auto s = started<sha1_tokens>(1);
    times const now = in_epoch(100);
    CHECK_FALSE(accepts(h, claim(now, "5.6.7.8", "beef"), view(h.issue(claim(now)))));
    CHECK(accepts(s, claim(now, "5.6.7.8", "beef"), view(s.issue(claim(now)))));
}

TEMPLATE_TEST_CASE("bytes of any size and content are no token", "", hmac_tokens, sha1_tokens) {
    auto s = started<TestType>(1);
    times const now = in_epoch(100);
    token const t = s.issue(claim(now));
    CHECK(t.size() <= token_bytes_max);
    std::vector<std::byte> bytes(t.begin(), t.end());
    for (std::size_t size = 0; size < bytes.size(); ++size)
        CHECK_FALSE(accepts(s, claim(now), byte_view{bytes}.first(size)));
    for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
        auto forged = bytes;
        forged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        CHECK_FALSE(accepts(s, claim(now), forged));
    }
    bytes.push_back(std::byte{0});
    CHECK_FALSE(accepts(s, claim(now), bytes));
    CHECK_FALSE(accepts(s, claim(now), std::vector<std::byte>(10'000)));
}

TEMPLATE_TEST_CASE("nodes have keys of their own", "", hmac_tokens, sha1_tokens) {
    auto one = started<TestType>(1);
    auto two = started<TestType>(2);
    times const now = in_epoch(100);
    CHECK_FALSE(accepts(two, claim(now), view(one.issue(claim(now)))));
}

TEST_CASE("two nodes with one master key accept each other's tokens") {
    hmac_tokens::key_type const key = array_of<32>(std::string(64, '7'));
    seeded_random a{1};
    seeded_random b{2};
    hmac_tokens one{key};
    hmac_tokens two{key};
    one.start(no_settings{}, a);
    two.start(no_settings{}, b);
    // Their monotonic clocks have different origins; the minutes are those of the date.
    times const here = in_epoch(100, 299);
    times const there{second(7), unix_time{101 * epoch_s + 5}};
    one.rotate(here);
    two.rotate(there);
    CHECK(accepts(two, claim(there), view(one.issue(claim(here)))));
    CHECK(accepts(one, claim(here), view(two.issue(claim(there))))); // from the next minute
    CHECK_FALSE(accepts(two, claim(there, "5.6.7.9"), view(one.issue(claim(here)))));
}

TEST_CASE("the MAC of hmac_tokens has 128 bits") {
    CHECK(started<hmac_tokens>(1).issue(claim(in_epoch(100))).size() == 16);
    CHECK(started<sha1_tokens>(1).issue(claim(in_epoch(100))).size() == 8);
}
