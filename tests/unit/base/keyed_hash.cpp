#include <dht/base/endpoint.hpp>
#include <dht/base/keyed_hash.hpp>

#include "../../catch.hpp"

using namespace dht;

TEST_CASE("keyed_hash is SipHash-1-3") {
    hash_key const zero{};
    CHECK(keyed_hash(zero, as_bytes("a")) == 0x407448d2b89b1813);
    CHECK(keyed_hash(zero, as_bytes("abc")) == 0xc03bc3a0042630f2);
    CHECK(keyed_hash(zero, as_bytes("0123456")) == 0x810aaf7acf670379);
    CHECK(keyed_hash(zero, as_bytes("01234567")) == 0xda3dcedf84ea6cc6);
    CHECK(keyed_hash(zero, as_bytes("0123456789abcdef")) == 0x1d42b30f7e060c24);
    CHECK(keyed_hash(zero, as_bytes("hello_world_this_is_siphash")) == 0x43bec398aa98d78c);
}

TEST_CASE("both halves of the key change the hash") {
    auto const plain = keyed_hash({}, as_bytes("abc"));
    CHECK(keyed_hash({1, 0}, as_bytes("abc")) != plain);
    CHECK(keyed_hash({0, 1}, as_bytes("abc")) != plain);
    CHECK(keyed_hash({}, as_bytes(std::string_view{"abc\0", 4})) != plain);
}

TEST_CASE("objects are hashed as their bytes are, of whatever size") {
    hash_key const key{1, 2};
    auto const check = [&](auto const& value) {
        byte_view const bytes{reinterpret_cast<std::byte const*>(&value), sizeof value};
        CHECK(object_hash{}(key, value) == keyed_hash(key, bytes));
    };
    check(std::uint8_t{7});
    check(std::uint64_t{7});
    check(endpoint{address::v4(0x05060708U), 9});
    check(std::array<std::uint8_t, 20>{1, 2, 3});
    check(std::array<std::uint8_t, 23>{1, 2, 3});
}
