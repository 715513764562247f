#include <dht/base/hex.hpp>

#include "../../catch.hpp"

using namespace dht;

namespace {

template <std::size_t N>
bool reads(std::string_view text) {
    std::array<std::byte, N> out{};
    return from_hex(text, out);
}

} // namespace

TEST_CASE("to_hex writes two lower-case digits for each byte") {
    auto const text = to_hex(std::array{std::byte{0x00}, std::byte{0x9f}, std::byte{0xa0}});
    CHECK(std::string_view{text.data(), text.size()} == "009fa0");
}

TEST_CASE("from_hex reads digits of either case") {
    std::array<std::byte, 3> out{};
    REQUIRE(from_hex("00fFAb", out));
    CHECK(out == std::array{std::byte{0x00}, std::byte{0xff}, std::byte{0xab}});
    CHECK(reads<0>(""));
}

TEST_CASE("from_hex refuses other lengths and other characters") {
    CHECK_FALSE(reads<2>(""));
    CHECK_FALSE(reads<2>("000"));
    CHECK_FALSE(reads<2>("00000"));
    CHECK_FALSE(reads<0>("00"));
    for (int c = 0; c < 256; ++c) {
        auto const character = static_cast<char>(c);
        bool const digit =
            std::string_view{"0123456789abcdefABCDEF"}.find(character) != std::string_view::npos;
        CAPTURE(c);
        CHECK(reads<1>(std::string{'0', character}) == digit);
        CHECK(reads<1>(std::string{character, '0'}) == digit);
    }
}

TEST_CASE("every byte survives hex") {
    for (unsigned value = 0; value < 256; ++value) {
        std::array const byte{static_cast<std::byte>(value)};
        auto const text = to_hex(byte);
        std::array<std::byte, 1> back{};
        CHECK(from_hex({text.data(), text.size()}, back));
        CHECK(back == byte);
    }
}
