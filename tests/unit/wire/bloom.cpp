#include <dht/wire/bloom.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::hex_of;

namespace {

/// BEP 33, "Test Vectors"
constexpr std::string_view both_filter =
    "f6c3f5eaa07ffd91bde89f777f26fb2bff37bdb8fb2bbaa2fd3ddde7bacfff75ee7ccbaefe5eedb1fbfaff67"
    "f6abff5e43ddbca3fd9b9ffdf4ffd3e9dff12d1bdf59db53dbe9fa5b7ff3b8fdfcde1afb8bedd7be2f3ee71e"
    "bbbfe93bcdeefe148246c2bc5dbff7e7efdcf24fd8dc7adffd8fffdfddfff7a4bbeedf5cb95ce81fc7fcff1f"
    "f4ffffdfe5f7fdcbb7fd79b3fa1fc77bfe07fff905b7b7ffc7fefeffe0b8370bb0cd3f5b7f2bd93feb4386cf"
    "dd6f7fd5bfaf2e9ebffffeecd67adbf7c67f17efd5d75eba6ffeba7fff47a91eb1bfbb53e8abfb5762abe8ff"
    "237279bfefbfeef5ffc5febfdfe5adffadfee1fb737ffffbfd9f6aeffeee76b6fd8f72ef";

constexpr std::string_view v4_filter =
    "24c0004020043000102012743e00480037110820422110008000c0e302854835a05401a4045021302a306c06"
    "0001881002d8a0a3a8001901b40a800900310008d2108110c2496a0028700010d804188b0141520008200408"
    "8026411104a804048002002000080680828c400080cc40020c042c0494447280928041402104080d42400404"
    "14a41f0205654800b0811830d2020042b002c5800004a71d0204804a0028120a004c10017801490b83400404"
    "4106005421000c86900a0020500203510060144e900100924a1018141a028012913f00418022500422804812"
    "00002004430804210101c08111c10801001080002038008211004266848606b035001048";

constexpr std::string_view v6_filter =
    "f6c3f5eaa07fcd91bde89f776526fb2bc937b5b8b92baaa2fd3d5de5ba4abf546e6ccbaefe1ecda1fbfabb65"
    "f6abff5e435dbc22559b87fd44ffd3e0dff12d1bdf59da53d9a1ba5b7fd3b8ed24de1af08aac85be271ee31e"
    "bb9fe83bcdeefa148246c2bc5dbff7e76dd4f24f58dc7addf98fdbdbd9bfe7a43bee9f5cb85ce81ec7fcff1f"
    "f4dffddfe4d7f5cb377c61836a1dc77bde07ba7905b7b7fbc7fa7effe0983503b0813f5b7f2b983feb4382cf"
    "dd6f7f959eaf269ebff7feecd678d9f7c63f07ad45d75e3a2dfeba7fff47a91cb1a6bb13e8abfb5362abe8ef"
    "237259bbecbfeed4fec47ebecfa5a5ffadfe61fb5367ff7bed9f6aa9faea7286f98f72a7";

/// 192.0.2.0 to 192.0.2.255
bloom_filter v4_only() {
    bloom_filter f;
    for (std::uint32_t i = 0; i < 256; ++i)
        f.insert(address::v4(0xc0000200 + i));
    return f;
}

/// 2001:db8:: to 2001:db8::3e7
bloom_filter v6_only() {
    bloom_filter f;
    auto bytes = test::array_of<16>("20010db8000000000000000000000000");
    for (std::uint16_t i = 0; i < 1000; ++i) {
        store_big_endian(&bytes[14], i);
        f.insert(address::v6(bytes));
    }
    return f;
}

/// A hash whose first bytes are these.
sha1_digest hash_of(std::string_view prefix) {
    sha1_digest hash{};
    REQUIRE(from_hex(prefix, byte_span{hash}.first(4)));
    return hash;
}

} // namespace

TEST_CASE("the filter of BEP 33") {
    bloom_filter both = v4_only();
    both.unite(v6_only());
    CHECK(hex_of(both.bytes()) == both_filter);
    CHECK(both.estimate() == Approx(1224.9308898207498).epsilon(1e-12));
}

TEST_CASE("each half of it") {
    CHECK(hex_of(v4_only().bytes()) == v4_filter);
    CHECK(v4_only().estimate() == Approx(257.85458934863993).epsilon(1e-12));
    CHECK(hex_of(v6_only().bytes()) == v6_filter);
    CHECK(v6_only().estimate() == Approx(977.8049981519503).epsilon(1e-12));
}

TEST_CASE("one address sets two bits") {
    bloom_filter f;
    f.insert(address::v4(0xc0a80101));
    std::array<std::byte, 256> expected{};
    for (std::size_t const bit : {1711U, 1831U})
        expected[bit / 8] |= std::byte{1} << static_cast<int>(bit % 8);
    CHECK(hex_of(f.bytes()) == hex_of(expected));
    CHECK(f.zero_bits() == 2046);
}

TEST_CASE("what was inserted may be there, and most else is not") {
    bloom_filter const f = v4_only();
    for (std::uint32_t i = 0; i < 256; ++i)
        CHECK(f.may_hold(address::v4(0xc0000200 + i)));
    int wrong = 0;
    for (std::uint32_t i = 0; i < 1000; ++i)
        wrong += f.may_hold(address::v4(0x08000000 + i)) ? 1 : 0;
    CHECK(wrong < 150); // (1 - zeros / 2048)^2 is 0.05
    CHECK_FALSE(bloom_filter{}.may_hold(address::v4(0xc0000200)));
}

TEST_CASE("indexes have their low byte first, bits count from the lowest") {
    bloom_filter f;
    for (std::string_view const prefix :
         {"00000000", "02000200", "04000400", "06000600", "08000800", "0a000a00", "0c000c00",
          "0e000e00", "10001000", "12001200", "14001400", "16001600", "18001800", "1a001a00",
          "1c001c00", "1e001e00"})
        f.insert_hash(hash_of(prefix));
    CHECK(hex_of(byte_view{f.bytes()}.first(5)) == "5555555500");
    CHECK(f.zero_bits() == 2048 - 16);

    bloom_filter high;
    high.insert_hash(hash_of("ff070008")); // 2047, and 2048 which is 0 again
    CHECK(hex_of(byte_view{high.bytes()}.first(1)) == "01");
    CHECK(hex_of(byte_view{high.bytes()}.last(1)) == "80");
}

TEST_CASE("zero bits are counted") {
    std::array<std::byte, 256> bytes{};
    bytes[1] = std::byte{0xff};
    bytes[2] = std::byte{0x55};
    bytes[3] = std::byte{0xaa};
    bloom_filter f{bytes};
    CHECK(f.zero_bits() == 2048 - 16);
    f.insert_hash(hash_of("04000400"));
    CHECK(hex_of(byte_view{f.bytes()}.first(4)) == "10ff55aa");
    CHECK(f.zero_bits() == 2048 - 17);
}

TEST_CASE("estimates at the ends are numbers") {
    CHECK(bloom_filter{}.estimate() == Approx(0.5).epsilon(1e-12));
    std::array<std::byte, 256> full{};
    full.fill(std::byte{0xff});
    double const most = bloom_filter{full}.estimate();
    CHECK(most > 7000);
    CHECK(most < 8000);
}

TEST_CASE("a filter of another size is empty") {
    std::vector<std::byte> const bytes(257, std::byte{0xff});
    CHECK(bloom_filter{bytes}.zero_bits() == 2048);
    CHECK(bloom_filter{byte_view{bytes}.first(255)}.zero_bits() == 2048);
    CHECK(bloom_filter{byte_view{bytes}.first(256)}.zero_bits() == 0);
}
