#ifndef DHT_CRYPTO_CRC32C_HPP
#define DHT_CRYPTO_CRC32C_HPP

#include <dht/base/bytes.hpp>

namespace dht::inline DHT_ABI {

namespace detail {
/// Remainders of all bytes modulo the Castagnoli polynomial, bits reflected.
inline constexpr std::array<std::uint32_t, 256> crc32c_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < table.size(); ++i) {
        std::uint32_t remainder = i;
        for (int bit = 0; bit < 8; ++bit)
            remainder = (remainder >> 1U) ^ ((remainder & 1U) != 0 ? 0x82f63b78U : 0U);
        table[i] = remainder;
    }
    return table;
}();
} // namespace detail

/// CRC-32C (RFC 3720, section 12.1). BEP 42 derives node ids from it over 4 or 8 bytes, so one byte
/// per step is enough. A checksum: it keeps no secret and proves nothing.
constexpr std::uint32_t crc32c(byte_view bytes) noexcept {
    std::uint32_t remainder = 0xffffffff;
    for (std::byte const b : bytes)
        remainder = detail::crc32c_table[(remainder ^ std::to_integer<std::uint32_t>(b)) & 0xffU] ^
                    (remainder >> 8U);
    return ~remainder;
}

} // namespace dht::inline DHT_ABI

#endif
