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
struct address_block {
    address net;
    unsigned bits;
};

constexpr address_block block4(unsigned a, unsigned b, unsigned bits) noexcept {
    return {address::v4(a << 24U | b << 16U), bits};
}

constexpr address_block block6(std::uint64_t high, unsigned bits) noexcept {
    std::array<std::byte, 16> bytes{};
    store_big_endian(bytes.data(), high);
    return {address::v6(bytes), bits};
}

template <std::size_t N>
constexpr bool in_any(address const& a, address_block const (&blocks)[N]) noexcept {
    for (address_block const& block : blocks)
        if (in_subnet(a, block.net, block.bits)) return true;
    return false;
}
} // namespace detail

/// Nobody can be reached there from anywhere: unspecified, "this network", multicast, broadcast.
constexpr bool is_unroutable(address const& a) noexcept {
    if (a.is_v4()) {
        unsigned const first = a.v4_value() >> 24U;
        return first == 0 || first >= 224;
    }
    return a == address{} || a.bytes()[0] == std::byte{0xff};
}

/// Not global unicast: private, loopback, link-local, carrier, documentation and benchmark blocks
/// (RFC 6890), IPv6 outside 2000::/3. Such addresses mean something else, or nothing, on another
/// host.
constexpr bool is_local(address const& a) noexcept {
    using detail::block4;
    using detail::block6;
    constexpr detail::address_block v4[] = {
        block4(10, 0, 8),
        block4(127, 0, 8),
        block4(100, 64, 10),
        block4(169, 254, 16),
        block4(172, 16, 12),
        block4(192, 168, 16),
        block4(198, 18, 15),
        {address::v4(0xc0000200), 24},
        {address::v4(0xc6336400), 24},
        {address::v4(0xcb007100), 24},
        {address::v4(0xc0000000), 24},
    };
    constexpr detail::address_block v6[] = {
        block6(0x20010db8'00000000, 32), // documentation
        block6(0x20010000'00000000, 32), // Teredo: brittle as a DHT address (BEP 32)
    };
    if (a.is_v4()) return detail::in_any(a, v4);
    bool const global = (a.bytes()[0] & std::byte{0xe0}) == std::byte{0x20};
    return !global || detail::in_any(a, v6);
}

/// The blocks that BEP 42 exempts from its rule, and their IPv6 kin (::1, fe80::/10, fc00::/7).
constexpr bool is_bep42_exempt(address const& a) noexcept {
    using detail::block4;
    using detail::block6;
    constexpr detail::address_block v4[] = {block4(10, 0, 8), block4(172, 16, 12),
                                            block4(192, 168, 16), block4(169, 254, 16),
                                            block4(127, 0, 8)};
    constexpr detail::address_block v6[] = {block6(0xfe800000'00000000, 10),
                                            block6(0xfc000000'00000000, 7)};
    if (a.is_v4()) return detail::in_any(a, v4);
    std::array<std::byte, 16> loopback{};
    loopback[15] = std::byte{1};
    return a == address::v6(loopback) || detail::in_any(a, v6);
}

} // namespace dht::inline DHT_ABI

#endif
