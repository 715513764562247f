#include <dht/secure/token_uses.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

namespace {

address nth(std::uint32_t n) {
    return address::v4(0x05000000U + n * 0x10001U);
}

token_uses started_uses(std::size_t each, std::size_t tellers = 1) {
    seeded_random rng{1};
    token_uses uses{each, tellers};
    uses.start(rng);
    return uses;
}

} // namespace

TEST_CASE("a use is found by its address and number, whoever told of it") {
    auto uses = started_uses(64, 3);
    CHECK(uses.find(nth(1), 7) == nullptr);
    for (std::uint16_t teller = 0; teller < 3; ++teller)
        uses.add(nth(1), 100U + teller, static_cast<std::uint16_t>(teller + 1), teller);
    for (std::uint16_t teller = 0; teller < 3; ++teller) {
        auto* const use = uses.find(nth(1), 100U + teller);
        REQUIRE(use != nullptr);
        CHECK(use->port == teller + 1);
        CHECK_FALSE(use->confirmed);
        use->confirmed = true;
        CHECK(uses.find(nth(1), 100U + teller)->confirmed);
    }
    CHECK(uses.find(nth(1), 7) == nullptr);
    CHECK(uses.find(nth(1), 0) == nullptr); // what an empty place has
}

TEST_CASE("the oldest use in a set makes room, and its mark goes with it") {
    auto uses = started_uses(8); // one set
    for (std::uint64_t n = 1; n <= 8; ++n)
        uses.add(nth(1), n, 1);
    uses.find(nth(1), 1)->confirmed = true;
    uses.add(nth(1), 9, 1);
    CHECK(uses.find(nth(1), 1) == nullptr);
    for (std::uint64_t n = 2; n <= 9; ++n)
        CHECK(uses.find(nth(1), n) != nullptr);
    CHECK_FALSE(uses.find(nth(1), 9)->confirmed);
}

TEST_CASE("who tells much makes the memory forget nothing that others have told") {
    auto uses = started_uses(64, 2);
    for (std::uint32_t n = 0; n < 20; ++n)
        uses.add(nth(n), n + 1, 1, 0);
    std::size_t before = 0;
    for (std::uint32_t n = 0; n < 20; ++n)
        before += uses.find(nth(n), n + 1) != nullptr ? 1U : 0U;
    REQUIRE(before == 20);
    for (std::uint32_t n = 0; n < 20'000; ++n)
        uses.add(nth(n % 500), 1'000 + n, 1, 1);
    for (std::uint32_t n = 0; n < 20; ++n)
        CHECK(uses.find(nth(n), n + 1) != nullptr);
}
