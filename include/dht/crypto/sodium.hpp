#ifndef DHT_CRYPTO_SODIUM_HPP
#define DHT_CRYPTO_SODIUM_HPP

#include <dht/base/bytes.hpp>

/// How this room hands bytes to libsodium, which counts in unsigned char.
namespace dht::inline DHT_ABI::detail {

/// Never null, not even for no bytes: libsodium declares many of its parameters nonnull.
inline unsigned char const* sodium_bytes(byte_view bytes) noexcept {
    static constexpr unsigned char nothing = 0;
    return bytes.empty() ? &nothing : reinterpret_cast<unsigned char const*>(bytes.data());
}

template <std::size_t N>
unsigned char* sodium_bytes(std::array<std::byte, N>& bytes) noexcept {
    return reinterpret_cast<unsigned char*>(bytes.data());
}

} // namespace dht::inline DHT_ABI::detail

#endif
