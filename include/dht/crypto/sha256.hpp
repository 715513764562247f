#ifndef DHT_CRYPTO_SHA256_HPP
#define DHT_CRYPTO_SHA256_HPP

#include <dht/crypto/sodium.hpp>

#include <sodium/crypto_hash_sha256.h>

namespace dht::inline DHT_ABI {

using sha256_digest = std::array<std::byte, 32>;

/// SHA-256 (FIPS 180-4, section 6.2).
inline sha256_digest sha256_of(byte_view bytes) noexcept {
    sha256_digest digest;
    crypto_hash_sha256(detail::sodium_bytes(digest), detail::sodium_bytes(bytes), bytes.size());
    return digest;
}

} // namespace dht::inline DHT_ABI

#endif
