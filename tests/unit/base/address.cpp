#include <dht/base/address.hpp>
#include <dht/base/address_text.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::bytes_of;
using test::hex_of;

namespace {

/// Throws, and so fails the test, when the text is no address.
address at(std::string_view text) {
    return parse_address(text).value();
}

using predicate = bool (*)(address const&) noexcept;

void check_all(predicate p, bool expected, std::initializer_list<char const*> texts) {
    for (char const* const text : texts) {
        CAPTURE(text);
        CHECK(p(at(text)) == expected);
    }
}

} // namespace

static_assert(sizeof(address) == 16);

TEST_CASE("an address knows its family and gives its bytes back") {
    auto const v4 = address::v4(0xc0000201);
    CHECK(v4.is_v4());
    CHECK(v4.ip_family() == family::ipv4);
    CHECK(hex_of(v4.bytes()) == "c0000201");
    CHECK(v4.v4_value() == 0xc0000201);
    CHECK(v4 == address::from(bytes_of("c0000201")));

    auto const hex = "20010db8000000000000000000000001";
    auto const v6 = address::v6(test::array_of<16>(hex));
    CHECK(v6.ip_family() == family::ipv6);
    CHECK(hex_of(v6.bytes()) == hex);
    CHECK(v6.v4_value() == 0);
    CHECK(v6 == address::from(bytes_of(hex)));
}

TEST_CASE("bytes of another size are no address") {
    for (std::size_t const size : {0U, 1U, 3U, 5U, 15U, 17U, 32U}) {
        CAPTURE(size);
        CHECK(address::from(std::vector<std::byte>(size, std::byte{1})) == address{});
    }
}

TEST_CASE("only ::ffff:0:0/96 is IPv4") {
    check_all([](address const& a) noexcept { return a.is_v4(); }, false,
              {"::", "::1", "::fffe:1.2.3.4", "::1:ffff:1.2.3.4", "::ffff:ffff:1.2.3.4",
               "1::ffff:1.2.3.4", "::1.2.3.4"});
    CHECK(at("::ffff:1.2.3.4").is_v4());
}

TEST_CASE("unroutable is what nobody can be reached at") {
    check_all(is_unroutable, true,
              {"0.0.0.0", "0.255.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1",
               "255.255.255.255", "::", "ff00::", "ff02::1", "ffff::"});
    check_all(is_unroutable, false,
              {"1.0.0.0", "10.0.0.1", "127.0.0.1", "223.255.255.255", "::1", "fe80::1",
               "2001:db8::1", "fe00::"});
}

TEST_CASE("local is what means nothing on another host") {
    check_all(is_local, true,
              {"10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
               "169.254.0.0", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0",
               "192.0.0.255", "192.0.2.0", "192.0.2.255", "192.168.0.0", "192.168.255.255",
               "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1"});
    check_all(is_local, false,
              {"9.255.255.255",   "11.0.0.0",     "100.63.255.255",  "100.128.0.0",
               "126.255.255.255", "128.0.0.0",    "169.253.255.255", "169.255.0.0",
               "172.15.255.255",  "172.32.0.0",   "192.0.1.0",       "192.0.3.0",
               "192.167.255.255", "192.169.0.0",  "198.17.255.255",  "198.20.0.0",
               "198.51.99.255",   "198.51.101.0", "203.0.112.255",   "203.0.114.0"});
    check_all(is_local, true,
              {"::", "::1", "64:ff9b::1", "fc00::1", "fdff::1", "fe80::1", "ff02::1", "1fff::",
               "4000::", "2001:db8::", "2001:db8:ffff:ffff::1", "2001::1", "2001:0:ffff::1"});
    check_all(
        is_local, false,
        {"2000::", "2001:1::1", "2001:db7:ffff::1", "2001:db9::", "2a00:1450:4001::1", "3fff::"});
}

TEST_CASE("BEP 42 exempts the local networks it names") {
    check_all(is_bep42_exempt, true,
              {"10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0",
               "192.168.255.255", "169.254.0.0", "169.254.255.255", "127.0.0.0", "127.255.255.255",
               "::1", "fe80::", "febf::1", "fc00::", "fdff::1"});
    check_all(is_bep42_exempt, false,
              {"9.255.255.255", "11.0.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
               "192.169.0.0", "169.253.255.255", "169.255.0.0", "126.255.255.255", "128.0.0.0",
               "100.64.0.1", "::", "::2", "fec0::", "fbff::", "fe00::", "2001:db8::1"});
}

TEST_CASE("subnet keeps the first bits and no others") {
    CHECK(subnet(at("255.255.255.255"), 0) == at("0.0.0.0"));
    CHECK(subnet(at("255.255.255.255"), 1) == at("128.0.0.0"));
    CHECK(subnet(at("192.0.2.77"), 24) == at("192.0.2.0"));
    CHECK(subnet(at("255.255.255.255"), 27) == at("255.255.255.224"));
    CHECK(subnet(at("192.0.2.77"), 32) == at("192.0.2.77"));
    CHECK(subnet(at("192.0.2.77"), 128) == at("192.0.2.77"));
    CHECK(subnet(at("ffff::ffff"), 0) == at("::"));
    CHECK(subnet(at("ffff:ffff:ffff::"), 35) == at("ffff:ffff:e000::"));
    CHECK(subnet(at("2001:db8::1"), 127) == at("2001:db8::"));
    CHECK(subnet(at("2001:db8::1"), 128) == at("2001:db8::1"));
}

TEST_CASE("a subnet never holds addresses of the other family") {
    CHECK(in_subnet(at("192.0.2.77"), at("192.0.2.0"), 24));
    CHECK_FALSE(in_subnet(at("192.0.3.77"), at("192.0.2.0"), 24));
    CHECK(in_subnet(at("1.2.3.4"), at("0.0.0.0"), 0));
    CHECK_FALSE(in_subnet(at("1.2.3.4"), at("::"), 0));
    CHECK_FALSE(in_subnet(at("::1"), at("0.0.0.0"), 0));
    CHECK_FALSE(in_subnet(at("::1.2.3.4"), at("1.2.3.4"), 32));
}

TEST_CASE("a site is a /24 or a /64") {
    struct {
        char const* a;
        char const* b;
        bool same;
    } const cases[] = {
        {"10.255.255.0", "10.255.255.255", true},
        {"11.0.0.0", "10.255.255.255", false},
        {"0.0.0.0", "128.255.255.255", false},
        {"0.0.0.0", "127.255.255.255", false},
        {"255.255.255.0", "255.255.255.255", true},
        {"255.254.255.0", "255.255.255.255", false},
        {"0.0.0.0", "0.0.0.0", true},
        {"255.255.255.255", "255.255.255.255", true},
        {"::1", "::ffff:ffff:ffff:ffff", true},
        {"::2:0000:0000:0000:0000", "::1:ffff:ffff:ffff:ffff", false},
        {"::ff:0000:0000:0000:0000", "::ffff:ffff:ffff:ffff", false},
        {"::caca:0000:0000:0000:0000", "::ffff:ffff:ffff:ffff:ffff", false},
        {"::a:0000:0000:0000:0000", "::b:ffff:ffff:ffff:ffff", false},
        {"::7f:0000:0000:0000:0000", "::ffff:ffff:ffff:ffff", false},
        {"7f::", "ff::", false},
        {"ff::", "ff::", true},
        {"::", "::", true},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
         true},
    };

    for (auto const& [a, b, same] : cases) {
        CAPTURE(a, b);
        CHECK((site_of(at(a)) == site_of(at(b))) == same);
    }
}

TEST_CASE("a provider is a /16 or a /48") {
    CHECK(provider_of(at("192.0.2.77")) == at("192.0.0.0"));
    CHECK(provider_of(at("2001:db8:1:2::3")) == at("2001:db8:1::"));
}
