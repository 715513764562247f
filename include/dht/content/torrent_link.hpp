#ifndef DHT_CONTENT_TORRENT_LINK_HPP
#define DHT_CONTENT_TORRENT_LINK_HPP

#include <dht/base/static_vector.hpp>
#include <dht/content/link_parameters.hpp>
#include <dht/kad/id.hpp>

/// Links to torrents (BEP 9), of both versions: those of version 2 (BEP 52) are named by 32 bytes.
namespace dht::inline DHT_ABI::content {

/// The SHA-256 of an info dictionary of version 2 (BEP 52, "infohash").
using info_hash_v2 = std::array<std::byte, 32>;

/// What the DHT, trackers and handshakes know such a torrent by: the first 20 bytes (BEP 52).
inline info_hash truncated(info_hash_v2 const& whole) noexcept {
    return to_info_hash(key160::from(byte_view{whole}.first(info_hash::size_bytes)));
}

/// magnet:?xt=urn:btih:<v1>&xt=urn:btmh:1220<v2>; a hybrid torrent has both.
struct torrent_link {
    std::optional<info_hash> v1{};
    std::optional<info_hash_v2> v2{};

    /// One or two: to the DHT a hybrid torrent is two torrents, with peers of each version.
    /// Announce, find and keep it under all of them:
    ///
    ///     for (info_hash const& hash : link.swarms())
    ///         node.announce(now, hash, {.port = 6881});
    [[nodiscard]] static_vector<info_hash, 2> swarms() const noexcept {
        static_vector<info_hash, 2> all;
        if (v1) all.push_back(*v1);
        if (v2) all.push_back(truncated(*v2));
        return all;
    }

    friend bool operator==(torrent_link const&, torrent_link const&) = default;
};

namespace detail {

/// RFC 4648: A to Z and 2 to 7 in either case; -1 for anything else.
constexpr int base32_digit(char c) noexcept {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a';
    return c >= '2' && c <= '7' ? c - '2' + 26 : -1;
}

/// 32 characters of five bits each are exactly the 20 bytes.
inline std::optional<info_hash> from_base32(std::string_view text) noexcept {
    info_hash hash;
    if (text.size() != 32) return std::nullopt;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int const digit = base32_digit(text[i]);
        if (digit < 0) return std::nullopt;
        for (std::size_t bit = 0; bit < 5; ++bit)
            hash.set_bit(5 * i + bit, (digit >> (4 - bit) & 1) != 0);
    }
    return hash;
}

} // namespace detail

/// An infohash of version 1 as people write it: 40 hex digits or 32 of base32 (BEP 9).
inline std::optional<info_hash> parse_info_hash(std::string_view text) noexcept {
    info_hash hash;
    if (from_hex(text, hash.bytes)) return hash;
    return detail::from_base32(text);
}

/// A tagged hash (multihash) of 68 hex digits: 0x12 for SHA-256, 0x20 for its 32 bytes, the hash.
inline std::optional<info_hash_v2> parse_info_hash_v2(std::string_view text) noexcept {
    std::array<std::byte, 34> tagged;
    if (!from_hex(text, tagged) || tagged[0] != std::byte{0x12} || tagged[1] != std::byte{0x20})
        return std::nullopt;
    info_hash_v2 hash;
    std::memcpy(hash.data(), &tagged[2], hash.size());
    return hash;
}

/// Reads a link, with parameters in any order, also numbered ("xt.1"), those of others among them,
/// letters of either case, and percent-encoding. Nothing: no such link, or a hash in it is broken.
/// Of repeated ones the first counts.
inline std::optional<torrent_link> parse_torrent_link(std::string_view link) {
    constexpr std::string_view btih = "urn:btih:";
    constexpr std::string_view btmh = "urn:btmh:";
    torrent_link found;
    auto const read = [&](std::string_view name, std::string_view raw) {
        if (!detail::same_letters(name, "xt") && !detail::begins_with(name, "xt.")) return true;
        auto const topic = detail::decode_percent(raw);
        if (!topic) return false;
        std::string_view const digits =
            std::string_view{*topic}.substr(std::min(topic->size(), btih.size()));
        if (detail::begins_with(*topic, btih) && !found.v1)
            return (found.v1 = parse_info_hash(digits)).has_value();
        if (detail::begins_with(*topic, btmh) && !found.v2)
            return (found.v2 = parse_info_hash_v2(digits)).has_value();
        return true; // of another network
    };
    bool const readable = detail::read_parameters(link, read);
    return readable && (found.v1 || found.v2) ? std::optional{found} : std::nullopt;
}

inline std::string to_link(torrent_link const& t) {
    std::string link = "magnet:?";
    auto const topic = [&](std::string_view urn, auto const& digits) {
        if (link.back() != '?') link += '&';
        link += urn;
        link.append(digits.data(), digits.size());
    };
    if (t.v1) topic("xt=urn:btih:", to_hex(t.v1->bytes));
    if (t.v2) topic("xt=urn:btmh:1220", to_hex(*t.v2));
    return link;
}

} // namespace dht::inline DHT_ABI::content

#endif
