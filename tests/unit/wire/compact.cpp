#include <dht/wire/compact.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"
#include "nodes.hpp"

using namespace dht;
using test::bytes_of;
using test::hex_of;
using test::nodes_of;

namespace {

endpoint v4(std::uint32_t ip, std::uint16_t port) {
    return {address::v4(ip), port};
}

endpoint v6(std::string_view hex, std::uint16_t port) {
    return {address::from(bytes_of(hex)), port};
}

std::optional<endpoint> read(std::string_view hex) {
    return compact::read_endpoint(bytes_of(hex));
}

std::string const doc6 = "20010db8000000000000000000000001";
node_id const id_a{key160::from(as_bytes("aaaaaaaaaaaaaaaaaaaa"))};

std::vector<endpoint> peers_of(std::string_view values, family over) {
    compact::peer_reader in{as_bytes(values), over};
    std::vector<endpoint> peers;
    while (auto const peer = in.next())
        peers.push_back(*peer);
    return peers;
}

std::string string_of(std::string_view hex) {
    auto const bytes = bytes_of(hex);
    return std::to_string(bytes.size()) + ":" + std::string{as_text(bytes)};
}

std::string const peer4 = string_of("c00002011ae1");
std::string const peer6 = string_of(doc6 + "1ae1");

} // namespace

TEST_CASE("endpoints are address and port in network order") {
    CHECK(read("c00002011ae1") == v4(0xc0000201, 6881));
    CHECK(read(doc6 + "1ae1") == v6(doc6, 6881));
}

TEST_CASE("endpoints of another size are none") {
    auto const bytes = GENERATE(0U, 1U, 2U, 4U, 5U, 7U, 12U, 16U, 17U, 19U, 36U);
    CHECK_FALSE(compact::read_endpoint(std::vector<std::byte>(bytes, std::byte{1})));
}

TEST_CASE("port 0 is nowhere") {
    CHECK_FALSE(read("c00002010000"));
    CHECK_FALSE(read(doc6 + "0000"));
    CHECK_FALSE(read("c000020100")); // five bytes
}

TEST_CASE("an IPv4 address in an IPv6 field is refused") {
    CHECK_FALSE(read("00000000000000000000ffffc00002011ae1"));
    CHECK_FALSE(read("00000000000000000000ffff000000001ae1"));
    CHECK(read("00000000000000000000fffec00002011ae1")); // one bit beside it
}

TEST_CASE("addresses that nobody has are read, and known as such") {
    CHECK(is_martian(*read("000000001ae1")));
    CHECK(is_martian(*read("e00000011ae1")));
    CHECK(is_martian(*read("ffffffff1ae1")));
    CHECK(is_local(read("7f0000011ae1")->ip));
    CHECK(is_local(read("fe8000000000000000000000000000011ae1")->ip));
}

TEST_CASE("writing an endpoint gives the bytes that it is read from") {
    std::string const hex = GENERATE(as<std::string>{}, "c00002011ae1", "01020304ffff",
                                     "20010db80000000000000000000000011ae1");
    std::array<std::byte, 20> out{};
    std::byte const* const end = compact::write_endpoint(out.data(), *read(hex));
    CHECK(hex_of(byte_view{out}.first(hex.size() / 2)) == hex);
    CHECK(end == out.data() + hex.size() / 2);
}

TEST_CASE("nodes are an id before an endpoint") {
    std::string const id = "6161616161616161616161616161616161616161";
    auto const four = bytes_of(id + "c00002011ae1");
    auto const six = bytes_of(id + doc6 + "1ae1");
    CHECK(compact::read_node(four) == node_contact{id_a, v4(0xc0000201, 6881)});
    CHECK(compact::read_node(six) == node_contact{id_a, v6(doc6, 6881)});
    std::array<std::byte, 38> out{};
    auto const n4 = *compact::read_node(four);
    auto const n6 = *compact::read_node(six);
    CHECK(compact::write_node(out.data(), n4.id, n4.at) == out.data() + 26);
    CHECK(hex_of(byte_view{out}.first(26)) == hex_of(four));
    CHECK(compact::write_node(out.data(), n6.id, n6.at) == out.data() + 38);
    CHECK(hex_of(out) == hex_of(six));
    compact::packed_nodes<2> two;
    two.push_back(n6.id, n6.at);
    CHECK(hex_of(two.bytes()) == hex_of(six));
    two.push_back(n6.id, n6.at);
    CHECK(two.size() == 2);
    CHECK(hex_of(two.bytes()) == hex_of(compact::packed(std::array{n6, n6})));
    CHECK(hex_of(compact::packed(std::array{n4, n6})) == hex_of(four) + hex_of(six));
}

TEST_CASE("a node of another size is none") {
    for (std::size_t bytes = 0; bytes < 60; ++bytes) {
        CAPTURE(bytes);
        CHECK(compact::read_node(std::vector<std::byte>(bytes, std::byte{1})).has_value() ==
              (bytes == 26 || bytes == 38));
    }
}

TEST_CASE("a node list is read entry by entry, without those that nobody can ask") {
    std::string const id = "6161616161616161616161616161616161616161";
    auto const list = bytes_of(id + "c00002011ae1" + id + "c00002020000" + id + "c00002031ae3");
    auto const nodes = nodes_of(list, family::ipv4);
    REQUIRE(nodes.size() == 2);
    CHECK(nodes[0].at == v4(0xc0000201, 6881));
    CHECK(nodes[1].at == v4(0xc0000203, 6883));

    auto const list6 = bytes_of(id + "00000000000000000000ffffc00002011ae1" + id + doc6 + "1ae1");
    auto const nodes6 = nodes_of(list6, family::ipv6);
    REQUIRE(nodes6.size() == 1);
    CHECK(nodes6[0] == node_contact{id_a, v6(doc6, 6881)});
}

TEST_CASE("node lists may be empty, long, or end inside an entry") {
    CHECK(nodes_of({}, family::ipv4).empty());
    std::vector<std::byte> const many(26 * 57, std::byte{1});
    CHECK(nodes_of(many, family::ipv4).size() == 57);
    CHECK(nodes_of(byte_view{many}.first(26 * 3 + 25), family::ipv4).size() == 3);
}

TEST_CASE("values are strings of 6 and 18 bytes in any mixture") {
    for (family const over : {family::ipv4, family::ipv6}) {
        CHECK(peers_of(peer4 + peer6 + peer4, over) ==
              std::vector{v4(0xc0000201, 6881), v6(doc6, 6881), v4(0xc0000201, 6881)});
        CHECK(peers_of(peer6 + peer6, over) == std::vector{v6(doc6, 6881), v6(doc6, 6881)});
        CHECK(peers_of(peer4, over) == std::vector{v4(0xc0000201, 6881)});
        CHECK(peers_of("", over).empty());
    }
}

TEST_CASE("a string of many entries is cut into them") {
    std::vector const two{v4(0xc0000201, 6881), v4(0xc0000202, 6882)};
    CHECK(peers_of(string_of("c00002011ae1c00002021ae2"), family::ipv4) == two);
    CHECK(peers_of(string_of("c00002011ae1c00002021ae2"), family::ipv6) == two);
    CHECK(peers_of(string_of(doc6 + "1ae1" + doc6 + "1ae2"), family::ipv6) ==
          std::vector{v6(doc6, 6881), v6(doc6, 6882)});
}

TEST_CASE("18 bytes alone are three IPv4 peers over IPv4 and one IPv6 peer over IPv6") {
    std::string const alone = string_of("010203040506010203040506010203040506");
    CHECK(peers_of(alone, family::ipv4) == std::vector(3, v4(0x01020304, 0x0506)));
    CHECK(peers_of(alone, family::ipv6) ==
          std::vector{v6("01020304050601020304050601020304", 0x0506)});
}

TEST_CASE("values that are no peers are left out") {
    std::string const bad = GENERATE(as<std::string>{}, "0:", "5:12345", "7:1234567", "i6881e",
                                     "l6:123456e", "d1:a6:123456e", string_of("c00002010000"),
                                     string_of("00000000000000000000ffffc00002011ae1"));
    CAPTURE(bad);
    std::vector const two{v4(0xc0000201, 6881), v4(0xc0000201, 6881)};
    CHECK(peers_of(peer4 + bad + peer4, family::ipv4) == two);
    CHECK(peers_of(peer4 + peer4 + bad, family::ipv6) == two);
    CHECK(peers_of(bad + peer4 + peer4, family::ipv4) == two);
}

TEST_CASE("broken values end where they break") {
    CHECK(peers_of(peer4 + "6:123", family::ipv4).size() == 1);
    CHECK(peers_of(peer4 + "x" + peer4, family::ipv4).size() == 1);
    CHECK(peers_of("6:123", family::ipv4).empty());
}
