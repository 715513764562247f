#ifndef DHT_BASE_HEX_HPP
#define DHT_BASE_HEX_HPP

#include <dht/base/bytes.hpp>

namespace dht::inline DHT_ABI {

/// Lower-case hex digits of `bytes`, 2 N characters, not terminated.
template <std::size_t N>
constexpr std::array<char, 2 * N> to_hex(std::array<std::byte, N> const& bytes) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<char, 2 * N> text{};
    for (std::size_t i = 0; i < N; ++i) {
        text[2 * i] = digits[std::to_integer<std::size_t>(bytes[i] >> 4)];
        text[2 * i + 1] = digits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})];
    }
    return text;
}

constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// Fills `out` from exactly 2 * out.size() hex digits of either case. False: wrong length or a
/// character that is no hex digit; `out` is then unspecified.
constexpr bool from_hex(std::string_view text, byte_span out) noexcept {
    if (text.size() != 2 * out.size()) return false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        int const high = hex_digit(text[2 * i]);
        int const low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = static_cast<std::byte>(high * 16 + low);
    }
    return true;
}

} // namespace dht::inline DHT_ABI

#endif
