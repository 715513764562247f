#include <dht/base/address_text.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"
#include <random>

using namespace dht;
using test::hex_of;

static_assert(to_text(*parse_endpoint("[2001:DB8::1]:5")).view() == "[2001:db8::1]:5");

namespace {

std::string canonical(std::string_view text) {
    auto const a = parse_address(text);
    return a ? std::string{to_text(*a)} : "refused";
}

std::string canonical_endpoint(std::string_view text) {
    auto const e = parse_endpoint(text);
    return e ? std::string{to_text(*e)} : "refused";
}

/// Characters that addresses are made of, and a few that they are not.
std::string scribble(std::mt19937& chance) {
    constexpr std::string_view alphabet = "::::....0012589afF[]%gx -";
    std::string text;
    for (auto length = chance() % 24; length > 0; --length)
        text += alphabet[chance() % alphabet.size()];
    return text;
}

} // namespace

TEST_CASE("IPv4 texts mean four bytes") {
    CHECK(hex_of(parse_address("192.0.2.1").value().bytes()) == "c0000201");
    for (char const* const text : {"0.0.0.0", "1.2.3.4", "10.20.30.40", "255.255.255.255"})
        CHECK(canonical(text) == text);
}

TEST_CASE("IPv4 texts are strict") {
    for (char const* const text : {"",
                                   ".",
                                   "1",
                                   "1.2.3",
                                   "1.2.3.",
                                   ".1.2.3",
                                   "1..2.3",
                                   "1.2.3.4.",
                                   "1.2.3.4.5",
                                   "256.1.1.1",
                                   "1.2.3.256",
                                   "1.2.3.1000",
                                   "1.2.3.4294967297",
                                   "01.2.3.4",
                                   "1.2.3.00",
                                   "0x1.2.3.4",
                                   "-1.2.3.4",
                                   "+1.2.3.4",
                                   " 1.2.3.4",
                                   "1.2.3.4 ",
                                   "1.2.3.4\n",
                                   "1,2,3,4",
                                   "a.b.c.d",
                                   "1.2.3.4/24"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address(text));
    }
    CHECK_FALSE(parse_address(std::string_view{"1.2.3.4\0", 8}));
}

TEST_CASE("IPv6 texts mean sixteen bytes") {
    struct {
        char const* text;
        char const* hex;
    } const cases[] = {
        {"::", "00000000000000000000000000000000"},
        {"::1", "00000000000000000000000000000001"},
        {"1::", "00010000000000000000000000000000"},
        {"2001:db8::1", "20010db8000000000000000000000001"},
        {"2001:0DB8:0:0:8:800:200C:417A", "20010db80000000000080800200c417a"},
        {"1:2:3:4:5:6:7:8", "00010002000300040005000600070008"},
        {"::2:3:4:5:6:7:8", "00000002000300040005000600070008"},
        {"1:2:3:4:5:6:7::", "00010002000300040005000600070000"},
        {"1:2:3::5:6:7:8", "00010002000300000005000600070008"},
        {"::13.1.68.3", "0000000000000000000000000d014403"},
        {"64:ff9b::192.0.2.33", "0064ff9b0000000000000000c0000221"},
        {"1:2:3:4:5:6:7.8.9.10", "0001000200030004000500060708090a"},
    };

    for (auto const& [text, hex] : cases) {
        CAPTURE(text);
        CHECK(hex_of(parse_address(text).value().bytes()) == hex);
    }
}

TEST_CASE("an IPv4-mapped text is that IPv4 address") {
    CHECK(canonical("::ffff:192.0.2.1") == "192.0.2.1");
    CHECK(canonical("::FFFF:c000:201") == "192.0.2.1");
    CHECK(canonical("0:0:0:0:0:ffff:192.0.2.1") == "192.0.2.1");
    CHECK(canonical_endpoint("[::ffff:192.0.2.1]:7") == "192.0.2.1:7");
}

TEST_CASE("broken IPv6 texts are refused") {
    for (char const* const text : {":",
                                   ":::",
                                   "1",
                                   "1:",
                                   ":1",
                                   "1:2",
                                   "1:2:3:4:5:6:7",
                                   "1:2:3:4:5:6:7:",
                                   ":2:3:4:5:6:7:8",
                                   "1:2:3:4:5:6:7:8:9",
                                   "1:2:3:4:5:6:7:8:",
                                   "::1:2:3:4:5:6:7:8",
                                   "1:2:3:4::5:6:7:8",
                                   "1::2::3",
                                   "1:::2",
                                   "::1::",
                                   "12345::",
                                   "::12345",
                                   "::00001",
                                   "::g",
                                   "::1%eth0",
                                   "[::1]",
                                   "::1 ",
                                   " ::1",
                                   "::1/64",
                                   "1.2.3.4::",
                                   "::1.2.3.4:5",
                                   "1:2:3:4:5:6:7:1.2.3.4",
                                   "1:2:3:4:5:1.2.3.4",
                                   "::1:2:3:4:5:6:1.2.3.4",
                                   "::1.2.3",
                                   "::1.2.3.256",
                                   "::01.2.3.4",
                                   "1.2.3.4:1::",
                                   "::.",
                                   "::1.2.3.4."}) {
        CAPTURE(text);
        CHECK_FALSE(parse_address(text));
    }
}

TEST_CASE("IPv6 is written in the form of RFC 5952") {
    struct {
        char const* text;
        char const* written;
    } const cases[] = {
        {"0:0:0:0:0:0:0:0", "::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"1:0:0:0:0:0:0:0", "1::"},
        {"2001:0db8::0001", "2001:db8::1"},               // no leading zeros
        {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},        // as short as can be
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"}, // one zero group is no run
        {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
        {"1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},       // the longest run
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"}, // the first of equals
        {"0:0:1:2:3:4:0:0", "::1:2:3:4:0:0"},
        {"1:0:0:2:0:0:0:0", "1:0:0:2::"},
        {"2001:DB8::ABCD", "2001:db8::abcd"}, // lower case
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
        {"::1.2.3.4", "::102:304"}, // mixed form is read, never written
    };

    for (auto const& [text, written] : cases) {
        CAPTURE(text);
        CHECK(canonical(text) == written);
    }
}

TEST_CASE("endpoints are an address and a port") {
    for (char const* const text :
         {"1.2.3.4:5", "0.0.0.0:0", "255.255.255.255:65535", "[::]:0", "[2001:db8::1]:6881",
          "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"})
        CHECK(canonical_endpoint(text) == text);
    endpoint const e = parse_endpoint("[2001:db8::1]:6881").value();
    CHECK(e.ip == parse_address("2001:db8::1").value());
    CHECK(e.port == 6881);
}

TEST_CASE("broken endpoint texts are refused") {
    for (char const* const text : {"",
                                   ":",
                                   ":5",
                                   "1.2.3.4",
                                   "1.2.3.4:",
                                   "1.2.3.4:65536",
                                   "1.2.3.4:05",
                                   "1.2.3.4:5 ",
                                   "1.2.3.4:-1",
                                   "1.2.3.4:5:6",
                                   "1.2.3.4:99999999999",
                                   "1.2.3:4",
                                   "[",
                                   "[]",
                                   "[]:5",
                                   "[::1]",
                                   "[::1]:",
                                   "[::1]5",
                                   "[::1:5",
                                   "::1]:5",
                                   "::1:5",
                                   "[1.2.3.4]:5",
                                   "[::1]:x",
                                   "[[::1]]:5",
                                   "[::1]:65536",
                                   "[::1] :5",
                                   "[1.2.3.4:5",
                                   "host:5"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_endpoint(text));
    }
}

TEST_CASE("every endpoint survives its text") {
    std::mt19937 chance{1};
    for (int i = 0; i < 20'000; ++i) {
        std::array<std::byte, 16> bytes{};
        auto const kept = chance(); // zero groups of all shapes
        for (std::size_t b = 0; b < bytes.size(); ++b)
            if ((kept >> (b / 2) & 1) != 0) bytes[b] = static_cast<std::byte>(chance());
        auto const v4 = static_cast<std::uint32_t>(chance());
        auto const port = static_cast<std::uint16_t>(chance());
        for (endpoint const e :
             {endpoint{address::v6(bytes), port}, endpoint{address::v4(v4), port}}) {
            REQUIRE(parse_endpoint(to_text(e)) == e);
            REQUIRE(parse_address(to_text(e.ip)) == e.ip);
        }
    }
}

TEST_CASE("what is read from noise survives its own text") {
    std::mt19937 chance{2};
    int addresses = 0;
    for (int i = 0; i < 300'000; ++i) {
        std::string const text = scribble(chance);
        static_cast<void>(parse_endpoint(text));
        if (auto const a = parse_address(text)) {
            ++addresses;
            REQUIRE(parse_address(to_text(*a)) == a);
        }
    }
    CHECK(addresses > 100); // else the noise tests nothing
}

TEST_CASE("a static text cuts off what does not fit") {
    static_text<3> text;
    CHECK(text.view().empty());
    text.append("ab");
    text.append("cd");
    text.append('e');
    CHECK(text.view() == "abc");
}
