#include <dht/crypto/mac.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::array_of;
using test::bytes_of;
using test::hex_of;

namespace {

std::vector<std::byte> counting(std::size_t length) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i < length; ++i)
        bytes.push_back(static_cast<std::byte>(i));
    return bytes;
}

struct hmac_case {
    std::string key;
    std::string message;
    std::string mac;
};

std::string repeated(std::string const& hex, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += hex;
    return text;
}

std::string const what_do_ya_want = "7768617420646f2079612077616e7420666f72206e6f7468696e673f";
std::string const larger_than_block =
    "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d20486173682"
    "04b6579204669727374";

} // namespace

TEST_CASE("hmac_sha256 gives the tags of RFC 4231") {
    hmac_case const cases[] = {
        {repeated("0b", 20), "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"4a656665", what_do_ya_want,
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {repeated("aa", 20), repeated("dd", 50),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {repeated("aa", 131), larger_than_block,
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {"", "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"},
    };
    for (auto const& [key, message, mac] : cases) {
        CAPTURE(key, message);
        CHECK(hex_of(hmac_sha256(bytes_of(key), bytes_of(message))) == mac);
    }
}

TEST_CASE("hmac_sha1 gives the tags of RFC 2202") {
    hmac_case const cases[] = {
        {repeated("0b", 20), "4869205468657265", "b617318655057264e28bc0b6fb378c8ef146be00"},
        {"4a656665", what_do_ya_want, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
        {repeated("aa", 80), larger_than_block, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
        {repeated("6b", 64), "78", "2c31eadf68d9ba971ad29339d28ce725b03c11f6"},
        {"", "", "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d"},
    };
    for (auto const& [key, message, mac] : cases) {
        CAPTURE(key, message);
        CHECK(hex_of(hmac_sha1(bytes_of(key), bytes_of(message))) == mac);
    }
}

TEST_CASE("siphash128 gives the tags of SipHash's reference code") {
    auto const key = array_of<16>("000102030405060708090a0b0c0d0e0f");
    CHECK(hex_of(siphash128(key, {})) == "a3817f04ba25a8e66df67214c7550293");
    CHECK(hex_of(siphash128(key, counting(1))) == "da87c1d86b99af44347659119b22fc45");
    CHECK(hex_of(siphash128(key, counting(7))) == "a1f1ebbed8dbc153c0b84aa61ff08239");
    CHECK(hex_of(siphash128(key, counting(8))) == "3b62a9ba6258f5610f83e264f31497b4");
    CHECK(hex_of(siphash128(key, counting(15))) == "5493e99933b0a8117e08ec0f97cfc3d9");
    CHECK(hex_of(siphash128(key, counting(38))) == "8c03468bca7c669ee4fd5e084bbee7b5");
}

TEST_CASE("blake2b_128 gives the tags of another implementation") {
    auto const key =
        array_of<32>("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
    CHECK(hex_of(blake2b_128(key, {})) == "3daf97bce7888fd59773c66bf647459c");
    CHECK(hex_of(blake2b_128(key, counting(38))) == "93e66efbefb0822d81f9d3c61b66f625");
}

TEST_CASE("constant_time_equal compares sizes and every byte") {
    auto const bytes = counting(20);
    CHECK(constant_time_equal(bytes, counting(20)));
    CHECK(constant_time_equal({}, {}));
    CHECK_FALSE(constant_time_equal(bytes, counting(19)));
    CHECK_FALSE(constant_time_equal(bytes, {}));
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto other = bytes;
        other[i] ^= std::byte{0x10};
        CHECK_FALSE(constant_time_equal(bytes, other));
    }
}

TEST_CASE("wipe zeroes what it is given and nothing else") {
    auto bytes = counting(6);
    wipe(byte_span{bytes}.subspan(2, 3));
    CHECK(hex_of(bytes) == "000100000005");
    wipe({});
}
