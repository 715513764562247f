#ifndef DHT_CONTENT_LINK_PARAMETERS_HPP
#define DHT_CONTENT_LINK_PARAMETERS_HPP

#include <dht/base/hex.hpp>

#include <optional>
#include <string>

/// What all magnet links have in common: "magnet:?name=value&name=value".
namespace dht::inline DHT_ABI::content::detail {

inline constexpr std::size_t magnet_chars_max = 4'096;

/// Does the text begin with `lower`, in letters of either case?
inline bool begins_with(std::string_view text, std::string_view lower) noexcept {
    auto const low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (text.size() < lower.size()) return false;
    for (std::size_t i = 0; i < lower.size(); ++i)
        if (low(text[i]) != lower[i]) return false;
    return true;
}

inline bool same_letters(std::string_view text, std::string_view lower) noexcept {
    return text.size() == lower.size() && begins_with(text, lower);
}

/// What percent-encoding means (RFC 3986, section 2.1); nothing where it is broken.
inline std::optional<std::string> decode_percent(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i];
            continue;
        }
        if (text.size() - i < 3) return std::nullopt;
        int const high = hex_digit(text[i + 1]);
        int const low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(16 * high + low);
        i += 2;
    }
    return out;
}

inline std::string_view cut(std::string_view& rest, char mark) noexcept {
    std::size_t const at = rest.find(mark);
    std::string_view const head = rest.substr(0, at);
    rest = at == rest.npos ? std::string_view{} : rest.substr(at + 1);
    return head;
}

/// read(name, value as it was written) of each parameter, until one is unreadable: read says false.
/// False: that, no magnet link, or one of more than magnet_chars_max.
template <class Read>
bool read_parameters(std::string_view link, Read&& read) {
    constexpr std::string_view scheme = "magnet:?";
    if (link.size() > magnet_chars_max || !begins_with(link, scheme)) return false;
    for (std::string_view rest = link.substr(scheme.size()); !rest.empty();) {
        std::string_view value = cut(rest, '&');
        std::string_view const name = cut(value, '=');
        if (!read(name, value)) return false;
    }
    return true;
}

} // namespace dht::inline DHT_ABI::content::detail

#endif
