#ifndef DHT_CRYPTO_ED25519_HPP
#define DHT_CRYPTO_ED25519_HPP

#include <dht/crypto/sodium.hpp>

#include <sodium/crypto_sign_ed25519.h>

#include <optional>

namespace dht::inline DHT_ABI {

using ed25519_seed = std::array<std::byte, 32>;
using ed25519_public_key = std::array<std::byte, 32>;
using ed25519_signature = std::array<std::byte, 64>;

class ed25519_key_pair;

/// 32 bytes that the owners of two key pairs can compute, and nobody else.
using shared_secret = std::array<std::byte, 32>;
std::optional<shared_secret> agree(ed25519_key_pair const& ours,
                                   ed25519_public_key const& theirs) noexcept; // x25519.hpp

/// A key pair that signs (RFC 8032, section 5.1): the owner of mutable items (BEP 44), of signed
/// messages. Signing is deterministic: the same message has the same signature.
class ed25519_key_pair {
public:
    /// The seed is the whole secret; whoever keeps it can make the pair again.
    static ed25519_key_pair from_seed(ed25519_seed const& seed) noexcept {
        ed25519_key_pair pair;
        crypto_sign_ed25519_seed_keypair(detail::sodium_bytes(pair.public_key_),
                                         detail::sodium_bytes(pair.secret_key_),
                                         detail::sodium_bytes(seed));
        return pair;
    }

    [[nodiscard]] ed25519_public_key const& public_key() const noexcept { return public_key_; }

    [[nodiscard]] ed25519_signature sign(byte_view message) const noexcept {
        ed25519_signature signature;
        crypto_sign_ed25519_detached(detail::sodium_bytes(signature), nullptr,
                                     detail::sodium_bytes(message), message.size(),
                                     detail::sodium_bytes(secret_key_));
        return signature;
    }

private:
    friend std::optional<shared_secret> agree(ed25519_key_pair const& ours,
                                              ed25519_public_key const& theirs) noexcept;

    ed25519_key_pair() noexcept = default;

    ed25519_public_key public_key_;
    std::array<std::byte, 64> secret_key_; // the seed, then the public key: libsodium's layout
};

/// Did the owner of `public_key` sign `message`? All three may be a stranger's bytes: of another
/// size than a key (32) or a signature (64), no point of the curve, of small order or not
/// canonical, they are simply not a signature. It costs some 100 us: check what is cheap first.
[[nodiscard]] inline bool ed25519_verify(byte_view public_key, byte_view message,
                                         byte_view signature) noexcept {
    return public_key.size() == std::tuple_size_v<ed25519_public_key> &&
           signature.size() == std::tuple_size_v<ed25519_signature> &&
           crypto_sign_ed25519_verify_detached(detail::sodium_bytes(signature),
                                               detail::sodium_bytes(message), message.size(),
                                               detail::sodium_bytes(public_key)) == 0;
}

} // namespace dht::inline DHT_ABI

#endif
