#ifndef DHT_WIRE_SAVED_ITEM_HPP
#define DHT_WIRE_SAVED_ITEM_HPP

#include <dht/base/saved_bytes.hpp>
#include <dht/wire/item.hpp>

/// An item in a snapshot: size of v (2), v, mutable (1); if so: key (32), signature (64), size of
/// salt (1), salt, seq (8).
namespace dht::inline DHT_ABI {

inline void save_item(saved_writer& out, item_view const& i) {
    out.number(static_cast<std::uint16_t>(i.v.size()));
    out.bytes(i.v);
    out.number(static_cast<std::uint8_t>(i.is_mutable() ? 1 : 0));
    if (!i.is_mutable()) return;
    out.bytes(i.k);
    out.bytes(i.sig);
    out.number(static_cast<std::uint8_t>(i.salt.size()));
    out.bytes(i.salt);
    out.number(static_cast<std::uint64_t>(i.seq));
}

/// Whatever was there: whether it is valid, the caller has to ask.
inline item read_item(saved_reader& in) {
    item i;
    byte_view const v = in.bytes(in.number<std::uint16_t>());
    i.v.assign(v.begin(), v.end());
    if (in.number<std::uint8_t>() == 0) return i;
    in.fill(i.k.emplace());
    in.fill(i.sig);
    byte_view const salt = in.bytes(in.number<std::uint8_t>());
    i.salt = static_vector<std::byte, krpc::item_salt_bytes_max>{
        salt.first(std::min(salt.size(), krpc::item_salt_bytes_max))};
    i.seq = static_cast<std::int64_t>(in.number<std::uint64_t>());
    return i;
}

} // namespace dht::inline DHT_ABI

#endif
