#ifndef DHT_TESTS_BYTES_HPP
#define DHT_TESTS_BYTES_HPP

#include <dht/base/hex.hpp>

#include <stdexcept>
#include <string>
#include <vector>

// Test data is written as hex digits and compared as hex digits, so that a failure can be read.
namespace dht::test {

inline std::vector<std::byte> bytes_of(std::string_view hex) {
    std::vector<std::byte> bytes(hex.size() / 2);
    if (!from_hex(hex, bytes)) throw std::invalid_argument{"bad hex in a test"};
    return bytes;
}

template <std::size_t N>
std::array<std::byte, N> array_of(std::string_view hex) {
    std::array<std::byte, N> bytes{};
    if (!from_hex(hex, bytes)) throw std::invalid_argument{"bad hex in a test"};
    return bytes;
}

inline std::string hex_of(byte_view bytes) {
    std::string text;
    for (std::byte const b : bytes) {
        std::array<char, 2> const digits = to_hex(std::array{b});
        text.append(digits.data(), digits.size());
    }
    return text;
}

inline std::string repeat(std::size_t times, std::string_view text) {
    std::string all;
    for (std::size_t i = 0; i < times; ++i)
        all += text;
    return all;
}

} // namespace dht::test

#endif
