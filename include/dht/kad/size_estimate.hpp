#ifndef DHT_KAD_SIZE_ESTIMATE_HPP
#define DHT_KAD_SIZE_ESTIMATE_HPP

#include <dht/kad/key.hpp>

namespace dht::inline DHT_ABI {

/// How many nodes the network has, from how far the closest ones to random targets are. In a
/// network of n uniform ids the i-th closest lies at distance i/n of the key space on average;
/// least squares over the first k gives 1/n (Sohl 2020; relative standard deviation about
/// 0.39/sqrt(lookups) for k = 8). Lookups count with weight 1/count until `memory` of them are in,
/// then as a moving average.
class size_estimate {
public:
    explicit size_estimate(unsigned memory = 64) noexcept : memory_{memory} {}

    /// One finished lookup: the ids that were found closest, closest first. Needs at least two.
    template <class Key, class Ids>
    void observe(Key const& target, Ids const& ids) noexcept {
        double weighted = 0;
        double squares = 0;
        double i = 1;
        for (auto const& id : ids) {
            weighted += i * fraction(id ^ target);
            squares += i * i;
            i += 1;
        }
        if (i < 3 || weighted <= 0) return;
        if (count_ < memory_) ++count_;
        spacing_ += (weighted / squares - spacing_) / count_;
    }

    /// 0: not known yet.
    [[nodiscard]] double nodes() const noexcept { return count_ == 0 ? 0 : 1 / spacing_; }

    [[nodiscard]] unsigned lookups() const noexcept { return count_; }

    /// How many nodes are closer to any target than that, on average.
    [[nodiscard]] double expected_within(key<160> const& distance) const noexcept {
        return count_ == 0 ? 0 : fraction(distance) / spacing_;
    }

    /// An estimate from so many nodes, all of them counted, would deviate as much: 1/sqrt of it.
    /// 0 while too few lookups stand behind it to rely on it.
    [[nodiscard]] unsigned certainty() const noexcept {
        constexpr unsigned per_lookup = 7; // 1 / 0.377^2: of the eight closest
        return count_ < lookups_min ? 0 : per_lookup * count_;
    }

    /// Within which distance of any target `nodes` nodes lie on average; zero while too few lookups
    /// stand behind the estimate to rely on it.
    [[nodiscard]] key<160> reach(double nodes) const noexcept {
        constexpr double two_to_64 = 18446744073709551616.0;
        key<160> distance;
        if (count_ < lookups_min) return distance;
        double const high = nodes * spacing_ * two_to_64;
        bool const everywhere = !(high < two_to_64);
        store_big_endian(distance.bytes.data(),
                         everywhere ? ~std::uint64_t{0} : static_cast<std::uint64_t>(high));
        return distance;
    }

    /// Continues from an earlier run (see snapshot). Nothing, when there cannot be so many nodes.
    void restore(double nodes, unsigned lookups) noexcept {
        if (!(nodes >= 1 && nodes <= 0x1p63)) return;
        spacing_ = 1 / nodes;
        count_ = lookups < memory_ ? lookups : memory_;
    }

private:
    static constexpr unsigned lookups_min = 4;

    template <std::size_t Bits>
    static double fraction(key<Bits> const& distance) noexcept {
        constexpr double two_to_64 = 18446744073709551616.0;
        return (static_cast<double>(distance.high_bits()) + 0.5) / two_to_64;
    }

    double spacing_ = 0; // mean distance between neighbours, as a fraction of the key space
    unsigned count_ = 0;
    unsigned memory_;
};

} // namespace dht::inline DHT_ABI

#endif
