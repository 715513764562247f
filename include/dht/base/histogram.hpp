#ifndef DHT_BASE_HISTOGRAM_HPP
#define DHT_BASE_HISTOGRAM_HPP

#include <dht/config.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace dht::inline DHT_ABI {

/// How often which values of 32 bits came, in 1 920 bytes: eight bins per power of two, so that a
/// quantile is off by at most an eighth whatever the values are (log-linear, like HdrHistogram).
/// Adding is O(1).
class histogram {
public:
    static constexpr std::size_t bin_count = 240;

    void add(std::uint32_t value) noexcept {
        ++bins_[bin_of(value)];
        ++count_;
        sum_ += value;
        if (value > max_) max_ = value;
    }

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    [[nodiscard]] std::uint64_t sum() const noexcept { return sum_; }

    [[nodiscard]] std::uint32_t max() const noexcept { return max_; }

    /// The largest value that may stand in the bin that this share (0..1) of the values reaches; 0
    /// when there are none.
    [[nodiscard]] std::uint32_t quantile(double share) const noexcept {
        double const wanted = share * static_cast<double>(count_);
        std::uint64_t seen = 0;
        for (std::size_t bin = 0; bin < bin_count; ++bin) {
            seen += bins_[bin];
            if (seen > 0 && static_cast<double>(seen) >= wanted)
                return last_of(bin) < max_ ? last_of(bin) : max_;
        }
        return max_;
    }

    /// f(largest value of the bin, how many) for each bin that has any, ascending: for exporters.
    template <class F>
    void for_each_bin(F&& f) const {
        for (std::size_t bin = 0; bin < bin_count; ++bin)
            if (bins_[bin] > 0) f(last_of(bin), bins_[bin]);
    }

private:
    /// A value is cut to its first four bits; how many were cut off counts eight bins each.
    static constexpr std::size_t bin_of(std::uint32_t value) noexcept {
        unsigned const cut = value < 8 ? 0 : static_cast<unsigned>(std::bit_width(value)) - 4;
        return 8 * cut + (value >> cut);
    }

    static constexpr std::uint32_t last_of(std::size_t bin) noexcept {
        std::size_t const cut = bin < 16 ? 0 : bin / 8 - 1;
        std::uint64_t const behind = (std::uint64_t{bin} - 8 * cut + 1) << cut;
        return static_cast<std::uint32_t>(behind - 1);
    }

    std::array<std::uint64_t, bin_count> bins_{};
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint32_t max_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
