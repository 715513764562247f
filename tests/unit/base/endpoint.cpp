#include <dht/base/address_text.hpp>
#include <dht/base/endpoint.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;

static_assert(sizeof(endpoint) == 18);

namespace {

endpoint from_compact(std::string_view hex) {
    auto const bytes = test::bytes_of(hex);
    byte_view const all = bytes;
    return {address::from(all.first(all.size() - 2)),
            load_big_endian<std::uint16_t>(&all.back() - 1)};
}

} // namespace

TEST_CASE("compact bytes mean the endpoints of BEP 5 and BEP 32") {
    CHECK(from_compact("c00002011ae1") == *parse_endpoint("192.0.2.1:6881"));
    CHECK(from_compact("20010db80000000000000000000000011ae1") ==
          *parse_endpoint("[2001:db8::1]:6881"));
}

TEST_CASE("martians are refused on every network") {
    CHECK(is_martian(from_compact("c00002010000")));                         // port 0
    CHECK(is_martian(from_compact("000000001ae1")));                         // 0.0.0.0
    CHECK(is_martian(from_compact("e00000011ae1")));                         // multicast
    CHECK(is_martian(from_compact("ffffffff1ae1")));                         // broadcast
    CHECK(is_martian(from_compact("000000000000000000000000000000001ae1"))); // ::
    CHECK(is_martian(from_compact("ff0200000000000000000000000000011ae1"))); // multicast
    CHECK(is_martian(endpoint{}));
}

TEST_CASE("local addresses are no martians, since a local network may use them") {
    for (char const* const hex : {"7f0000011ae1", "fe8000000000000000000000000000011ae1"}) {
        CAPTURE(hex);
        CHECK_FALSE(is_martian(from_compact(hex)));
        CHECK(is_local(from_compact(hex).ip));
    }
}

TEST_CASE("an IPv4-mapped address in an IPv6 field is that IPv4 address") {
    endpoint const mapped = from_compact("00000000000000000000ffffc00002011ae1");
    CHECK(mapped == from_compact("c00002011ae1"));
    CHECK(mapped.ip.is_v4()); // how readers of IPv6 fields see that they must refuse it
}

TEST_CASE("endpoints are ordered by address, then port") {
    auto const low = *parse_endpoint("192.0.2.1:9");
    auto const high = *parse_endpoint("192.0.2.2:1");
    CHECK(low < high);
    CHECK(low < *parse_endpoint("192.0.2.1:10"));
    CHECK(low != *parse_endpoint("192.0.2.1:10"));
}
