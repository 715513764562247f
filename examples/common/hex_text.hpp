#ifndef DHT_EXAMPLES_COMMON_HEX_TEXT_HPP
#define DHT_EXAMPLES_COMMON_HEX_TEXT_HPP

#include <dht/base/hex.hpp>

#include <optional>
#include <string>
#include <vector>

namespace example {

/// Lower-case digits, two for each byte.
inline std::string hex(dht::byte_view bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (std::byte const b : bytes) {
        auto const digits = dht::to_hex(std::array{b});
        text.append(digits.begin(), digits.end());
    }
    return text;
}

/// Nothing: a digit is missing, or a character is none.
inline std::optional<std::vector<std::byte>> parse_hex(std::string_view text) {
    std::vector<std::byte> bytes(text.size() / 2);
    if (!dht::from_hex(text, bytes)) return std::nullopt;
    return bytes;
}

} // namespace example

#endif
