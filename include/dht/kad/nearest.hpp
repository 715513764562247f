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

/// Two numbers that are treated as two others are, at once, by any processor of 64 bits.
using word_pair [[gnu::vector_size(16)]] = std::uint64_t;
using double_pair [[gnu::vector_size(16)]] = double;

/// Sixteen numbers: the n-th of them and the one eight behind it stand side by side.
using eight_pairs = std::array<double_pair, 8>;

/// What stands in front of all that is ranked: it makes all of them ordinary doubles.
inline constexpr std::uint64_t ranked_bit = std::uint64_t{1} << 61U;

/// The first 57 bits of each distance, and in the lowest four a position: as doubles, for
/// processors have the smaller and the larger of two of these in one instruction each. Positive
/// doubles are ordered as their bits are.
inline double_pair rankable(word_pair distances, word_pair positions) noexcept {
    return std::bit_cast<double_pair>(distances >> 7 << 4 | positions | ranked_bit);
}

/// The bits of the n-th of sixteen.
inline std::uint64_t nth(eight_pairs const& all, std::size_t n) noexcept {
    return std::bit_cast<word_pair>(all[n % 8])[n / 8];
}

constexpr std::size_t position_of(std::uint64_t ranked) noexcept {
    return ranked % 16;
}

/// The largest distance that it can have been.
constexpr std::uint64_t distance_max_of(std::uint64_t ranked) noexcept {
    return ranked >> 4U << 7U | 127U;
}

/// How many of sixteen are not above that distance.
inline std::size_t count_within(eight_pairs const& all, std::uint64_t distance) noexcept {
    double_pair const limit = rankable(word_pair{distance, distance}, word_pair{15, 15});
    word_pair count{};
    for (double_pair const& each : all)
        count -= std::bit_cast<word_pair>(each <= limit); // all bits of a true one are set
    return count[0] + count[1];
}

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
[[gnu::always_inline]] inline void sort_16(eight_pairs& a) noexcept {
    put_through<sorting_network_8()>(a);
    eight_pairs halves;
    for (std::size_t i = 0; i < 4; ++i) {
        double_pair low = a[i];
        double_pair high = __builtin_shufflevector(a[7 - i], a[7 - i], 1, 0);
        put_in_order(low, high);
        halves[i] = __builtin_shufflevector(low, high, 0, 2);
        halves[7 - i] = __builtin_shufflevector(low, high, 1, 3);
    }
    put_through<merging_network_8()>(halves);
    a = halves;
}

/// Do the distances of sorted numbers tell all of them apart? Below zero is where two that stand
/// one behind the other differ in their positions alone.
inline bool all_differ(eight_pairs const& sorted) noexcept {
    auto const bits = [&](std::size_t i) { return std::bit_cast<word_pair>(sorted[i]); };
    word_pair const across{bits(7)[0] ^ bits(0)[1], ranked_bit};
    word_pair below = across - 16;
    for (std::size_t i = 1; i < sorted.size(); ++i)
        below |= (bits(i - 1) ^ bits(i)) - 16;
    return (below[0] | below[1]) >> 63U == 0;
}

} // namespace detail

/// An ascending list of ids, seen from a target. Who shares a prefix with the target stands around
/// the place where it would stand.
template <std::size_t Bits, class IdAt>
class vicinity_of {
public:
    static constexpr std::size_t wanted_max = 8;
    static constexpr std::size_t ranked_max = 16;

    /// Of ranked_max ids side by side those of a subtree around the target, closest first.
    class ranking {
    public:
        [[nodiscard]] std::size_t size() const noexcept { return size_; }

        /// The position of the n-th.
        [[nodiscard]] std::size_t operator[](std::size_t n) const noexcept {
            return first_ + detail::position_of(detail::nth(sorted_, n));
        }

        /// Where they all stand.
        [[nodiscard]] stretch span() const noexcept {
            std::size_t lowest = first_ + ranked_max;
            for (std::size_t n = 0; n < size_; ++n)
                lowest = std::min(lowest, (*this)[n]);
            return {lowest, lowest + size_};
        }

    private:
        friend vicinity_of;

        void keep_within(std::uint64_t limit) noexcept {
            limit_ = limit;
            size_ = detail::count_within(sorted_, limit);
        }

        std::size_t first_ = 0; ///< the first of all that were ranked
        std::size_t size_ = 0;
        std::uint64_t limit_ = 0; ///< the largest distance of the subtree
        detail::eight_pairs sorted_;
    };

    vicinity_of(std::size_t size, key<Bits> const& target, IdAt const& id_at) noexcept
        : size_{size},
          head_{target.high_bits()},
          target_{target},
          id_at_{id_at} {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    [[nodiscard]] key<Bits> const& target() const noexcept { return target_; }

    [[nodiscard]] IdAt const& id_at() const noexcept { return id_at_; }

    /// The smallest subtree around the target that holds so many, 1 to wanted_max, or that half of
    /// it that the target is in when it holds more than ranked_max. Nobody when the guess is too
    /// far off the target's place, or when 57 bits do not tell all apart. At least ranked_max ids
    /// are there.
    [[nodiscard]] ranking holding(std::size_t wanted, std::size_t guess) const noexcept {
        std::size_t const place = place_near(guess);
        ranking r = ranked_from(place - std::min(place, ranked_max / 2));
        std::uint64_t const enough =
            subtree_of(detail::distance_max_of(detail::nth(r.sorted_, wanted - 1)));
        r.keep_within(enough);
        bool whole = is_whole(r);
        if (!whole) {
            r = ranked_from(first_if_moved(r));
            r.keep_within(enough);
            if (!is_whole(r)) r.keep_within(enough / 2);
            whole = is_whole(r);
        }
        if (!whole || !detail::all_differ(r.sorted_)) r.size_ = 0;
        return r;
    }

    /// Nobody, but there where the target would stand. O(log size).
    [[nodiscard]] stretch place() const noexcept {
        std::size_t first = 0;
        for (std::size_t step = size_; step > 0;) {
            std::size_t const half = step / 2;
            bool const smaller = id_at_(first + half) < target_;
            first += smaller ? half + 1 : 0;
            step = smaller ? step - half - 1 : half;
        }
        return {first, first};
    }

    /// All who share as many bits with the target as the first one outside does who shares most:
    /// the next larger subtree that holds more. They are those of `s`, and others on one side of it
    /// unless `s` is empty.
    [[nodiscard]] stretch wider(stretch s) const noexcept {
        std::uint64_t const limit =
            subtree_of(std::min(s.first > 0 ? distance(s.first - 1) : farthest,
                                s.last < size_ ? distance(s.last) : farthest));
        while (s.first > 0 && distance(s.first - 1) <= limit)
            --s.first;
        while (s.last < size_ && distance(s.last) <= limit)
            ++s.last;
        return s;
    }

private:
    static constexpr std::uint64_t farthest = ~std::uint64_t{0};

    [[nodiscard]] std::uint64_t high_bits(std::size_t at) const noexcept {
        return id_at_(at).high_bits();
    }

    [[nodiscard]] std::uint64_t distance(std::size_t at) const noexcept {
        return high_bits(at) ^ head_;
    }

    /// The largest distance that shares as many leading bits with the target as that one.
    static std::uint64_t subtree_of(std::uint64_t distance) noexcept {
        return farthest >> std::countl_zero(distance | 1);
    }

    /// Where the target would stand, or the next place, when that is not far off the guess: from
    /// every other one of the ids around it.
    [[nodiscard]] std::size_t place_near(std::size_t guess) const noexcept {
        std::size_t place = std::min(guess - std::min(guess, ranked_max / 2), size_ - ranked_max);
        std::size_t smaller = 0;
        for (std::size_t i = 0; i < ranked_max; i += 2)
            smaller += high_bits(place + i) < head_ ? 2U : 0U;
        return place + smaller;
    }

    /// Those from there on, or from before it where the list ends. Not inlined: twice in holding().
    [[nodiscard, gnu::noinline]] ranking ranked_from(std::size_t first) const noexcept {
        ranking r;
        r.first_ = std::min(first, size_ - ranked_max);
        for (std::size_t i = 0; i < r.sorted_.size(); ++i)
            r.sorted_[i] = detail::rankable(
                detail::word_pair{distance(r.first_ + i), distance(r.first_ + i + 8)},
                detail::word_pair{i, i + 8});
        detail::sort_16(r.sorted_);
        return r;
    }

    [[nodiscard]] bool reaches_below(ranking const& r) const noexcept {
        return r.first_ > 0 && distance(r.first_ - 1) <= r.limit_;
    }

    /// Is nobody of the subtree outside?
    [[nodiscard]] bool is_whole(ranking const& r) const noexcept {
        std::size_t const last = r.first_ + ranked_max;
        return !reaches_below(r) && (last == size_ || distance(last) > r.limit_);
    }

    /// Those who are not of the subtree are on one side, if others of it are outside on the other.
    [[nodiscard]] std::size_t first_if_moved(ranking const& r) const noexcept {
        std::size_t const strangers = ranked_max - r.size_;
        return reaches_below(r) ? r.first_ - std::min(r.first_, strangers) : r.first_ + strangers;
    }

    std::size_t size_;
    std::uint64_t head_;
    key<Bits> const& target_;
    IdAt const& id_at_;
};

namespace detail {

/// Those who are not in `seen`, which is a subtree around the target or nobody.
template <std::size_t Bits, class IdAt, class Visit>
[[gnu::noinline]] bool visit_beyond(vicinity_of<Bits, IdAt> const& around, stretch seen,
                                    Visit& visit) {
    if (seen.size() == 0) seen = around.place();
    while (seen.size() < around.size()) {
        stretch const all = around.wider(seen);
        bool const below = all.first < seen.first;
        std::size_t const first = below ? all.first : seen.last;
        std::size_t const last = below && seen.size() > 0 ? seen.first : all.last;
        if (!visit_closest(first, last, around.target(), around.id_at(), visit)) return false;
        seen = all;
    }
    return true;
}

} // namespace detail

/// As visit_closest over all `size` ids, for who wants few of them: `wanted` is how many, or a
/// guess; and about `guess` of them are smaller than the target. O(1) for the first `wanted` (at
/// most 8) of random ids.
template <std::size_t Bits, class IdAt, class Visit>
[[gnu::flatten]] bool visit_nearest(std::size_t size, std::size_t guess, key<Bits> const& target,
                                    std::size_t wanted, IdAt const& id_at, Visit&& visit) {
    using vicinity = vicinity_of<Bits, IdAt>;
    vicinity const around{size, target, id_at};
    if (size < vicinity::ranked_max) return detail::visit_beyond(around, {}, visit);
    auto const near =
        around.holding(std::clamp<std::size_t>(wanted, 1, vicinity::wanted_max), guess);
    for (std::size_t n = 0; n < near.size(); ++n)
        if (!visit(near[n])) return false;
    return detail::visit_beyond(around, near.span(), visit);
}

} // namespace dht::inline DHT_ABI

#endif
