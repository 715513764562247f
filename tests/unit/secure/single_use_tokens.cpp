#include <dht/secure/single_use_tokens.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(token_scheme<single_use_tokens>);

namespace {

struct no_settings {};

times minute(std::int64_t m) {
    return {second(60 * m), unix_time{60 * (20'000 + m)}};
}

single_use_tokens started_tokens(std::uint64_t seed, std::size_t remembered = 1'024) {
    seeded_random rng{seed};
    single_use_tokens s{remembered};
    s.start(no_settings{}, rng);
    s.rotate(minute(0));
    return s;
}

token_claim claim(std::uint16_t port, std::string_view from = "5.6.7.8",
                  std::string_view target = "abcd") {
    return {minute(0), ip(from), key_of(target), {}, port};
}

bool accepts(single_use_tokens& s, token_claim const& c, token const& t) {
    return s.verify(c, byte_view{t.data(), t.size()}, ticket{}) == token_verdict::valid;
}

} // namespace

TEST_CASE("a token stores once; the same announce is confirmed again, any other is refused") {
    auto s = started_tokens(1);
    token const t = s.issue(claim(0));
    CHECK(t.size() == 24);
    CHECK(accepts(s, claim(6881), t));
    CHECK(accepts(s, claim(6881), t));
    CHECK_FALSE(accepts(s, claim(6882), t));
    CHECK_FALSE(accepts(s, claim(0), t));
    CHECK(accepts(s, claim(6881), t));
    token const another = s.issue(claim(0));
    CHECK(accepts(s, claim(6882), another));
    CHECK_FALSE(accepts(s, claim(6881), another));
}

TEST_CASE("a token is for its address, target and node, and uses that were refused cost nothing") {
    auto s = started_tokens(1);
    auto other = started_tokens(2);
    token const t = s.issue(claim(0));
    CHECK_FALSE(accepts(s, claim(6881, "5.6.7.9"), t));
    CHECK_FALSE(accepts(s, claim(6881, "5.6.7.8", "abce"), t));
    CHECK_FALSE(accepts(other, claim(6881), t));
    CHECK(accepts(s, claim(7000), t)); // none of these was a use
}

TEST_CASE("a token with another number, or a part of one, is none") {
    auto s = started_tokens(1);
    token const t = s.issue(claim(0));
    for (std::size_t bit = 0; bit < 8 * t.size(); ++bit) {
        token forged = t;
        forged[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
        CHECK_FALSE(accepts(s, claim(6881), forged));
    }
    for (std::size_t size = 0; size < t.size(); ++size)
        CHECK(s.verify(claim(6881), byte_view{t.data(), size}, ticket{}) == token_verdict::invalid);
    CHECK(s.verify(claim(6881), std::vector<std::byte>(10'000), ticket{}) ==
          token_verdict::invalid);
    CHECK(accepts(s, claim(6881), t));
}

TEST_CASE("a token lives no longer than others") {
    auto s = started_tokens(1);
    token const t = s.issue(claim(0));
    s.rotate(minute(14));
    CHECK(accepts(s, claim(6881), t));
    s.rotate(minute(15));
    CHECK_FALSE(accepts(s, claim(6881), t));
}

TEST_CASE("who announces much makes the memory forget uses of his own alone") {
    auto s = started_tokens(1, 64 * 8);
    std::vector<std::pair<std::string, token>> used;
    for (unsigned n = 0; n < 40; ++n) {
        std::string const from = "6.7." + std::to_string(n) + ".1";
        used.emplace_back(from, s.issue(claim(0, from)));
        CHECK(accepts(s, claim(6881, from), used.back().second));
    }
    for (unsigned n = 0; n < 10'000; ++n)
        CHECK(accepts(s, claim(6881, "9.9.9.9"), s.issue(claim(0, "9.9.9.9"))));
    std::size_t forgotten = 0; // of those who share the set of one who floods: one in 64
    for (auto const& [from, t] : used)
        forgotten += accepts(s, claim(7000, from), t) ? 1U : 0U;
    CHECK(forgotten <= 4);
}
