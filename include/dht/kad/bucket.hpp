#ifndef DHT_KAD_BUCKET_HPP
#define DHT_KAD_BUCKET_HPP

#include <dht/kad/key.hpp>

#include <array>

namespace dht::inline DHT_ABI {

inline constexpr std::size_t bucket_capacity_max = 128;

/// How many live contacts a bucket holds by its depth, and how many spares wait behind each.
struct bucket_capacities {
    std::array<std::uint8_t, 4> shallow{128, 64, 32, 16}; ///< depth 0..3, at most 128 each
    std::uint8_t deep = 8;                                ///< Kademlia's k
    std::uint8_t spares = 8;

    [[nodiscard]] constexpr std::size_t at(unsigned depth) const noexcept {
        return depth < shallow.size() ? shallow[depth] : deep;
    }
};

/// How many contacts of one subnet are let in. One address has one entry in the whole table; one
/// site (/24, /64) and one provider (/16, /48) have these in each bucket, spares included.
struct subnet_limits {
    bool enforced = true;
    std::uint8_t per_site = 1;
    std::uint8_t per_provider = 4;
};

/// Which of `slots` (rounded down to a power of two) subtrees below bit `first` the id falls into.
/// Keeping one contact per slot spreads a bucket over all of its range.
template <std::size_t Bits>
constexpr std::size_t prefix_slot(key<Bits> const& id, unsigned first, std::size_t slots) noexcept {
    std::size_t slot = 0;
    for (std::size_t width = slots; width > 1; width /= 2, ++first)
        slot = 2 * slot + (first < Bits && id.bit(first) ? 1U : 0U);
    return slot;
}

inline constexpr std::uint16_t no_entry = 0xffff;

/// A chain of contacts of one bucket.
struct entry_list {
    std::uint16_t first = no_entry;
    std::uint16_t size = 0;
};

struct bucket {
    entry_list live;
    entry_list spare;
};

} // namespace dht::inline DHT_ABI

#endif
