#ifndef DHT_CRYPTO_X25519_HPP
#define DHT_CRYPTO_X25519_HPP

#include <dht/crypto/ed25519.hpp>
#include <dht/crypto/mac.hpp>

#include <sodium/crypto_scalarmult_curve25519.h>

namespace dht::inline DHT_ABI {

/// X25519 (RFC 7748) of keys that are for signing: both are brought to the curve's other form
/// first. It is the same for the same two pairs at all times, so keys are to be derived from it
/// with what is new each time. Nothing: theirs is no key. Some 100 us.
inline std::optional<shared_secret> agree(ed25519_key_pair const& ours,
                                          ed25519_public_key const& theirs) noexcept {
    std::array<std::byte, 32> point;
    std::array<std::byte, 32> scalar;
    shared_secret secret;
    if (crypto_sign_ed25519_pk_to_curve25519(detail::sodium_bytes(point),
                                             detail::sodium_bytes(theirs)) != 0)
        return std::nullopt;
    crypto_sign_ed25519_sk_to_curve25519(detail::sodium_bytes(scalar),
                                         detail::sodium_bytes(ours.secret_key_));
    bool const good =
        crypto_scalarmult_curve25519(detail::sodium_bytes(secret), detail::sodium_bytes(scalar),
                                     detail::sodium_bytes(point)) == 0;
    wipe(scalar);
    return good ? std::optional{secret} : std::nullopt;
}

} // namespace dht::inline DHT_ABI

#endif
