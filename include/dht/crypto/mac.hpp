#ifndef DHT_CRYPTO_MAC_HPP
#define DHT_CRYPTO_MAC_HPP

#include <dht/crypto/hash.hpp>
#include <dht/crypto/sodium.hpp>

#include <sodium/crypto_auth_hmacsha256.h>
#include <sodium/crypto_generichash.h>
#include <sodium/crypto_shorthash_siphash24.h>
#include <sodium/crypto_verify_16.h>
#include <sodium/utils.h>

namespace dht::inline DHT_ABI {

/// Keys of the 128-bit MACs have a size in their type, so that none can be too short.
using key_of_16_bytes = std::span<std::byte const, 16>;
using key_of_32_bytes = std::span<std::byte const, 32>;

/// A tag that whoever lacks the key guesses with a chance of 2^-128.
using mac128 = std::array<std::byte, 16>;

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein 2012): the fastest here for the few
/// dozen bytes under a token.
inline mac128 siphash128(key_of_16_bytes key, byte_view message) noexcept {
    mac128 tag;
    crypto_shorthash_siphashx24(detail::sodium_bytes(tag), detail::sodium_bytes(message),
                                message.size(), detail::sodium_bytes(key));
    return tag;
}

/// Keyed BLAKE2b (RFC 7693) with 128 bits of output: a cryptographic hash and not only a MAC.
inline mac128 blake2b_128(key_of_32_bytes key, byte_view message) noexcept {
    mac128 tag;
    crypto_generichash(detail::sodium_bytes(tag), tag.size(), detail::sodium_bytes(message),
                       message.size(), detail::sodium_bytes(key), key.size());
    return tag;
}

/// HMAC-SHA-256 (RFC 2104, RFC 4231). The key may have any size.
inline std::array<std::byte, 32> hmac_sha256(byte_view key, byte_view message) noexcept {
    std::array<std::byte, 32> tag;
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, detail::sodium_bytes(key), key.size());
    crypto_auth_hmacsha256_update(&state, detail::sodium_bytes(message), message.size());
    crypto_auth_hmacsha256_final(&state, detail::sodium_bytes(tag));
    return tag;
}

/// HMAC-SHA-1 (RFC 2104, RFC 2202), for STUN's MESSAGE-INTEGRITY alone. The key may have any size.
inline sha1_digest hmac_sha1(byte_view key, byte_view message) noexcept {
    sha1_digest const hashed = key.size() > sha1::block_bytes ? sha1_of(key) : sha1_digest{};
    byte_view const short_key = key.size() > sha1::block_bytes ? byte_view{hashed} : key;
    auto const hash_with_pad = [&](std::byte pad, byte_view bytes) {
        std::array<std::byte, sha1::block_bytes> block{};
        for (std::size_t i = 0; i < short_key.size(); ++i)
            block[i] = short_key[i];
        for (std::byte& b : block)
            b ^= pad;
        sha1 hash;
        hash.update(block);
        hash.update(bytes);
        return hash.finish();
    };
    return hash_with_pad(std::byte{0x5c}, hash_with_pad(std::byte{0x36}, message));
}

/// Equal bytes? Takes as long whatever they are, so that a forger learns nothing from the clock.
/// Their sizes are no secret: different sizes are unequal at once.
[[nodiscard]] inline bool constant_time_equal(byte_view a, byte_view b) noexcept {
    if (a.size() != b.size()) return false;
    if (a.size() == crypto_verify_16_BYTES) // of tokens: a tenth of the time
        return crypto_verify_16(detail::sodium_bytes(a), detail::sodium_bytes(b)) == 0;
    return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Zeroes a secret that is no longer needed, even where the compiler would see a dead store.
inline void wipe(byte_span secret) noexcept {
    sodium_memzero(secret.data(), secret.size());
}

} // namespace dht::inline DHT_ABI

#endif
