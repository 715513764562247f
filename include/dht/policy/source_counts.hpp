#ifndef DHT_POLICY_SOURCE_COUNTS_HPP
#define DHT_POLICY_SOURCE_COUNTS_HPP

#include <dht/base/dense_map.hpp>

namespace dht::inline DHT_ABI::detail {

/// How much of what is kept came from whom, in 6 bytes each: instead of a source a keyed print of
/// 32 bits is kept. Two sources of one print, one pair in 2^32, are counted together.
class source_counts {
public:
    explicit source_counts(hash_key secret = {}) noexcept : secret_{secret} {}

    [[nodiscard]] std::size_t sources() const noexcept { return used_; }

    [[nodiscard]] std::uint16_t operator[](std::uint64_t source) const noexcept {
        return places_.empty() ? std::uint16_t{0} : places_[find(print_of(source))].count;
    }

    /// The caller counts no further than 65 535.
    void add(std::uint64_t source) {
        if (5 * (used_ + 1) > 4 * places_.size()) rebuild(places_.size() + places_.size() / 4 + 8);
        std::uint32_t const print = print_of(source);
        place& p = places_[find(print)];
        if (p.count == 0) {
            p = place{print};
            ++used_;
        }
        ++p.count;
    }

    /// It was added before.
    void remove(std::uint64_t source) {
        std::size_t const i = find(print_of(source));
        if (--places_[i].count > 0) return;
        --used_;
        close_gap(i);
        if (3 * used_ + 24 < places_.size()) rebuild(2 * used_ + 8);
    }

    /// It will be asked for soon.
    void expect(std::uint64_t source) const noexcept {
        if (!places_.empty()) __builtin_prefetch(&places_[home(print_of(source))]);
    }

private:
    /// In halves, for the sake of 6 bytes.
    struct place {
        place() noexcept = default;

        explicit place(std::uint32_t print) noexcept
            : high{static_cast<std::uint16_t>(print >> 16U)},
              low{static_cast<std::uint16_t>(print)} {}

        [[nodiscard]] std::uint32_t print() const noexcept {
            return std::uint32_t{high} << 16U | low;
        }

        std::uint16_t high = 0;
        std::uint16_t low = 0;
        std::uint16_t count = 0; // 0: free
    };

    static_assert(sizeof(place) == 6);

    [[nodiscard]] std::uint32_t print_of(std::uint64_t source) const noexcept {
        return static_cast<std::uint32_t>(object_hash{}(secret_, source));
    }

    [[nodiscard]] std::size_t home(std::uint32_t print) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{print} * places_.size() >> 32U);
    }

    [[nodiscard]] std::size_t after(std::size_t i) const noexcept {
        return i + 1 == places_.size() ? 0 : i + 1;
    }

    /// Where it is, or where it would be. A fifth of the places is always free.
    [[nodiscard]] std::size_t find(std::uint32_t print) const noexcept {
        std::size_t i = home(print);
        while (places_[i].count > 0 && places_[i].print() != print)
            i = after(i);
        return i;
    }

    /// How many places it is from one to another, around the end of the table.
    [[nodiscard]] std::size_t way_from(std::size_t from, std::size_t to) const noexcept {
        return to >= from ? to - from : to + places_.size() - from;
    }

    /// Backward-shift deletion, as in dense_map.
    void close_gap(std::size_t gap) noexcept {
        for (std::size_t i = after(gap); places_[i].count > 0; i = after(i)) {
            if (way_from(home(places_[i].print()), i) < way_from(gap, i)) continue;
            places_[gap] = std::exchange(places_[i], place{});
            gap = i;
        }
    }

    void rebuild(std::size_t size) {
        thin_vector<place> const old = std::exchange(places_, thin_vector<place>(size));
        for (place const& p : old)
            if (p.count > 0) places_[find(p.print())] = p;
    }

    thin_vector<place> places_;
    std::size_t used_ = 0;
    hash_key secret_;
};

} // namespace dht::inline DHT_ABI::detail

#endif
