#ifndef DHT_CONTENT_MAGNET_HPP
#define DHT_CONTENT_MAGNET_HPP

#include <dht/content/link_parameters.hpp>
#include <dht/wire/item.hpp>

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

/// Reads a link, with parameters in any order, those of others among them, letters of either case,
/// and percent-encoding. Nothing: no such link, a key that is not 64 hex digits, or a salt that is
/// no hex or longer than 64 bytes. Of repeated parameters the first counts.
inline std::optional<magnet> parse_magnet(std::string_view link) {
    constexpr std::string_view urn = "urn:btpk:";
    magnet found;
    bool has_key = false;
    bool has_salt = false;
    auto const read_key = [&](std::string_view raw) {
        auto const value = detail::decode_percent(raw);
        if (!value) return false;
        if (!detail::begins_with(*value, urn)) return true; // another exact source
        has_key = true;
        return from_hex(std::string_view{*value}.substr(urn.size()), found.k);
    };
    auto const read_salt = [&](std::string_view raw) {
        auto const value = detail::decode_percent(raw);
        if (!value || value->size() > 2 * found.salt.capacity()) return false;
        has_salt = true;
        found.salt.resize(value->size() / 2);
        return from_hex(*value, {found.salt.data(), found.salt.size()});
    };
    auto const read = [&](std::string_view name, std::string_view value) {
        if (detail::same_letters(name, "xs") && !has_key) return read_key(value);
        if (detail::same_letters(name, "s") && !has_salt) return read_salt(value);
        return true;
    };
    bool const readable = detail::read_parameters(link, read);
    return readable && has_key ? std::optional{found} : std::nullopt;
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
