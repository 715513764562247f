#ifndef DHT_KAD_ID_HPP
#define DHT_KAD_ID_HPP

#include <dht/kad/key.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// A point of Mainline's key space.
using key160 = key<160>;

/// Who a node says it is (BEP 5).
struct node_id : key160 {
    static constexpr std::optional<node_id> from_hex(std::string_view digits) noexcept {
        node_id id;
        return dht::from_hex(digits, id.bytes) ? std::optional{id} : std::nullopt;
    }
};

/// The SHA-1 of a torrent's info dictionary, or the first 20 bytes of its SHA-256 (BEP 52).
struct info_hash : key160 {
    static constexpr std::optional<info_hash> from_hex(std::string_view digits) noexcept {
        info_hash hash;
        return dht::from_hex(digits, hash.bytes) ? std::optional{hash} : std::nullopt;
    }
};

/// The SHA-1 that an item of BEP 44 is stored under.
struct item_key : key160 {};

constexpr node_id to_node_id(key160 const& k) noexcept {
    return node_id{k};
}

constexpr info_hash to_info_hash(key160 const& k) noexcept {
    return info_hash{k};
}

} // namespace dht::inline DHT_ABI

#endif
