#ifndef DHT_SIM_ADDRESS_PLAN_HPP
#define DHT_SIM_ADDRESS_PLAN_HPP

#include <dht/base/endpoint.hpp>

/// Addresses for simulated hosts that pass for public ones: no two hosts share a /16 or /48 before
/// there are none left, and all bits that BEP 42 hashes vary, so that ids spread as they do
/// outside.
namespace dht::inline DHT_ABI::sim {

namespace detail {

/// First octets whose whole /8 is public unicast.
constexpr std::array<std::uint8_t, 215> public_first_octets() noexcept {
    std::array<std::uint8_t, 215> octets{};
    std::size_t count = 0;
    for (unsigned o = 1; o < 224; ++o) {
        bool const has_local_blocks = o == 10 || o == 100 || o == 127 || o == 169 || o == 172 ||
                                      o == 192 || o == 198 || o == 203;
        if (!has_local_blocks) octets[count++] = static_cast<std::uint8_t>(o);
    }
    return octets;
}

/// A permutation of all 32-bit numbers that scatters neighbours (the finalizer of MurmurHash3).
constexpr std::uint32_t scattered(std::uint32_t x) noexcept {
    x = (x ^ x >> 16U) * 0x85ebca6bU;
    x = (x ^ x >> 13U) * 0xc2b2ae35U;
    return x ^ x >> 16U;
}

} // namespace detail

inline constexpr std::uint16_t usual_port = 6881;

/// The i-th public IPv4 endpoint; 55 040 differ in their /16, all 3.6 billion in their address.
constexpr endpoint public_v4(std::uint32_t i, std::uint16_t port = usual_port) noexcept {
    constexpr auto firsts = detail::public_first_octets();
    constexpr std::uint32_t providers = 256U * firsts.size();
    std::uint32_t const provider = i % providers;
    std::uint32_t const first = firsts[provider % firsts.size()];
    std::uint32_t const second = provider / static_cast<std::uint32_t>(firsts.size());
    std::uint32_t const host = detail::scattered(provider) + i / providers * 40'503U;
    return {address::v4(first << 24U | second << 16U | (host & 0xffffU)), port};
}

/// The i-th private IPv4 endpoint, for hosts behind NATs; 16.7 million differ.
constexpr endpoint private_v4(std::uint32_t i, std::uint16_t port = usual_port) noexcept {
    return {address::v4(0x0a000000U | (i & 0xffffffU)), port};
}

/// The i-th public IPv6 endpoint; all differ in their /48.
constexpr endpoint public_v6(std::uint32_t i, std::uint16_t port = usual_port) noexcept {
    std::array<std::byte, 16> bytes{};
    std::uint32_t const provider = detail::scattered(i);
    bytes[0] = std::byte{0x2a} | static_cast<std::byte>(provider & 1U);
    store_big_endian(&bytes[2], provider);
    store_big_endian(&bytes[6], static_cast<std::uint16_t>(detail::scattered(~i)));
    bytes[15] = std::byte{1};
    return {address::v6(bytes), port};
}

} // namespace dht::inline DHT_ABI::sim

#endif
