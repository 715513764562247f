#include <dht/crypto/hash.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;
using test::hex_of;

TEST_CASE("sha1 gives the digests of FIPS 180") {
    CHECK(hex_of(sha1_of({})) == "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    CHECK(hex_of(sha1_of(as_bytes("abc"))) == "a9993e364706816aba3e25717850c26c9cd0d89d");
    CHECK(hex_of(sha1_of(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))) ==
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    CHECK(hex_of(sha1_of(as_bytes(std::string(1'000'000, 'a')))) ==
          "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

TEST_CASE("sha1 pads on both sides of a block's end") {
    struct {
        std::size_t length;
        char const* digest;
    } const cases[] = {
        {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
        {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
        {57, "f08f24908d682555111be7ff6f004e78283d989a"},
        {63, "03f09f5b158a7a8cdad920bddc29b81c18a551f5"},
        {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
        {65, "11655326c708d70319be2610e8a57d9a5b959d3b"},
        {119, "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56"},
        {120, "f34c1488385346a55709ba056ddd08280dd4c6d6"},
        {128, "ad5b3fdbcb526778c2839d2f151ea753995e26a0"},
    };

    for (auto const& [length, digest] : cases) {
        CAPTURE(length);
        CHECK(hex_of(sha1_of(as_bytes(std::string(length, 'a')))) == digest);
    }
}

TEST_CASE("sha1 does not care how its input is cut") {
    std::string text;
    for (int i = 0; i < 150; ++i)
        text += static_cast<char>(i);
    auto const whole = sha1_of(as_bytes(text));
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
        CAPTURE(piece);
        sha1 hash;
        for (std::size_t at = 0; at < text.size(); at += piece) {
            hash.update({});
            hash.update(as_bytes(std::string_view{text}.substr(at, piece)));
        }
        CHECK(hash.finish() == whole);
    }
}
