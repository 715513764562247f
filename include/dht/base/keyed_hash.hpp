#ifndef DHT_BASE_KEYED_HASH_HPP
#define DHT_BASE_KEYED_HASH_HPP

#include <dht/base/bytes.hpp>

#include <bit>

namespace dht::inline DHT_ABI {

/// Secret of a hash, so that strangers cannot choose keys that collide.
struct hash_key {
    std::uint64_t k0 = 0;
    std::uint64_t k1 = 0;
};

namespace detail {

/// SipHash-1-3, word by word. Its rounds are wanted where they are used: called, they take thrice
/// as long.
class sip_state {
public:
    explicit sip_state(hash_key key) noexcept
        : v0_{key.k0 ^ 0x736f6d6570736575U},
          v1_{key.k1 ^ 0x646f72616e646f6dU},
          v2_{key.k0 ^ 0x6c7967656e657261U},
          v3_{key.k1 ^ 0x7465646279746573U} {}

    [[gnu::always_inline]] void absorb(std::uint64_t word) noexcept {
        v3_ ^= word;
        round();
        v0_ ^= word;
    }

    /// Eight bytes.
    [[gnu::always_inline]] void absorb(std::byte const* bytes) noexcept {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes, sizeof word);
        absorb(std::endian::native == std::endian::big ? swap_bytes(word) : word);
    }

    /// The bytes that fill no word, 0 to 7, of a message of that size.
    [[gnu::always_inline]] std::uint64_t finish(std::byte const* bytes, std::size_t size) noexcept {
        std::uint64_t last = static_cast<std::uint64_t>(size) << 56U;
        for (std::size_t i = 0; i < size % 8; ++i)
            last |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
        absorb(last);
        v2_ ^= 0xff;
        round();
        round();
        round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    [[gnu::always_inline]] void round() noexcept {
        v0_ += v1_, v1_ = std::rotl(v1_, 13) ^ v0_, v0_ = std::rotl(v0_, 32);
        v2_ += v3_, v3_ = std::rotl(v3_, 16) ^ v2_;
        v0_ += v3_, v3_ = std::rotl(v3_, 21) ^ v0_;
        v2_ += v1_, v1_ = std::rotl(v1_, 17) ^ v2_, v2_ = std::rotl(v2_, 32);
    }

    std::uint64_t v0_;
    std::uint64_t v1_;
    std::uint64_t v2_;
    std::uint64_t v3_;
};

} // namespace detail

/// Keyed hash of a few bytes: SipHash-1-3 (Aumasson and Bernstein 2012), the variant hash tables
/// use.
inline std::uint64_t keyed_hash(hash_key key, byte_view bytes) noexcept {
    detail::sip_state state{key};
    std::byte const* at = bytes.data();
    for (std::size_t left = bytes.size(); left >= 8; left -= 8, at += 8)
        state.absorb(at);
    return state.finish(at, bytes.size());
}

/// Hashes plain objects without padding (addresses, endpoints, keys), as keyed_hash does their
/// bytes.
struct object_hash {
    template <class T>
    std::uint64_t operator()(hash_key key, T const& value) const noexcept {
        static_assert(std::has_unique_object_representations_v<T>);
        auto const* const bytes = reinterpret_cast<std::byte const*>(&value);
        detail::sip_state state{key};
        for (std::size_t at = 0; at + 8 <= sizeof value; at += 8)
            state.absorb(bytes + at);
        return state.finish(bytes + sizeof value / 8 * 8, sizeof value);
    }
};

/// The same in a few cycles, by multiplying to 128 bits and folding these (wyhash, Wang Yi 2019).
/// Nobody can choose values that collide who neither knows the key nor sees a hash; that is all it
/// is good for.
struct folded_hash {
    template <class T>
    std::uint64_t operator()(hash_key key, T const& value) const noexcept {
        static_assert(std::has_unique_object_representations_v<T>);
        auto const* const bytes = reinterpret_cast<std::byte const*>(&value);
        key.k0 ^= 0x9e3779b97f4a7c15U; // whatever the key: no factor is small
        key.k1 ^= 0xbf58476d1ce4e5b9U;
        std::uint64_t folded = key.k0;
        std::size_t at = 0;
        for (; at + 8 <= sizeof value; at += 8)
            folded = fold(folded ^ word<8>(bytes + at), key.k1);
        if constexpr (constexpr std::size_t rest = sizeof value % 8; rest > 0)
            folded = fold(folded ^ word<rest>(bytes + at), key.k1);
        return fold(folded ^ sizeof value, key.k0);
    }

private:
    template <std::size_t Bytes>
    static std::uint64_t word(std::byte const* bytes) noexcept {
        std::uint64_t w = 0;
        std::memcpy(&w, bytes, Bytes);
        return std::endian::native == std::endian::big ? swap_bytes(w) : w;
    }

    static std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
        __extension__ using wide = unsigned __int128;
        auto const product = static_cast<wide>(a) * b;
        return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
    }
};

} // namespace dht::inline DHT_ABI

#endif
