#ifndef DHT_BASE_BYTES_HPP
#define DHT_BASE_BYTES_HPP

#include <dht/config.hpp>

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>

namespace dht::inline DHT_ABI {

/// Bytes somebody else owns. Valid as long as the buffer it was cut from.
using byte_view = std::span<std::byte const>;

/// Writable bytes somebody else owns.
using byte_span = std::span<std::byte>;

inline byte_view as_bytes(std::string_view text) noexcept {
    return {reinterpret_cast<std::byte const*>(text.data()), text.size()};
}

inline std::string_view as_text(byte_view bytes) noexcept {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

inline bool equal(byte_view a, byte_view b) noexcept {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size()) == 0);
}

namespace detail {

/// Are N bytes the same? By words, the last over some of the one before.
template <std::size_t N>
bool same_words(void const* a, void const* b) noexcept {
    using word = std::conditional_t<
        N >= 8, std::uint64_t,
        std::conditional_t<N >= 4, std::uint32_t,
                           std::conditional_t<N >= 2, std::uint16_t, std::uint8_t>>>;
    std::uint64_t differing = 0;
    auto const compare_at = [&](std::size_t i) {
        word x = 0;
        word y = 0;
        std::memcpy(&x, static_cast<std::byte const*>(a) + i, sizeof x);
        std::memcpy(&y, static_cast<std::byte const*>(b) + i, sizeof y);
        differing |= static_cast<std::uint64_t>(x ^ y);
    };
    for (std::size_t i = 0; i + sizeof(word) < N; i += sizeof(word))
        compare_at(i);
    compare_at(N - sizeof(word));
    return differing == 0;
}

} // namespace detail

/// The same as a == b, in as few steps as there are words: compilers compare arrays byte by byte,
/// or call memcmp, which looks for the first difference.
template <std::size_t N>
constexpr bool same_bytes(std::array<std::byte, N> const& a,
                          std::array<std::byte, N> const& b) noexcept {
    return std::is_constant_evaluated() ? a == b : detail::same_words<N>(a.data(), b.data());
}

/// Does `bytes` begin with that text? By words, too.
template <std::size_t Size>
bool begins_with(byte_view bytes, char const (&text)[Size]) noexcept { // NOLINT: a literal
    return bytes.size() >= Size - 1 && detail::same_words<Size - 1>(bytes.data(), text);
}

/// The number whose bytes stand the other way round.
template <std::unsigned_integral T>
constexpr T swap_bytes(T value) noexcept {
    if constexpr (sizeof(T) == 8) return __builtin_bswap64(value);
    if constexpr (sizeof(T) == 4) return __builtin_bswap32(value);
    if constexpr (sizeof(T) == 2) return __builtin_bswap16(value);
    return value;
}

/// Big endian ("network order") integers at `at`; the caller guarantees sizeof(T) bytes there.
/// One load and one swap: compilers do not see that in the loop, which is for constants.
template <std::unsigned_integral T>
constexpr T load_big_endian(std::byte const* at) noexcept {
    T value = 0;
    if (!std::is_constant_evaluated()) {
        std::memcpy(&value, at, sizeof value);
        return std::endian::native == std::endian::little ? swap_bytes(value) : value;
    }
    for (std::size_t i = 0; i < sizeof(T); ++i)
        value = static_cast<T>((static_cast<std::uint64_t>(value) << 8U) |
                               std::to_integer<std::uint64_t>(at[i]));
    return value;
}

template <std::unsigned_integral T>
constexpr void store_big_endian(std::byte* at, T value) noexcept {
    if (!std::is_constant_evaluated()) {
        if (std::endian::native == std::endian::little) value = swap_bytes(value);
        std::memcpy(at, &value, sizeof value);
        return;
    }
    for (std::size_t i = sizeof(T); i-- > 0;) {
        at[i] = static_cast<std::byte>(value & 0xffU);
        value = static_cast<T>(static_cast<std::uint64_t>(value) >> 8U);
    }
}

} // namespace dht::inline DHT_ABI

#endif
