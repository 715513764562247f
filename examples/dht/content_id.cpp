#include "content_id.hpp"

namespace example {

namespace {

constexpr std::string_view magnet_start = "magnet:?";
constexpr std::string_view btih_start = "xt=urn:btih:";

/// RFC 4648: A to Z and 2 to 7 in either case; -1 for anything else.
int base32_digit(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a';
    if (c >= '2' && c <= '7') return c - '2' + 26;
    return -1;
}

/// 32 characters of five bits each are exactly the 20 bytes.
std::optional<dht::info_hash> from_base32(std::string_view text) {
    dht::info_hash hash;
    if (text.size() != 32) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int const digit = base32_digit(text[i]);
        if (digit < 0) return std::nullopt;
        for (std::size_t bit = 0; bit < 5; ++bit)
            hash.set_bit(5 * i + bit, (digit >> (4 - bit) & 1) != 0);
    }
    return hash;
}

std::optional<dht::info_hash> from_digits(std::string_view text) {
    auto const hash = dht::info_hash::from_hex(text);
    return hash ? hash : from_base32(text);
}

std::optional<dht::info_hash> from_magnet(std::string_view parameters) {
    while (!parameters.empty()) {
        std::string_view const one = parameters.substr(0, parameters.find('&'));
        parameters.remove_prefix(one.size() < parameters.size() ? one.size() + 1 : one.size());
        if (!one.starts_with(btih_start)) continue;
        if (auto const hash = from_digits(one.substr(btih_start.size()))) return hash;
    }
    return std::nullopt;
}

} // namespace

std::optional<dht::info_hash> parse_content_id(std::string_view text) {
    if (text.starts_with(magnet_start)) return from_magnet(text.substr(magnet_start.size()));
    return from_digits(text);
}

} // namespace example
