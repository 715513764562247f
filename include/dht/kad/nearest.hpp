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

/// Batcher's odd-even merge sort of 16 numbers: 63 comparisons, whatever the numbers are.
constexpr auto sorting_network_16() noexcept {
    std::array<compared_pair, 63> network{};
    std::size_t n = 0;
    for (std::uint8_t p = 1; p < 16; p = static_cast<std::uint8_t>(2 * p))
        for (std::uint8_t k = p; k >= 1; k /= 2)
            for (std::uint8_t j = k % p; j + k < 16; j = static_cast<std::uint8_t>(j + 2 * k))
                for (std::uint8_t i = j; i < j + k && i + k < 16; ++i)
                    if (i / (2 * p) == (i + k) / (2 * p))
                        network[n++] = {i, static_cast<std::uint8_t>(i + k)};
    return network;
}

inline constexpr auto network_16 = sorting_network_16();

/// The first 57 bits of a distance, and in the lowest four a position: as a double, for processors
/// have the smaller and the larger of two of these in one instruction each. Positive doubles are
/// ordered as their bits are, and the bit in front makes all of these ordinary ones.
constexpr double rankable(std::uint64_t distance, std::size_t position) noexcept {
    return std::bit_cast<double>(std::uint64_t{1} << 61U | distance >> 7U << 4U | position);
}

constexpr std::size_t position_of(double ranked) noexcept {
    return static_cast<std::size_t>(std::bit_cast<std::uint64_t>(ranked) % 16);
}

constexpr bool same_distance(double a, double b) noexcept {
    return (std::bit_cast<std::uint64_t>(a) ^ std::bit_cast<std::uint64_t>(b)) < 16;
}

template <std::size_t... I>
constexpr void sort_16(std::array<double, 16>& a, std::index_sequence<I...>) noexcept {
    auto const in_order = [](double& low, double& high) {
        double const l = low;
        double const h = high;
        low = l < h ? l : h;
        high = l < h ? h : l;
    };
    (in_order(a[network_16[I].low], a[network_16[I].high]), ...);
}

constexpr void sort_16(std::array<double, 16>& a) noexcept {
    sort_16(a, std::make_index_sequence<network_16.size()>{});
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
        std::array<std::uint8_t, wanted_max> before; // the bits that each does not share
        std::array<std::uint8_t, wanted_max> behind;
        for (std::size_t i = 0; i < wanted_max; ++i) {
            before[i] = i < place_ ? rest(place_ - 1 - i) : nobody;
            behind[i] = place_ + i < size_ ? rest(place_ + i) : nobody;
        }
        std::uint8_t const enough = rest_of_nth(before, behind, wanted);
        stretch s{place_ - within(before, enough), place_ + within(behind, enough)};
        if (s.first + wanted_max == place_ || s.last == place_ + wanted_max)
            s = with_all_within(s, enough);
        return s;
    }

    /// All who share as many bits with the target as the first one outside does who shares most:
    /// the next larger subtree that holds more. They are those of `s`, and others on one side of it
    /// unless `s` is empty.
    [[nodiscard]] stretch wider(stretch s) const noexcept {
        std::uint8_t const next = std::min(s.first > 0 ? rest(s.first - 1) : nobody,
                                           s.last < size_ ? rest(s.last) : nobody);
        return with_all_within(s, next);
    }

    /// The closest of a stretch of at most ranked_max first, for detail::position_of behind its
    /// first. False when 57 bits of their distances do not tell all apart.
    [[nodiscard]] bool rank(stretch s, std::array<double, ranked_max>& order) const noexcept {
        constexpr std::uint64_t farthest = ~std::uint64_t{0};
        for (std::size_t i = 0; i < ranked_max; ++i)
            order[i] = detail::rankable(i < s.size() ? distance(s.first + i) : farthest, i);
        detail::sort_16(order);
        bool distinct = true;
        for (std::size_t i = 1; i < s.size(); ++i)
            distinct &= !detail::same_distance(order[i - 1], order[i]);
        return distinct;
    }

private:
    static constexpr std::uint8_t nobody = 65;

    [[nodiscard]] std::uint64_t distance(std::size_t at) const noexcept {
        return id_at_(at).high_bits() ^ head_;
    }

    /// At least 1, which spares the processor a case.
    [[nodiscard]] std::uint8_t rest(std::size_t at) const noexcept {
        return static_cast<std::uint8_t>(std::bit_width(distance(at) | 1));
    }

    [[nodiscard]] stretch with_all_within(stretch s, std::uint8_t limit) const noexcept {
        while (s.first > 0 && rest(s.first - 1) <= limit)
            --s.first;
        while (s.last < size_ && rest(s.last) <= limit)
            ++s.last;
        return s;
    }

    /// The n-th smallest of two ascending lists: the least of what each way to cut them leaves.
    static std::uint8_t rest_of_nth(std::array<std::uint8_t, wanted_max> const& a,
                                    std::array<std::uint8_t, wanted_max> const& b,
                                    std::size_t n) noexcept {
        std::uint8_t least = nobody;
        for (std::size_t i = 0; i <= n; ++i) {
            std::uint8_t const last_of_a = i > 0 ? a[i - 1] : std::uint8_t{0};
            std::uint8_t const last_of_b = i < n ? b[n - 1 - i] : std::uint8_t{0};
            least = std::min(least, std::max(last_of_a, last_of_b));
        }
        return least;
    }

    static std::size_t within(std::array<std::uint8_t, wanted_max> const& rests,
                              std::uint8_t limit) noexcept {
        std::size_t n = 0;
        for (std::uint8_t const each : rests)
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
    stretch seen = around.holding(std::min(wanted, vicinity::wanted_max));
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
