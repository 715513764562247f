#ifndef DHT_KAD_BUCKET_HPP
#define DHT_KAD_BUCKET_HPP

#include <dht/kad/key.hpp>

#include <array>

namespace dht::inline DHT_ABI {

inline constexpr std::size_t bucket_capacity_max = 128;

/// How many live contacts a bucket holds by its depth, and how many spares wait behind it.
struct bucket_capacities {
    std::array<std::uint8_t, 4> shallow{128, 64, 32, 16}; ///< depth 0..3, at most 128 each
    std::uint8_t deep = 8;                                ///< Kademlia's k
    std::uint8_t spares = 2;    ///< of a full bucket: with 8 hardly fewer are dead
    std::uint8_t newcomers = 8; ///< of one that has room, to be asked

    [[nodiscard]] constexpr std::size_t at(unsigned depth) const noexcept {
        return depth < shallow.size() ? shallow[depth] : deep;
    }

    /// In so many buckets together, at least four.
    [[nodiscard]] constexpr std::size_t live_max(std::size_t buckets) const noexcept {
        std::size_t sum = (buckets - shallow.size()) * deep;
        for (std::uint8_t const capacity : shallow)
            sum += capacity;
        return sum;
    }

    /// The same, and one that is about to go.
    [[nodiscard]] constexpr std::size_t spares_max(std::size_t buckets) const noexcept {
        return buckets * (newcomers > spares ? newcomers : spares) + 1;
    }
};

/// How many contacts of one subnet are let in, spares included: one of an address, these of a site
/// (/24, /64) in the whole table, these of a provider (/16, /48) in each bucket. With places of one
/// site in each bucket its owner would have several times his share.
struct subnet_limits {
    bool enforced = true;
    std::uint8_t per_site = 1;
    std::uint8_t per_provider = 4;
};

/// What became of a contact that was offered to the table.
enum class placement : std::uint8_t {
    live,        ///< it is in its bucket
    spare,       ///< it waits behind a bucket, to be verified or promoted
    bucket_full, ///< verified, but its bucket is full of others: ask the eviction policy
    duplicate,   ///< its id is taken by another endpoint, or its address by another id
    crowded,     ///< its subnet has its share already
    own_id,      ///< it claims to be us
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

/// Some that stand side by side in a list.
struct stretch {
    std::size_t first = 0;
    std::size_t last = 0; ///< behind the last one

    [[nodiscard]] constexpr std::size_t size() const noexcept { return last - first; }
};

/// Those who answer for a bucket, and those who wait: how many they are, and where they stand in
/// their list.
struct bucket {
    std::uint16_t first_live = 0;
    std::uint16_t first_spare = 0;
    std::uint8_t live = 0;
    std::uint8_t spare = 0;

    [[nodiscard]] constexpr std::uint16_t& first(bool is_live) noexcept {
        return is_live ? first_live : first_spare;
    }

    [[nodiscard]] constexpr std::uint8_t& count(bool is_live) noexcept {
        return is_live ? live : spare;
    }

    [[nodiscard]] constexpr std::size_t size(bool is_live) const noexcept {
        return is_live ? live : spare;
    }

    [[nodiscard]] constexpr stretch span(bool is_live) const noexcept {
        std::size_t const first = is_live ? first_live : first_spare;
        return {first, first + size(is_live)};
    }
};

} // namespace dht::inline DHT_ABI

#endif
