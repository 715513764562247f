#ifndef DHT_TESTS_FUZZ_STRANGERS_HPP
#define DHT_TESTS_FUZZ_STRANGERS_HPP

#include <dht/kad/key.hpp>
#include <dht/policy/id_generator.hpp>
#include <dht/wire/item.hpp>
#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "input.hpp"
#include <string>
#include <vector>

/// A small world out of single bytes, so that few mutations make two steps speak of the same host,
/// torrent or item.
namespace fuzz {

using packet = std::vector<std::byte>;

/// xorshift64 (Marsaglia 2003), filled into ids.
class filler {
public:
    explicit filler(std::uint64_t seed) noexcept : state_{seed * 0x9e3779b97f4a7c15U + 1} {}

    std::uint64_t next() noexcept {
        state_ ^= state_ << 13U;
        state_ ^= state_ >> 7U;
        state_ ^= state_ << 17U;
        return state_;
    }

    void fill(byte_span out) noexcept {
        for (std::byte& b : out)
            b = static_cast<std::byte>(next() >> 32U);
    }

private:
    std::uint64_t state_;
};

inline address v6_of(std::uint64_t high, std::uint64_t low) noexcept {
    std::array<std::byte, 16> bytes{};
    store_big_endian(bytes.data(), high);
    store_big_endian(bytes.data() + 8, low);
    return address::v6(bytes);
}

/// Where the node is.
inline constexpr std::uint16_t own_port = 6881;
inline constexpr std::uint32_t own_v4 = 0x50000001;
inline constexpr std::uint64_t own_v6 = 0x2a00000100000000;

/// Those that break a rule, or crowd with others.
inline endpoint odd_endpoint(std::uint8_t n) noexcept {
    switch (n % 16) {
    case 0:
        return {address::v4(0x55000009), 40'000}; // a host, another port
    case 1:
        return {address::v4(0x5500000a), 6'881}; // its neighbour
    case 2:
        return {v6_of(0x2a00001000000000, 9), 40'000}; // the same on IPv6
    case 3:
        return {v6_of(0x2a00001000000000, 0xabc), 6'881};
    case 4:
        return {address::v4(0x55000109), 53};
    case 5:
        return {address::v4(0x55000109), 0};
    case 6:
        return {address::v4(0x7f000001), 6'881};
    case 7:
        return {address::v4(0x0a000001), 6'881};
    case 8:
        return {address::v4(std::uint32_t{0}), 6'881};
    case 9:
        return {address::v4(0xe0000001), 6'881};
    case 10:
        return {address::v4(own_v4), own_port};
    case 11:
        return {v6_of(own_v6, 1), own_port};
    case 12:
        return {address{}, 6'881};
    case 13:
        return {v6_of(0, 1), 6'881};
    case 14:
        return {v6_of(0xff02000000000000, 1), 6'881};
    default:
        return {v6_of(0x20010db800000000, 1), 6'881};
    }
}

/// 96 hosts of IPv4, 96 of IPv6 (four sites to a provider), and the odd ones.
inline endpoint endpoint_of(std::uint8_t n) noexcept {
    std::uint32_t const host = n % 96;
    auto const port = static_cast<std::uint16_t>(6'881 + host);
    if (n < 96) return {address::v4(0x55000009 | (host >> 2U) << 16U | (host & 3U) << 8U), port};
    if (n >= 192) return odd_endpoint(n);
    std::uint64_t const site = 0x2a00001000000000 | std::uint64_t{host >> 2U} << 16U | (host & 3U);
    return {v6_of(site, 9), port};
}

/// The id of whoever is there: as BEP 42 wants it, or any other one.
inline node_id id_of(endpoint const& e, std::uint8_t variant) {
    byte_view const ip = e.ip.bytes();
    filler random{load_big_endian<std::uint32_t>(ip.data() + ip.size() - 4) + e.port +
                  (ip.size() == 16 ? load_big_endian<std::uint64_t>(ip.data()) : 0) + variant};
    return variant % 4 == 3 ? random_id{}.generate(e.ip, random)
                            : bep42_id{}.generate(e.ip, random);
}

/// One of eight keys, or one that shares some bits with `near`.
inline key160 key_of(std::uint8_t n, key160 const& near) noexcept {
    filler random{n};
    key160 key;
    random.fill(key.bytes);
    return n < 8 ? key : with_prefix(near, n % 160U, key);
}

/// The owner of all mutable items.
inline ed25519_key_pair const& owner() {
    static ed25519_key_pair const pair = ed25519_key_pair::from_seed({std::byte{1}});
    return pair;
}

/// An item of BEP 44; mutable ones belong to the owner above.
struct sample_item {
    packet v;
    packet salt;
    std::int64_t seq = 0;

    [[nodiscard]] ed25519_signature sign() const {
        return owner().sign(signed_item_text{salt, seq, v}.bytes());
    }

    [[nodiscard]] bool fits() const { return v.size() <= krpc::item_value_bytes_max; }

    /// As a user hands it in, with or without an owner.
    [[nodiscard]] item whole(bool is_mutable) const {
        ed25519_signature const sig = sign();
        return *to_item(is_mutable ? item_view{v, owner().public_key(), sig, salt, seq, {}}
                                   : item_view{v, {}, {}, {}, 0, {}});
    }

    [[nodiscard]] key160 immutable_key() const { return immutable_item_key(v); }

    [[nodiscard]] key160 mutable_key() const {
        return mutable_item_key(owner().public_key(), salt);
    }
};

/// A string as short as can be, a longer one, as long as it may be and one more; or an integer.
inline sample_item item_of(std::uint8_t n) {
    static constexpr std::array<std::size_t, 4> sizes{1, 3, 996, 997};
    sample_item made;
    made.v.resize(1'008);
    bencode::writer out{made.v};
    if (n % 8 == 7)
        out.integer(n);
    else
        out.string(std::string(sizes[n % 4], static_cast<char>('a' + n / 64)));
    made.v.resize(out.size());
    if ((n & 16U) != 0) made.salt.push_back(std::byte{'s'});
    made.seq = n / 32 - 1;
    return made;
}

/// The datagram with another transaction id; as it is when that cannot be found.
inline packet with_tid(byte_view datagram, byte_view tid) {
    packet whole{datagram.begin(), datagram.end()};
    krpc::message m;
    krpc::refusal why;
    bool const found = krpc::decode(whole, m, why) == errc::ok && m.tid.size() < 10;
    if (!found || m.tid.data() == nullptr) return whole;
    auto const begin = whole.begin() + (m.tid.data() - whole.data()) - 2; // "2:aa"
    auto const end = begin + 2 + static_cast<std::ptrdiff_t>(m.tid.size());
    packet renamed{whole.begin(), begin};
    for (char const c : std::to_string(tid.size()) + ':')
        renamed.push_back(static_cast<std::byte>(c));
    renamed.insert(renamed.end(), tid.begin(), tid.end());
    renamed.insert(renamed.end(), end, whole.end());
    return renamed;
}

} // namespace fuzz

#endif
