#ifndef DHT_CONTENT_MAGNET_HPP
#define DHT_CONTENT_MAGNET_HPP

#include <dht/wire/item.hpp>

#include <string>

/// Links to torrents that change (BEP 46): a public key and a salt name a mutable item, whose value
/// names the torrent of the day.
namespace dht::inline DHT_ABI::content {

/// magnet:?xs=urn:btpk:<public key>&s=<salt>
struct magnet {
    ed25519_public_key k{};
    static_vector<std::byte, krpc::item_salt_bytes_max> salt{};

    /// Where nodes store the item.
    [[nodiscard]] item_key target() const noexcept {
        return mutable_item_key(k, {salt.data(), salt.size()});
    }

    friend bool operator==(magnet const&, magnet const&) = default;
};

namespace detail {

inline constexpr std::size_t magnet_chars_max = 4'096;

inline bool same_letters(std::string_view a, std::string_view lower) noexcept {
    auto const low = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (a.size() != lower.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (low(a[i]) != lower[i]) return false;
    return true;
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

} // namespace detail

/// Reads a link, with parameters in any order, those of others among them, letters of either case,
/// and percent-encoding. Nothing: no such link, a key that is not 64 hex digits, or a salt that is
/// no hex or longer than 64 bytes. Of repeated parameters the first counts.
inline std::optional<magnet> parse_magnet(std::string_view link) {
    constexpr std::string_view scheme = "magnet:?";
    constexpr std::string_view urn = "urn:btpk:";
    if (link.size() > detail::magnet_chars_max ||
        !detail::same_letters(link.substr(0, scheme.size()), scheme))
        return std::nullopt;
    magnet found;
    bool has_key = false;
    bool has_salt = false;
    for (std::string_view rest = link.substr(scheme.size()); !rest.empty();) {
        std::string_view raw = detail::cut(rest, '&');
        std::string_view const name = detail::cut(raw, '=');
        bool const is_source = detail::same_letters(name, "xs") && !has_key;
        bool const is_salt = detail::same_letters(name, "s") && !has_salt;
        if (!is_source && !is_salt) continue;
        auto const value = detail::decode_percent(raw);
        if (!value) return std::nullopt;
        if (is_source) {
            if (!detail::same_letters(std::string_view{*value}.substr(0, urn.size()), urn))
                continue; // another exact source
            if (!from_hex(std::string_view{*value}.substr(urn.size()), found.k))
                return std::nullopt;
            has_key = true;
        } else {
            if (value->size() > 2 * found.salt.capacity()) return std::nullopt;
            found.salt.resize(value->size() / 2);
            if (!from_hex(*value, {found.salt.data(), found.salt.size()})) return std::nullopt;
            has_salt = true;
        }
    }
    return has_key ? std::optional{found} : std::nullopt;
}

inline std::string to_link(magnet const& m) {
    std::string link = "magnet:?xs=urn:btpk:";
    auto const digits = to_hex(m.k);
    link.append(digits.data(), digits.size());
    if (!m.salt.empty()) link += "&s=";
    for (std::byte const b : m.salt) {
        auto const two = to_hex(std::array{b});
        link.append(two.data(), two.size());
    }
    return link;
}

/// The value of an item that names a torrent, "d2:ih20:...e": what to sign and put.
inline std::array<std::byte, 29> torrent_value(info_hash const& hash) noexcept {
    std::array<std::byte, 29> value;
    bencode::writer out{value};
    out.begin_dictionary();
    out.string("ih");
    out.string(byte_view{hash.bytes});
    out.end();
    return value;
}

/// The torrent that a value names. Other keys may stand beside "ih"; nothing when the value is no
/// dictionary or has no "ih" of 20 bytes.
inline std::optional<info_hash> torrent_of(byte_view value) noexcept {
    bencode::reader in{value};
    if (in.peek() != bencode::kind::dictionary) return std::nullopt;
    in.open();
    std::optional<info_hash> found;
    while (in.peek() == bencode::kind::string) {
        bencode::value const name = in.next();
        bencode::value const v = in.next();
        if (as_text(name.content()) == "ih" && v.type == bencode::kind::string &&
            v.content().size() == info_hash::size_bytes)
            found = to_info_hash(key160::from(v.content()));
    }
    return in.close() && in.ok() ? found : std::nullopt;
}

} // namespace dht::inline DHT_ABI::content

#endif
