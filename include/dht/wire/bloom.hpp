#ifndef DHT_WIRE_BLOOM_HPP
#define DHT_WIRE_BLOOM_HPP

#include <dht/base/address.hpp>
#include <dht/crypto/hash.hpp>

namespace dht::inline DHT_ABI {

namespace detail {

/// ln x for x >= 1, to about 1e-15: halved until below 2, then 2 atanh((x - 1) / (x + 1)) as a
/// series. <cmath> would cost everybody who includes this more than all the rest of it.
constexpr double natural_log(double x) noexcept {
    double sum = 0;
    while (x >= 2) {
        sum += 0.69314718055994530942; // ln 2
        x /= 2;
    }
    double const y = (x - 1) / (x + 1);
    double power = 2 * y;
    for (int odd = 1; odd < 33; odd += 2) {
        sum += power / odd;
        power *= y * y;
    }
    return sum;
}

} // namespace detail

/// The set of addresses that scrapes count with (BEP 33): 2048 bits, two of them per address.
/// Filters of many nodes are united before they are counted, so that nobody counts twice.
class bloom_filter {
public:
    static constexpr std::size_t size_bytes = 256;
    static constexpr std::size_t size_bits = 8 * size_bytes;

    constexpr bloom_filter() noexcept = default;

    /// From the 256 bytes of "BFsd" or "BFpe"; empty when they are fewer or more.
    explicit bloom_filter(byte_view bytes) noexcept {
        if (bytes.size() == size_bytes) std::memcpy(bytes_.data(), bytes.data(), size_bytes);
    }

    void insert(address const& a) noexcept { insert_hash(sha1_of(a.bytes())); }

    void insert_hash(sha1_digest const& hash) noexcept {
        set(index_at(hash, 0));
        set(index_at(hash, 2));
    }

    [[nodiscard]] bool may_hold(address const& a) const noexcept {
        sha1_digest const hash = sha1_of(a.bytes());
        return is_set(index_at(hash, 0)) && is_set(index_at(hash, 2));
    }

    void unite(bloom_filter const& other) noexcept {
        for (std::size_t i = 0; i < size_bytes; ++i)
            bytes_[i] |= other.bytes_[i];
    }

    [[nodiscard]] std::size_t zero_bits() const noexcept {
        std::size_t ones = 0;
        for (std::byte const b : bytes_)
            ones += static_cast<std::size_t>(std::popcount(std::to_integer<unsigned char>(b)));
        return size_bits - ones;
    }

    /// How many addresses it probably holds. BEP 33 gives half an address for none, and breaks down
    /// near 8000: a full filter counts as one with a single zero bit left.
    [[nodiscard]] double estimate() const noexcept {
        constexpr double m = size_bits;
        std::size_t const counted = zero_bits();
        auto const zeros = static_cast<double>(counted < 1           ? 1
                                               : counted < size_bits ? counted
                                                                     : size_bits - 1);
        return detail::natural_log(m / zeros) / (2 * detail::natural_log(m / (m - 1)));
    }

    [[nodiscard]] std::array<std::byte, size_bytes> const& bytes() const noexcept { return bytes_; }

private:
    /// BEP 33 reads the index with its low byte first, unlike everything else in Mainline.
    static std::size_t index_at(sha1_digest const& hash, std::size_t at) noexcept {
        auto const low = std::to_integer<std::size_t>(hash[at]);
        auto const high = std::to_integer<std::size_t>(hash[at + 1]);
        return (low | high << 8U) % size_bits;
    }

    static std::byte mask_of(std::size_t bit) noexcept {
        return std::byte{1} << static_cast<int>(bit % 8);
    }

    void set(std::size_t bit) noexcept { bytes_[bit / 8] |= mask_of(bit); }

    [[nodiscard]] bool is_set(std::size_t bit) const noexcept {
        return (bytes_[bit / 8] & mask_of(bit)) != std::byte{0};
    }

    std::array<std::byte, size_bytes> bytes_{};
};

} // namespace dht::inline DHT_ABI

#endif
