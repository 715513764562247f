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

TEST_CASE("folded hashes of addresses in a row are spread evenly, and so are those of ports") {
    auto const fullest = [](hash_key key, auto const& value_of) {
        std::array<unsigned, 256> low{};
        std::array<unsigned, 256> high{};
        for (std::uint32_t i = 0; i < 65'536; ++i) {
            std::uint64_t const h = folded_hash{}(key, value_of(i));
            ++low[h & 0xffU];
            ++high[h >> 56U];
        }
        return std::max(*std::max_element(low.begin(), low.end()),
                        *std::max_element(high.begin(), high.end()));
    };
    // 256 each, give or take 16: nobody is expected to be beyond six times that.
    for (hash_key const key : {hash_key{}, hash_key{1, 2}, hash_key{0x123456789abcdef0, ~0ULL}}) {
        CHECK(fullest(key, [](std::uint32_t i) { return std::uint64_t{0x7f000000U + i}; }) < 352);
        CHECK(fullest(key, [](std::uint32_t i) { return std::uint64_t{i} << 48U; }) < 352);
        CHECK(fullest(key, [](std::uint32_t i) {
                  return endpoint{address::v4(0x0a000000U + 256 * i), 6881};
              }) < 352);
        CHECK(fullest(key, [](std::uint32_t i) {
                  return endpoint{address::v4(0x0a000001U), static_cast<std::uint16_t>(i)};
              }) < 352);
    }
}

TEST_CASE("both halves of the key and all bytes of the value change a folded hash") {
    std::array<std::uint8_t, 19> const value{};
    auto const plain = folded_hash{}({1, 2}, value);
    CHECK(folded_hash{}({3, 2}, value) != plain);
    CHECK(folded_hash{}({1, 3}, value) != plain);
    for (std::size_t i = 0; i < value.size(); ++i) {
        auto other = value;
        other[i] = 1;
        CHECK(folded_hash{}({1, 2}, other) != plain);
    }
}
