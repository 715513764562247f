#include "../../bytes.hpp"

#include <dht/base/bytes.hpp>

#include "../../catch.hpp"

using namespace dht;
using test::bytes_of;
using test::hex_of;

TEST_CASE("big endian integers stand most significant byte first") {
    auto const bytes = bytes_of("0123456789abcdef");
    CHECK(load_big_endian<std::uint8_t>(bytes.data()) == 0x01);
    CHECK(load_big_endian<std::uint16_t>(bytes.data()) == 0x0123);
    CHECK(load_big_endian<std::uint32_t>(bytes.data()) == 0x01234567);
    CHECK(load_big_endian<std::uint64_t>(bytes.data()) == 0x0123456789abcdef);
}

TEMPLATE_TEST_CASE("what was stored big endian is loaded again", "", std::uint8_t, std::uint16_t,
                   std::uint32_t, std::uint64_t) {
    auto const greatest = static_cast<TestType>(-1);
    for (TestType const value :
         {TestType{0}, TestType{1}, TestType{0x80}, greatest, static_cast<TestType>(greatest - 1),
          static_cast<TestType>(greatest / 3)}) {
        std::array<std::byte, 10> bytes{};
        store_big_endian(bytes.data() + 1, value);
        CHECK(load_big_endian<TestType>(bytes.data() + 1) == value);
        CHECK(bytes[0] == std::byte{0});
        CHECK(bytes[1 + sizeof(TestType)] == std::byte{0});
    }
}

TEST_CASE("texts and bytes are views of each other") {
    std::string const text = "d1:q4:ping";
    CHECK(as_text(as_bytes(text)) == text);
    CHECK(as_text(as_bytes(text)).data() == text.data());
    CHECK(as_bytes("").empty());
    CHECK(hex_of(as_bytes("az")) == "617a");
}

TEST_CASE("equal compares sizes and bytes") {
    CHECK(equal({}, {}));
    CHECK(equal(as_bytes("abc"), as_bytes(std::string{"abc"})));
    CHECK_FALSE(equal(as_bytes("abc"), as_bytes("abd")));
    CHECK_FALSE(equal(as_bytes("abc"), as_bytes("ab")));
    CHECK_FALSE(equal({}, as_bytes("a")));
}
