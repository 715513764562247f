#include <dht/content/republisher.hpp>
#include <dht/content/torrent_link.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using namespace dht::test;
using namespace dht::content;

namespace {

std::string const v1 = "631a31dd0a46257d5078c0dee4e66e26f73e42ac";
std::string const v2 = "d8dd32ac93357c368556af3ac1d95c9d76bd0dff6fa9833ecdac3d53134efabb";
std::string const hybrid = "magnet:?xt=urn:btih:" + v1 + "&xt=urn:btmh:1220" + v2;

/// The hashes that the DHT knows it by, or "none".
std::string swarms_of(std::string const& link) {
    auto const t = parse_torrent_link(link);
    if (!t) return "none";
    std::string all;
    for (info_hash const& hash : t->swarms())
        all += (all.empty() ? "" : " ") + hex_of(hash.bytes);
    return all;
}

} // namespace

TEST_CASE("a torrent of version 2 is known by the first 20 bytes of its hash (BEP 52)") {
    auto const whole = array_of<32>(v2);
    CHECK(hex_of(truncated(whole).bytes) == v2.substr(0, 40));
    CHECK(swarms_of("magnet:?xt=urn:btmh:1220" + v2) == v2.substr(0, 40));
    CHECK(parse_info_hash_v2("1220" + v2) == whole);
}

TEST_CASE("a hybrid torrent has two swarms, and its link is written as it was") {
    CHECK(swarms_of(hybrid) == v1 + " " + v2.substr(0, 40));
    CHECK(to_link(*parse_torrent_link(hybrid)) == hybrid);
    for (std::string const& one : {"magnet:?xt=urn:btih:" + v1, "magnet:?xt=urn:btmh:1220" + v2})
        CHECK(to_link(*parse_torrent_link(one)) == one);
}

TEST_CASE("torrent links are read in any order, case and encoding, among parameters of others") {
    std::string const both = v1 + " " + v2.substr(0, 40);
    CHECK(swarms_of("MAGNET:?dn=a%20name&XT.1=URN:BTMH:1220" + v2 + "&xt.2=urn%3abtih%3A" + v1) ==
          both);
    CHECK(swarms_of("magnet:?xt=urn:sha1:x&xt=urn:btih:" + v1 + "&tr=x%&&xt=urn:btih:zz") == v1);
    CHECK(swarms_of("magnet:?xt=urn:btih:BCW2LJ5GDA5K4HQJ3AY56Z2I2VTASWQQ") ==
          "08ada5a7a6183aae1e09d831df6748d566095a10");
    CHECK(swarms_of("magnet:?xt=urn:btih:bcw2lj5gda5k4hqj3ay56z2i2vtaswqq") ==
          "08ada5a7a6183aae1e09d831df6748d566095a10");
}

TEST_CASE("what names no torrent, or names it badly, is refused") {
    for (std::string const& bad :
         {std::string{}, std::string{"magnet:?"}, "magnet:?dn=" + v1, "xt=urn:btih:" + v1,
          "magnet:?xs=urn:btih:" + v1, "magnet:?xt=urn:btih:" + v1.substr(1),
          "magnet:?xt=urn:btih:" + v1 + "0", "magnet:?xt=urn:btih:" + std::string(32, '1'),
          "magnet:?xt=urn:btmh:" + v2, "magnet:?xt=urn:btmh:1220" + v2.substr(2),
          "magnet:?xt=urn:btmh:1320" + v2, "magnet:?xt=urn:btmh:1214" + v1,
          "magnet:?xt=urn:btmh:1221" + v2, "magnet:?xt=urn:btih:" + v1 + "&xt=urn:btmh:1220",
          std::string{"magnet:?xt=urn:bt"}, std::string{"magnet:?xt=urn:btih:%4"},
          "magnet:?xtra=urn:btih:" + v1,
          "magnet:?xt=urn:btih:" + v1 + "&dn=" + std::string(5'000, 'x')}) {
        INFO(bad);
        CHECK_FALSE(parse_torrent_link(bad));
    }
}

TEST_CASE("a republisher keeps a hybrid torrent alive under both of its hashes") {
    republisher r;
    auto const swarms = parse_torrent_link(hybrid)->swarms();
    for (info_hash const& hash : swarms)
        CHECK(r.keep(instant{}, hash, {.port = 6'881}));
    CHECK(r.torrents() == 2);
    instant now{};
    for (info_hash const& hash : swarms) {
        now = std::max(now, *r.next_deadline());
        auto const o = r.next_operation({now, unix_time{}});
        REQUIRE(o);
        CHECK(std::get<announce_wish>(o->wish).hash == hash);
    }
}
