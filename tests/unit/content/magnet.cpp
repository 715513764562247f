#include <dht/content/magnet.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using namespace dht::test;
using namespace dht::content;

namespace {

std::string const key_hex = "8543d3e6115f0f98c944077a4493dcd543e49c739fd998550a1f614ab36ed63e";

std::string target_of(std::string const& link) {
    auto const m = parse_magnet(link);
    return m ? hex_of(m->target().bytes) : "none";
}

} // namespace

TEST_CASE("the links of BEP 46 name the targets of BEP 46, and are written as they were") {
    for (auto const& [link, target] :
         {std::pair{"magnet:?xs=urn:btpk:" + key_hex, "cc3f9d90b572172053626f9980ce261a850d050b"},
          std::pair{"magnet:?xs=urn:btpk:" + key_hex + "&s=6e",
                    "59ee7c2cb9b4f7eb1986ee2d18fd2fdb8a56554f"}}) {
        CHECK(target_of(link) == target);
        CHECK(to_link(*parse_magnet(link)) == link);
    }
}

TEST_CASE("links are read in any order, case and encoding, among parameters of others") {
    std::string upper = key_hex;
    for (char& c : upper)
        c = static_cast<char>(std::toupper(c));
    std::string const salted = target_of("magnet:?xs=urn:btpk:" + key_hex + "&s=6e");
    CHECK(target_of("MAGNET:?s=6E&dn=a%20name&XS=URN:BTPK:" + upper) == salted);
    CHECK(target_of("magnet:?xs=urn%3Abtpk%3a" + key_hex + "&tr=x%&s=%36e&s=ff") == salted);
    CHECK(target_of("magnet:?xs=http://x/y&xs=urn:btpk:" + key_hex + "&&s=6e&") == salted);
}

TEST_CASE("what is no such link is refused") {
    for (std::string const& bad :
         {std::string{}, std::string{"magnet:"}, "magnet:?xt=urn:btih:" + key_hex,
          "magnet:?xs=urn:btpk:" + key_hex.substr(1), "magnet:?xs=urn:btpk:" + key_hex + "00",
          "magnet:?xs=urn:btpk:" + key_hex + "&s=6", "magnet:?xs=urn:btpk:" + key_hex + "&s=zz",
          "magnet:?xs=urn:btpk:" + key_hex + "&s=" + std::string(130, '0'),
          "magnet:?xs=urn:btpk:" + key_hex + "&s=%4", "http:?xs=urn:btpk:" + key_hex,
          "magnet:?xs=urn:btpk:" + key_hex + "&dn=" + std::string(5'000, 'x')})
        CHECK_FALSE(parse_magnet(bad));
    CHECK(parse_magnet("magnet:?xs=urn:btpk:" + key_hex + "&s=" + std::string(128, '0')));
}

TEST_CASE("a torrent comes back from its value, with other keys beside it or none") {
    info_hash const hash{{array_of<20>("6d6e6f707172737475767778797a313233343536")}};
    auto const value = torrent_value(hash);
    CHECK(hex_of(value) == "64323a696832303a6d6e6f707172737475767778797a31323334353665");
    CHECK(torrent_of(value) == hash);
    CHECK(torrent_of(as_bytes("d1:ai1e2:ih20:mnopqrstuvwxyz1234561:zle"
                              "e")) == hash);
    for (std::string_view const bad :
         {"", "i1e", "de", "d2:ih19:mnopqrstuvwxyz12345e", "d2:ihi7ee",
          "d2:ih20:mnopqrstuvwxyz123456", "d2:ih20:mnopqr", "20:mnopqrstuvwxyz123456"})
        CHECK_FALSE(torrent_of(as_bytes(bad)));
}
