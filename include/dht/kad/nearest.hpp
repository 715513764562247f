#ifndef DHT_KAD_NEAREST_HPP
#define DHT_KAD_NEAREST_HPP

#include <dht/kad/bucket.hpp>
#include <dht/kad/closest.hpp>

#include <algorithm>
#include <bit>
#include <utility>

/// The few ids closest to a target, nearly without a branch that depends on them: the short cut
/// beside visit_closest, most of whose time goes into branches that no processor can foresee.
namespace dht::inline DHT_ABI {

namespace detail {

struct compared_pair {
    std::uint8_t low;
    std::uint8_t high;
};

/// Batcher's odd-even merge sort of 8 numbers: 19 comparisons, whatever the numbers are.
constexpr auto sorting_network_8() noexcept {
    std::array<compared_pair, 19> network{};
    std::size_t n = 0;
    for (std::uint8_t p = 1; p < 8; p = static_cast<std::uint8_t>(2 * p))
        for (std::uint8_t k = p; k >= 1; k /= 2)
            for (std::uint8_t j = k % p; j + k < 8; j = static_cast<std::uint8_t>(j + 2 * k))
                for (std::uint8_t i = j; i < j + k && i + k < 8; ++i)
                    if (i / (2 * p) == (i + k) / (2 * p))
                        network[n++] = {i, static_cast<std::uint8_t>(i + k)};
    return network;
}

/// Batcher's bitonic merge: sorts 8 numbers that ascend and then descend, or the other way round.
constexpr auto merging_network_8() noexcept {
    std::array<compared_pair, 12> network{};
    std::size_t n = 0;
    for (std::uint8_t k = 4; k >= 1; k /= 2)
        for (std::uint8_t i = 0; i < 8; ++i)
            if (i / k % 2 == 0) network[n++] = {i, static_cast<std::uint8_t>(i + k)};
    return network;
}

/// The first 57 bits of a distance, and in the lowest four a position: as a double, for processors
/// have the smaller and the larger of two of these in one instruction each. Positive doubles are
/// ordered as their bits are, and the bit in front makes all of these ordinary ones.
constexpr double rankable(std::uint64_t distance, std::size_t position) noexcept {
    return std::bit_cast<double>(std::uint64_t{1} << 61U | distance >> 7U << 4U | position);
}

/// Behind all distances, and apart from the others of its kind.
constexpr double unranked(std::size_t position) noexcept {
    return std::bit_cast<double>(std::uint64_t{1} << 62U | position << 4U | position);
}

constexpr std::size_t position_of(double ranked) noexcept {
    return static_cast<std::size_t>(std::bit_cast<std::uint64_t>(ranked) % 16);
}

constexpr bool same_distance(double a, double b) noexcept {
    return (std::bit_cast<std::uint64_t>(a) ^ std::bit_cast<std::uint64_t>(b)) < 16;
}

/// Two doubles that are compared with two others at once, by any processor of 64 bits.
using double_pair [[gnu::vector_size(16)]] = double;
using eight_pairs = std::array<double_pair, 8>;

/// What compilers make of a comparison of pairs takes four instructions where SSE2 has one.
inline void put_in_order(double_pair& low, double_pair& high) noexcept {
    double_pair const a = low;
    double_pair const b = high;
#if defined(__SSE2__) && defined(__has_builtin) && __has_builtin(__builtin_ia32_minpd)
    low = __builtin_ia32_minpd(a, b);
    high = __builtin_ia32_maxpd(a, b);
#else
    low = a < b ? a : b;
    high = a < b ? b : a;
#endif
}

template <auto Network, std::size_t... I>
[[gnu::always_inline]] inline void put_through(eight_pairs& a, std::index_sequence<I...>) noexcept {
    (put_in_order(a[Network[I].low], a[Network[I].high]), ...);
}

template <auto Network>
[[gnu::always_inline]] inline void put_through(eight_pairs& a) noexcept {
    put_through<Network>(a, std::make_index_sequence<Network.size()>{});
}

/// Sorts both halves at once, one in each place of the pairs. The smaller of the first of one half
/// and the last of the other, and so on, are the eight smallest: they and the others fall and rise,
/// and are sorted, again at once.
inline void sort_16(std::array<double, 16>& a) noexcept {
    eight_pairs pairs;
    for (std::size_t i = 0; i < 8; ++i)
        pairs[i] = double_pair{a[i], a[i + 8]};
    put_through<sorting_network_8()>(pairs);
    eight_pairs halves;
    for (std::size_t i = 0; i < 4; ++i) {
        double_pair low = pairs[i];
        double_pair high = __builtin_shufflevector(pairs[7 - i], pairs[7 - i], 1, 0);
        put_in_order(low, high);
        halves[i] = __builtin_shufflevector(low, high, 0, 2);
        halves[7 - i] = __builtin_shufflevector(low, high, 1, 3);
    }
    put_through<merging_network_8()>(halves);
    for (std::size_t i = 0; i < 8; ++i) {
        a[i] = halves[i][0];
        a[i + 8] = halves[i][1];
    }
}

} // namespace detail

/// An ascending list of ids, seen from where a target would stand in it. Who shares a prefix with
/// the target stands around that place.
template <std::size_t Bits, class IdAt>
class vicinity_of {
public:
    static constexpr std::size_t wanted_max = 8;
    static constexpr std::size_t ranked_max = 16;

    /// `place` of the `size` ids are smaller than the target.
    vicinity_of(std::size_t size, std::size_t place, key<Bits> const& target,
                IdAt const& id_at) noexcept
        : size_{size},
          place_{place},
          head_{target.high_bits()},
          id_at_{id_at} {}

    /// The smallest subtree around the target (of those that 64 bits tell apart) that holds so
    /// many, 1 to wanted_max, or all there are.
    [[nodiscard]] stretch holding(std::size_t wanted) const noexcept {
        if (size_ <= ranked_max) return {0, size_};
        std::array<std::uint64_t, wanted_max> before; // their distances
        std::array<std::uint64_t, wanted_max> behind;
        for (std::size_t i = 0; i < wanted_max; ++i) {
            before[i] = i < place_ ? distance(place_ - 1 - i) : farthest;
            behind[i] = place_ + i < size_ ? distance(place_ + i) : farthest;
        }
        std::uint64_t const enough = subtree_of(distance_of_nth(before, behind, wanted));
        stretch s{place_ - std::min(within(before, enough), place_),
                  std::min(place_ + within(behind, enough), size_)};
        if (s.first + wanted_max == place_ || s.last == place_ + wanted_max)
            s = with_all_within(s, enough);
        return s;
    }

    /// All who share as many bits with the target as the first one outside does who shares most:
    /// the next larger subtree that holds more. They are those of `s`, and others on one side of it
    /// unless `s` is empty.
    [[nodiscard]] stretch wider(stretch s) const noexcept {
        std::uint64_t const next = std::min(s.first > 0 ? distance(s.first - 1) : farthest,
                                            s.last < size_ ? distance(s.last) : farthest);
        return with_all_within(s, subtree_of(next));
    }

    /// The closest of a stretch of at most ranked_max first, for detail::position_of behind its
    /// first. False when 57 bits of their distances do not tell all apart.
    [[nodiscard]] bool rank(stretch s, std::array<double, ranked_max>& order) const noexcept {
        for (std::size_t i = 0; i < ranked_max; ++i)
            order[i] =
                i < s.size() ? detail::rankable(distance(s.first + i), i) : detail::unranked(i);
        detail::sort_16(order);
        bool distinct = true;
        for (std::size_t i = 1; i < ranked_max; ++i)
            distinct &= !detail::same_distance(order[i - 1], order[i]);
        return distinct;
    }

private:
    static constexpr std::uint64_t farthest = ~std::uint64_t{0};

    [[nodiscard]] std::uint64_t distance(std::size_t at) const noexcept {
        return id_at_(at).high_bits() ^ head_;
    }

    /// The largest distance that shares as many leading bits with the target as that one.
    static std::uint64_t subtree_of(std::uint64_t distance) noexcept {
        return farthest >> std::countl_zero(distance | 1);
    }

    [[nodiscard]] stretch with_all_within(stretch s, std::uint64_t limit) const noexcept {
        while (s.first > 0 && distance(s.first - 1) <= limit)
            --s.first;
        while (s.last < size_ && distance(s.last) <= limit)
            ++s.last;
        return s;
    }

    /// How far the n-th of those on both sides is, but for bits behind the first: the least of
    /// what each way to take n from the sides reaches.
    static std::uint64_t distance_of_nth(std::array<std::uint64_t, wanted_max> const& a,
                                         std::array<std::uint64_t, wanted_max> const& b,
                                         std::size_t n) noexcept {
        std::uint64_t least = std::min(a[n - 1], b[n - 1]);
        for (std::size_t i = 1; i < n; ++i)
            least = std::min(least, std::max(a[i - 1], b[n - 1 - i]));
        return least;
    }

    static std::size_t within(std::array<std::uint64_t, wanted_max> const& distances,
                              std::uint64_t limit) noexcept {
        std::size_t n = 0;
        for (std::uint64_t const each : distances)
            n += each <= limit ? 1U : 0U;
        return n;
    }

    std::size_t size_;
    std::size_t place_;
    std::uint64_t head_;
    IdAt const& id_at_;
};

/// As visit_closest over all `size` ids, for who wants few of them: `wanted` is how many, or a
/// guess. `place` of them are smaller than the target. O(1) for the first `wanted` (at most 8) of
/// random ids.
template <std::size_t Bits, class IdAt, class Visit>
bool visit_nearest(std::size_t size, std::size_t place, key<Bits> const& target, std::size_t wanted,
                   IdAt const& id_at, Visit&& visit) {
    using vicinity = vicinity_of<Bits, IdAt>;
    vicinity const around{size, place, target, id_at};
    stretch seen = around.holding(std::clamp<std::size_t>(wanted, 1, vicinity::wanted_max));
    std::array<double, vicinity::ranked_max> order;
    if (seen.size() <= vicinity::ranked_max && around.rank(seen, order)) {
        for (std::size_t i = 0; i < seen.size(); ++i)
            if (!visit(seen.first + detail::position_of(order[i]))) return false;
    } else {
        seen = {place, place};
    }
    while (seen.size() < size) {
        stretch const all = around.wider(seen);
        bool const below = all.first < seen.first;
        std::size_t const first = below ? all.first : seen.last;
        std::size_t const last = below && seen.size() > 0 ? seen.first : all.last;
        if (!visit_closest(first, last, target, id_at, visit)) return false;
        seen = all;
    }
    return true;
}

} // namespace dht::inline DHT_ABI

#endif
