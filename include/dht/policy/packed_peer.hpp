#ifndef DHT_POLICY_PACKED_PEER_HPP
#define DHT_POLICY_PACKED_PEER_HPP

#include <dht/policy/peer_store.hpp>

#include <bit>

namespace dht::inline DHT_ABI::detail {

/// A coarse instant, counted from the origin of time. Ticks wrap around: only differences count.
using tick = std::uint32_t;

/// How far apart the ticks of two peers of one torrent may be.
inline constexpr tick tick_span = 1U << 14U;

[[nodiscard]] constexpr bool is_before(tick a, tick b) noexcept {
    return static_cast<std::int32_t>(a - b) < 0;
}

/// A peer in 8 bytes (IPv4) or 20 (IPv6). Of the end of its life it keeps 15 bits: the others
/// follow from the end of the one that outlives all.
template <std::size_t AddressBytes>
class packed_peer {
public:
    packed_peer() noexcept = default;

    packed_peer(stored_peer const& p, tick end) noexcept
        : ip_{packed(p.at.ip)},
          port_{p.at.port},
          life_{static_cast<std::uint16_t>(end << 1U | (p.seed ? 1U : 0U))} {}

    [[nodiscard]] stored_peer unpacked() const noexcept { return {at(), is_seed()}; }

    [[nodiscard]] endpoint at() const noexcept {
        endpoint e;
        write_to(e);
        return e;
    }

    /// The same where it is wanted: hundreds of copies in one answer would cost more than the rest.
    void write_to(endpoint& e) const noexcept {
        if constexpr (AddressBytes == 4)
            e.ip = address::v4(load_big_endian<std::uint32_t>(ip_.data()));
        else
            e.ip = address::from(ip_);
        e.port = port_;
    }

    [[nodiscard]] bool has(std::array<std::byte, AddressBytes> const& ip) const noexcept {
        return same_bytes(ip_, ip);
    }

    [[nodiscard]] bool is_seed() const noexcept { return (life_ & 1U) != 0; }

    [[nodiscard]] tick end(tick last) const noexcept {
        return last - ((last - (life_ >> 1U)) & (2 * tick_span - 1));
    }

    /// `ip` must be of this family.
    static std::array<std::byte, AddressBytes> packed(address const& ip) noexcept {
        DHT_ASSERT(ip.bytes().size() == AddressBytes);
        if constexpr (AddressBytes == sizeof(address)) {
            return std::bit_cast<std::array<std::byte, AddressBytes>>(ip);
        } else {
            std::array<std::byte, AddressBytes> bytes;
            store_big_endian(bytes.data(), ip.v4_value());
            return bytes;
        }
    }

private:
    std::array<std::byte, AddressBytes> ip_{};
    std::uint16_t port_ = 0;
    std::uint16_t life_ = 0;
};

using packed_v4 = packed_peer<4>;
using packed_v6 = packed_peer<16>;
static_assert(sizeof(packed_v4) == 8 && sizeof(packed_v6) == 20);

} // namespace dht::inline DHT_ABI::detail

#endif
