#ifndef DHT_BASE_ADDRESS_HPP
#define DHT_BASE_ADDRESS_HPP

#include <dht/base/bytes.hpp>

#include <compare>

namespace dht::inline DHT_ABI {

enum class family : std::uint8_t { ipv4, ipv6 };

/// An IPv4 or IPv6 address in 16 bytes. IPv4 is kept as ::ffff:a.b.c.d, so the family needs no byte
/// of its own; a mapped address that arrives in an IPv6 field therefore *is* that IPv4 address, and
/// readers of IPv6 fields must refuse it (see wire/compact.hpp).
class address {
public:
    /// The unspecified IPv6 address.
    constexpr address() noexcept = default;

    static constexpr address v4(std::array<std::byte, 4> const& bytes) noexcept {
        address a;
        a.bytes_[10] = a.bytes_[11] = std::byte{0xff};
        for (std::size_t i = 0; i < 4; ++i)
            a.bytes_[12 + i] = bytes[i];
        return a;
    }

    static constexpr address v4(std::uint32_t value) noexcept {
        address a;
        store_big_endian(&a.bytes_[8], std::uint64_t{0xffff} << 32U | value);
        return a;
    }

    static constexpr address v6(std::array<std::byte, 16> const& bytes) noexcept {
        address a;
        a.bytes_ = bytes;
        return a;
    }

    /// From 4 or 16 bytes in network order; other sizes give the unspecified address.
    static constexpr address from(byte_view bytes) noexcept {
        address a;
        if (bytes.size() == 4) return v4({bytes[0], bytes[1], bytes[2], bytes[3]});
        if (bytes.size() == 16)
            for (std::size_t i = 0; i < 16; ++i)
                a.bytes_[i] = bytes[i];
        return a;
    }

    [[nodiscard]] constexpr family ip_family() const noexcept {
        bool const mapped = load_big_endian<std::uint64_t>(&bytes_[0]) == 0 &&
                            load_big_endian<std::uint32_t>(&bytes_[8]) == 0xffff;
        return mapped ? family::ipv4 : family::ipv6;
    }

    [[nodiscard]] constexpr bool is_v4() const noexcept { return ip_family() == family::ipv4; }

    /// 4 or 16 bytes in network order.
    [[nodiscard]] constexpr byte_view bytes() const noexcept {
        return is_v4() ? byte_view{bytes_}.subspan(12) : byte_view{bytes_};
    }

    /// The IPv4 address as a number; 0 for IPv6.
    [[nodiscard]] constexpr std::uint32_t v4_value() const noexcept {
        return is_v4() ? load_big_endian<std::uint32_t>(&bytes_[12]) : 0;
    }

    friend constexpr bool operator==(address const& a, address const& b) noexcept {
        return same_bytes(a.bytes_, b.bytes_);
    }

    friend constexpr auto operator<=>(address const&, address const&) noexcept = default;

private:
    std::array<std::byte, 16> bytes_{};
};

namespace detail {
/// The first `bits` of a number as wide as T, the rest zero.
template <class T>
constexpr T first_bits(T value, unsigned bits) noexcept {
    constexpr unsigned width = 8 * sizeof(T);
    if (bits == 0) return 0;
    return bits >= width ? value : value & static_cast<T>(~T{0} << (width - bits));
}
} // namespace detail

/// The first `bits` of the address (of its 32 or 128), the rest zero: the key of a subnet.
constexpr address subnet(address const& a, unsigned bits) noexcept {
    byte_view const bytes = a.bytes();
    if (bytes.size() == 4)
        return address::v4(detail::first_bits(load_big_endian<std::uint32_t>(&bytes[0]), bits));
    std::array<std::byte, 16> kept{};
    store_big_endian(&kept[0], detail::first_bits(load_big_endian<std::uint64_t>(&bytes[0]), bits));
    store_big_endian(&kept[8], detail::first_bits(load_big_endian<std::uint64_t>(&bytes[8]),
                                                  bits > 64 ? bits - 64 : 0));
    return address::v6(kept);
}

constexpr bool in_subnet(address const& a, address const& net, unsigned bits) noexcept {
    if (a.is_v4() && net.is_v4()) return detail::first_bits(a.v4_value(), bits) == net.v4_value();
    return a.ip_family() == net.ip_family() && subnet(a, bits) == net;
}

/// What one site usually owns: /24 of IPv4, /64 of IPv6.
constexpr address site_of(address const& a) noexcept {
    return subnet(a, a.is_v4() ? 24 : 64);
}

constexpr bool same_site(address const& a, address const& b) noexcept {
    if (a.is_v4() && b.is_v4()) return (a.v4_value() ^ b.v4_value()) >> 8U == 0;
    return site_of(a) == site_of(b);
}

/// Who is behind an address, as a number: the IPv4 address, or the first half of the IPv6 address,
/// since whoever has one address of a /64 has all of it.
constexpr std::uint64_t source_of(address const& a) noexcept {
    return a.is_v4() ? a.v4_value() : load_big_endian<std::uint64_t>(a.bytes().data());
}

/// What one provider usually owns: /16 of IPv4, /48 of IPv6.
constexpr address provider_of(address const& a) noexcept {
    return subnet(a, a.is_v4() ? 16 : 48);
}

namespace detail {

/// The addresses whose first `bits` are those of `net`: of 32 bits for IPv4, of 64 for IPv6.
template <class Word>
struct address_block {
    Word net;
    unsigned bits; ///< at least 1

    [[nodiscard]] constexpr bool holds(Word a) const noexcept { return first_bits(a, bits) == net; }
};

/// Several of them. Most addresses begin with the first octet of none, and are told so at once.
template <class Word, std::size_t N>
class address_blocks {
public:
    constexpr explicit address_blocks(address_block<Word> const (&blocks)[N]) noexcept { // NOLINT
        for (std::size_t i = 0; i < N; ++i) {
            blocks_[i] = blocks[i];
            Word const net_octet = blocks[i].net >> octet_at;
            Word const same = ~Word{0} << (blocks[i].bits < 8 ? 8 - blocks[i].bits : 0);
            for (Word octet = 0; octet < 256; ++octet)
                if ((octet & same) == net_octet) octets_[octet / 64] |= bit_of(octet);
        }
    }

    [[nodiscard]] constexpr bool hold(Word a) const noexcept {
        Word const octet = a >> octet_at;
        if ((octets_[octet / 64] & bit_of(octet)) == 0) return false;
        for (address_block<Word> const& block : blocks_)
            if (block.holds(a)) return true;
        return false;
    }

private:
    static constexpr unsigned octet_at = 8 * sizeof(Word) - 8;

    static constexpr std::uint64_t bit_of(Word octet) noexcept {
        return std::uint64_t{1} << octet % 64;
    }

    std::array<address_block<Word>, N> blocks_{};
    std::array<std::uint64_t, 4> octets_{};
};

using block4 = address_block<std::uint32_t>;
using block6 = address_block<std::uint64_t>;

/// Private, loopback, link-local, carrier, documentation and benchmark blocks (RFC 6890).
inline constexpr address_blocks local4{{block4{0x0a000000, 8},
                                        {0x7f000000, 8},
                                        {0x64400000, 10},
                                        {0xa9fe0000, 16},
                                        {0xac100000, 12},
                                        {0xc0a80000, 16},
                                        {0xc6120000, 15},
                                        {0xc0000200, 24},
                                        {0xc6336400, 24},
                                        {0xcb007100, 24},
                                        {0xc0000000, 24}}};

/// Documentation, and Teredo: brittle as a DHT address (BEP 32).
inline constexpr address_blocks local6{
    {block6{0x20010db8'00000000, 32}, {0x20010000'00000000, 32}}};

inline constexpr address_blocks bep42_exempt4{
    {block4{0x0a000000, 8}, {0xac100000, 12}, {0xc0a80000, 16}, {0xa9fe0000, 16}, {0x7f000000, 8}}};

inline constexpr address_blocks bep42_exempt6{
    {block6{0xfe800000'00000000, 10}, {0xfc000000'00000000, 7}}};

} // namespace detail

/// Nobody can be reached there from anywhere: unspecified, "this network", multicast, broadcast.
constexpr bool is_unroutable(address const& a) noexcept {
    if (a.is_v4()) {
        unsigned const first = a.v4_value() >> 24U;
        return first == 0 || first >= 224;
    }
    return a == address{} || a.bytes()[0] == std::byte{0xff};
}

/// Not global unicast: blocks with a purpose of their own (RFC 6890), IPv6 outside 2000::/3. Such
/// addresses mean something else, or nothing, on another host.
constexpr bool is_local(address const& a) noexcept {
    if (a.is_v4()) return detail::local4.hold(a.v4_value());
    std::uint64_t const high = source_of(a);
    return high >> 61U != 1 || detail::local6.hold(high);
}

/// The blocks that BEP 42 exempts from its rule, and their IPv6 kin (::1, fe80::/10, fc00::/7).
constexpr bool is_bep42_exempt(address const& a) noexcept {
    if (a.is_v4()) return detail::bep42_exempt4.hold(a.v4_value());
    std::array<std::byte, 16> loopback{};
    loopback[15] = std::byte{1};
    return a == address::v6(loopback) || detail::bep42_exempt6.hold(source_of(a));
}

} // namespace dht::inline DHT_ABI

#endif
