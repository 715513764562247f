#ifndef DHT_KAD_KEY_HPP
#define DHT_KAD_KEY_HPP

#include <dht/base/bytes.hpp>
#include <dht/base/hex.hpp>

#include <compare>

namespace dht::inline DHT_ABI {

/// A point of a Kademlia key space of `Bits` bits (160 for Mainline, 256 for libp2p and discv5),
/// most significant byte first. Distance is XOR read as a number (Maymounkov and Mazieres 2002,
/// section 2.1).
template <std::size_t Bits>
struct key {
    static_assert(Bits % 32 == 0 && Bits >= 64);
    static constexpr std::size_t bits = Bits;
    static constexpr std::size_t size_bytes = Bits / 8;

    std::array<std::byte, size_bytes> bytes{};

    /// Takes exactly size_bytes bytes; the caller has checked the size.
    static constexpr key from(byte_view raw) noexcept {
        DHT_ASSERT(raw.size() == size_bytes);
        key k;
        for (std::size_t i = 0; i < size_bytes; ++i)
            k.bytes[i] = raw[i];
        return k;
    }

    [[nodiscard]] constexpr bool bit(std::size_t i) const noexcept {
        return (bytes[i / 8] & (std::byte{0x80} >> static_cast<int>(i % 8))) != std::byte{0};
    }

    constexpr void set_bit(std::size_t i, bool value) noexcept {
        std::byte const mask = std::byte{0x80} >> static_cast<int>(i % 8);
        bytes[i / 8] = value ? bytes[i / 8] | mask : bytes[i / 8] & ~mask;
    }

    constexpr void flip_bit(std::size_t i) noexcept { set_bit(i, !bit(i)); }

    /// The first 64 bits as a number: enough to tell nearly all distances apart.
    [[nodiscard]] constexpr std::uint64_t high_bits() const noexcept {
        return load_big_endian<std::uint64_t>(bytes.data());
    }

    friend constexpr key operator^(key const& a, key const& b) noexcept {
        key d;
        for (std::size_t i = 0; i < size_bytes; ++i)
            d.bytes[i] = a.bytes[i] ^ b.bytes[i];
        return d;
    }

    friend constexpr bool operator==(key const& a, key const& b) noexcept {
        return same_bytes(a.bytes, b.bytes);
    }

    /// Eight bytes first, as in closer().
    friend constexpr std::strong_ordering operator<=>(key const& a, key const& b) noexcept {
        if (a.high_bits() != b.high_bits()) return a.high_bits() <=> b.high_bits();
        return a.bytes <=> b.bytes;
    }
};

/// How many leading bits a and b share: 0 .. Bits.
template <std::size_t Bits>
constexpr unsigned common_prefix_length(key<Bits> const& a, key<Bits> const& b) noexcept {
    for (std::size_t i = 0; i < Bits / 8; i += 4) {
        std::uint32_t const d = load_big_endian<std::uint32_t>(&a.bytes[i]) ^
                                load_big_endian<std::uint32_t>(&b.bytes[i]);
        if (d != 0)
            return static_cast<unsigned>(8 * i) + static_cast<unsigned>(std::countl_zero(d));
    }
    return Bits;
}

/// Is `a` strictly closer to `target` than `b`? Compares eight bytes first: they decide all but one
/// in 2^64 of random cases.
template <std::size_t Bits>
constexpr bool closer(key<Bits> const& a, key<Bits> const& b, key<Bits> const& target) noexcept {
    std::uint64_t const high = target.high_bits();
    std::uint64_t const da = a.high_bits() ^ high;
    std::uint64_t const db = b.high_bits() ^ high;
    if (da != db) return da < db;
    return (a ^ target) < (b ^ target);
}

/// `base` with its first `prefix` bits kept and the others from `filler`: a random key of a
/// subtree.
template <std::size_t Bits>
constexpr key<Bits> with_prefix(key<Bits> const& base, unsigned prefix, key<Bits> filler) noexcept {
    for (unsigned i = 0; i < prefix && i < Bits; ++i)
        filler.set_bit(i, base.bit(i));
    return filler;
}

} // namespace dht::inline DHT_ABI

#endif
