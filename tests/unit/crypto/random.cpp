#include <dht/crypto/random.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::hex_of;

static_assert(sizeof(chacha_random) <= 112, "a simulated world has one per node");
static_assert(std::is_nothrow_default_constructible_v<chacha_random>);
static_assert(noexcept(std::declval<chacha_random&>().next()));
static_assert(noexcept(std::declval<chacha_random&>().fill({})));

namespace {

chacha_random seeded(unsigned char first) {
    chacha_random::seed seed{};
    for (std::size_t i = 0; i < seed.size(); ++i)
        seed[i] = static_cast<std::byte>(first + i);
    return chacha_random{seed};
}

template <std::size_t N>
std::array<std::byte, N> drawn(chacha_random rng) {
    std::array<std::byte, N> bytes{};
    rng.fill(bytes);
    return bytes;
}

/// Answers what the test wrote down.
struct scripted {
    std::vector<std::uint64_t> draws;
    std::size_t drawn = 0;

    std::uint64_t next() noexcept { return draws[drawn++]; }
};

} // namespace

TEST_CASE("the stream is ChaCha20's, over several blocks") {
    CHECK(hex_of(drawn<160>(seeded(0))) ==
          "39fd2b7dd9c5196a8dbd0377b8dc4a498a35d86fbcde6accb2cc7d4cd8ea2492"
          "2b23cce7a26023ab3f0eef693ac87f64258235eab1f7a32dc22762a0485b410c"
          "18b84231ade6a6d113615c61af434e27f8b1f3f5e1ad5b5cecf8fc122a35755c"
          "7208086dd1ee3c5d9d815824640e003c9ba0f65ede5d59ce0d2a4a7f31955acd"
          "42f22ddca74a92d56ca78aef298e723b60237f3647eabeb7f3e09c30ce80e3e2");
}

TEST_CASE("next reads the stream as little-endian numbers") {
    auto rng = seeded(0);
    CHECK(rng.next() == 0x6a19c5d97d2bfd39);
    CHECK(rng.next() == 0x494adcb87703bd8d);
}

TEST_CASE("the stream does not depend on how it is drawn") {
    auto const whole = drawn<200>(seeded(7));
    for (std::size_t piece = 1; piece < whole.size(); ++piece) {
        CAPTURE(piece);
        auto rng = seeded(7);
        std::array<std::byte, 200> bytes{};
        for (std::size_t at = 0; at < bytes.size(); at += piece)
            rng.fill(byte_span{bytes}.subspan(at, std::min(piece, bytes.size() - at)));
        CHECK(bytes == whole);
    }
}

TEST_CASE("seeds make streams") {
    CHECK(drawn<32>(seeded(1)) == drawn<32>(seeded(1)));
    CHECK(drawn<32>(seeded(1)) != drawn<32>(seeded(2)));
    CHECK(drawn<32>(chacha_random{}) != drawn<32>(chacha_random{}));
}

TEST_CASE("a copy repeats the stream from where it stands") {
    auto original = seeded(3);
    original.next();
    auto copy = original;
    for (int i = 0; i < 20; ++i)
        CHECK(copy.next() == original.next());
}

TEST_CASE("system_entropy fills exactly its span, differently each time") {
    std::array<std::byte, 34> first{};
    std::array<std::byte, 34> second{};
    system_entropy(byte_span{first}.subspan(1, 32));
    system_entropy(byte_span{second}.subspan(1, 32));
    system_entropy({});
    CHECK(first != second);
    CHECK((first.front() | first.back()) == std::byte{0});
}

TEST_CASE("below stays below and reaches every number evenly") {
    auto rng = seeded(4);
    for (int i = 0; i < 20; ++i)
        CHECK(below(rng, 1) == 0);
    std::array<int, 6> counts{};
    for (int i = 0; i < 60'000; ++i)
        ++counts[below(rng, 6)];
    for (int const count : counts) { // 10 000 expected, standard deviation 91
        CHECK(count > 9'500);
        CHECK(count < 10'500);
    }
}

TEST_CASE("below throws draws beyond the bound away instead of folding them") {
    constexpr std::uint64_t half = std::uint64_t{1} << 63U;
    SECTION("six of eight") {
        scripted rng{{7, 6, 8 + 5}};
        CHECK(below(rng, 6) == 5);
        CHECK(rng.drawn == 3);
    }
    SECTION("a power of two wastes nothing") {
        scripted rng{{0xffff'ffff'ffff'ffff}};
        CHECK(below(rng, 8) == 7);
    }
    SECTION("just above half of all numbers") {
        scripted rng{{half + 1, half}};
        CHECK(below(rng, half + 1) == half);
    }
    SECTION("the greatest bound") {
        scripted rng{{0xffff'ffff'ffff'ffff, 42}};
        CHECK(below(rng, 0xffff'ffff'ffff'ffff) == 42);
    }
}
