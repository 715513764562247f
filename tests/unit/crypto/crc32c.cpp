#include <dht/crypto/crc32c.hpp>

#include "../../bytes.hpp"
#include "../../catch.hpp"

using namespace dht;

static_assert(crc32c({}) == 0); // a constant expression

TEST_CASE("crc32c gives the values of RFC 3720 B.4 and the check value of its polynomial") {
    struct {
        char const* hex;
        std::uint32_t crc;
    } const cases[] = {
        {"0000000000000000000000000000000000000000000000000000000000000000", 0x8a9136aa},
        {"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff", 0x62a8ab43},
        {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", 0x46dd794e},
        {"1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100", 0x113fdb5c},
        {"313233343536373839", 0xe3069283},
        {"", 0x00000000},
        {"effea55a", 0x5ee3b9d5},
    };

    for (auto const& [hex, crc] : cases) {
        CAPTURE(hex);
        CHECK(crc32c(test::bytes_of(hex)) == crc);
    }
}
