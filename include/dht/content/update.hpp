#ifndef DHT_CONTENT_UPDATE_HPP
#define DHT_CONTENT_UPDATE_HPP

#include <dht/content/magnet.hpp>

namespace dht::inline DHT_ABI::content {

/// An item that became newer.
struct update {
    ed25519_public_key k{};
    static_vector<std::byte, krpc::item_salt_bytes_max> salt{};
    dht::item item;
    std::optional<info_hash> torrent; ///< when the value names one (BEP 46)
};

/// `newer` is mutable.
inline update update_by(item newer) {
    update u{*newer.k, newer.salt, {}, torrent_of(newer.v)};
    u.item = std::move(newer);
    return u;
}

} // namespace dht::inline DHT_ABI::content

#endif
