#include <dht/kad/key.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"
#include <random>

using namespace dht;
using test::hex_of;

namespace {

using key160 = key<160>;

template <std::size_t Bits = 160>
key<Bits> of(std::string_view hex) {
    return {test::array_of<Bits / 8>(hex)};
}

key160 some_key(std::mt19937& chance) {
    key160 k;
    for (std::byte& b : k.bytes)
        b = static_cast<std::byte>(chance());
    return k;
}

std::string const zeros(40, '0');
std::string const ones(40, 'f');

struct named_key : key160 {};

struct other_key : key160 {};

} // namespace

static_assert(sizeof(key160) == 20);
static_assert(common_prefix_length(key160{}, key160{}) == 160); // constant expressions

TEST_CASE("from copies the bytes in order") {
    auto const bytes = test::bytes_of("000102030405060708090a0b0c0d0e0f10111213");
    CHECK(hex_of(key160::from(bytes).bytes) == "000102030405060708090a0b0c0d0e0f10111213");
}

TEST_CASE("bit 0 is the most significant one") {
    key160 k;
    k.set_bit(0, true);
    k.set_bit(7, true);
    k.set_bit(9, true);
    k.flip_bit(159);
    CHECK(hex_of(k.bytes) == "8140000000000000000000000000000000000001");
    CHECK(k.bit(0));
    CHECK_FALSE(k.bit(1));
    CHECK(k.bit(159));
    k.set_bit(0, false);
    k.flip_bit(9);
    k.flip_bit(159);
    CHECK(hex_of(k.bytes) == "01" + std::string(38, '0'));
}

TEST_CASE("the exponent of a distance follows from the common prefix") {
    struct {
        char const* a;
        char const* b;
        unsigned exponent; // floor of the binary logarithm; 0 for the distance 0 too
    } const cases[] = {
        {"ffffffffffffffffffffffffffffffffffffffff", "0000000000000000000000000000000000000000",
         159},
        {"ffffffffffffffffffffffffffffffffffffffff", "7fffffffffffffffffffffffffffffffffffffff",
         159},
        {"ffffffffffffffffffffffffffffffffffffffff", "ffffffffffffffffffffffffffffffffffffffff", 0},
        {"ffffffffffffffffffffffffffffffffffffffff", "fffffffffffffffffffffffffffffffffffffffe", 0},
        {"8000000000000000000000000000000000000000", "fffffffffffffffffffffffffffffffffffffffe",
         158},
        {"c000000000000000000000000000000000000000", "fffffffffffffffffffffffffffffffffffffffe",
         157},
        {"e000000000000000000000000000000000000000", "fffffffffffffffffffffffffffffffffffffffe",
         156},
        {"f000000000000000000000000000000000000000", "fffffffffffffffffffffffffffffffffffffffe",
         155},
    };

    for (auto const& [a, b, exponent] : cases) {
        CAPTURE(a, b);
        unsigned const shared = common_prefix_length(of(a), of(b));
        CHECK((shared == 160 ? 0 : 159 - shared) == exponent);
        CHECK(common_prefix_length(of(b), of(a)) == shared);
    }
    CHECK(common_prefix_length(of(ones), of(ones)) == 160);
    CHECK(common_prefix_length(of(ones), of(ones.substr(1) + "e")) == 159);
}

TEST_CASE("one different bit ends the common prefix there") {
    std::mt19937 chance{1};
    for (unsigned i = 0; i < 160; ++i) {
        key160 const a = some_key(chance);
        key160 b = a;
        b.flip_bit(i);
        CHECK(common_prefix_length(a, b) == i);
        for (unsigned rest = i + 1; rest < 160; ++rest)
            b.set_bit(rest, (chance() & 1U) != 0);
        CHECK(common_prefix_length(a, b) == i);
    }
}

TEST_CASE("with_prefix keeps the first bits and no others") {
    struct {
        unsigned bits;
        char const* mask;
    } const cases[] = {
        {0, "0000000000000000000000000000000000000000"},
        {1, "8000000000000000000000000000000000000000"},
        {2, "c000000000000000000000000000000000000000"},
        {11, "ffe0000000000000000000000000000000000000"},
        {17, "ffff800000000000000000000000000000000000"},
        {37, "fffffffff8000000000000000000000000000000"},
        {160, "ffffffffffffffffffffffffffffffffffffffff"},
    };

    for (auto const& [bits, mask] : cases) {
        CAPTURE(bits);
        CHECK(with_prefix(of(ones), bits, of(zeros)) == of(mask));
        CHECK(with_prefix(of(zeros), bits, of(ones)) == (of(mask) ^ of(ones)));
    }
    CHECK(with_prefix(of(ones), 1000, of(zeros)) == of(ones));
}

TEST_CASE("distance is a metric in which every distance names one key") {
    std::mt19937 chance{2};
    for (int i = 0; i < 100; ++i) {
        key160 const a = some_key(chance);
        key160 const b = some_key(chance);
        CHECK((a ^ b) == (b ^ a));
        CHECK((a ^ a) == key160{});
        CHECK(((a ^ b) ^ a) == b);
    }
}

TEST_CASE("closer compares whole distances") {
    std::mt19937 chance{3};
    for (int i = 0; i < 10'000; ++i) {
        key160 const target = some_key(chance);
        auto const shared =
            static_cast<unsigned>(chance() % 161); // so that the first eight bytes often tie
        key160 const a = with_prefix(target, shared, some_key(chance));
        key160 const b = with_prefix(target, shared, some_key(chance));
        CHECK(closer(a, b, target) == ((a ^ target) < (b ^ target)));
        CHECK_FALSE(closer(a, a, target));
        if (a != b) CHECK(closer(a, b, target) != closer(b, a, target));
    }
}

TEST_CASE("keys are ordered as unsigned numbers") {
    CHECK(of("7f" + std::string(38, 'f')) < of("80" + std::string(38, '0')));
    CHECK(of(zeros) < of(std::string(39, '0') + "1"));
    CHECK(of("0123456789abcdef" + std::string(24, '0')).high_bits() == 0x0123456789abcdef);
}

TEST_CASE("keys of distinct types have distances") {
    named_key const a{of(ones)};
    other_key const b{of(zeros)};
    static_assert(!std::is_convertible_v<named_key, other_key>);
    CHECK((a ^ b) == of(ones));
    CHECK(common_prefix_length(a, b) == 0);
    CHECK(closer(a, a, b) == false);
}

TEST_CASE("a key space may have 256 bits") {
    auto const a = of<256>(std::string(64, '0'));
    auto const b = of<256>(std::string(63, '0') + "1");
    CHECK(common_prefix_length(a, b) == 255);
    CHECK(common_prefix_length(a, a) == 256);
    CHECK(closer(a, b, a));
    CHECK_FALSE(closer(a, b, b));
}
