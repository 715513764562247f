#ifndef DHT_KAD_PACKED_CONTACT_HPP
#define DHT_KAD_PACKED_CONTACT_HPP

#include <dht/base/thin_vector.hpp>
#include <dht/kad/bucket.hpp>
#include <dht/kad/contact.hpp>

#include <bit>

/// How a table keeps thousands of contacts in few bytes.
namespace dht::inline DHT_ABI::detail {

/// Coarse times in 2 bytes, 0: never. They count from an epoch that follows the latest of them in
/// steps of nine hours, so that the last nine are always told apart to the second; what is older
/// counts as that old, which is beyond all that anybody asks of a contact.
class recent_times {
public:
    [[nodiscard]] coarse_time unpacked(std::uint16_t packed) const noexcept {
        return static_cast<coarse_time>(packed == 0 ? 0 : epoch_s_ + packed);
    }

    [[nodiscard]] std::uint16_t packed(coarse_time t) const noexcept {
        if (t == coarse_time::unset) return 0;
        return static_cast<std::uint16_t>(number_of(t) > epoch_s_ ? number_of(t) - epoch_s_ : 1);
    }

    [[nodiscard]] bool covers(coarse_time t) const noexcept {
        return number_of(t) < epoch_s_ + 2 * step_s;
    }

    /// Lets the epoch follow. Whatever was packed before is to be put through the result:
    /// older(packed).
    auto move_to(coarse_time latest) noexcept {
        std::uint32_t const epoch_s = (number_of(latest) / step_s - 1) * step_s;
        std::uint32_t const by_s = epoch_s - std::exchange(epoch_s_, epoch_s);
        return [by_s](std::uint16_t packed) {
            if (packed == 0) return packed;
            return static_cast<std::uint16_t>(packed > by_s ? packed - by_s : 1);
        };
    }

private:
    static constexpr std::uint32_t step_s = 0x8000;

    static std::uint32_t number_of(coarse_time t) noexcept { return static_cast<std::uint32_t>(t); }

    std::uint32_t epoch_s_ = 0;
};

/// Makes room for one more where a vector would leave up to a third of its memory unused.
template <class T>
void grow_slowly(thin_vector<T>& v) {
    if (v.size() == v.capacity()) v.reserve(v.size() + v.size() / 32 + 4);
}

/// Milliseconds in 11 bits: exact below 256, then to one part in 256. A smoothed round trip comes
/// within 4 % of what it follows.
constexpr std::uint16_t packed_rtt_unknown = 0x7ff;

constexpr std::uint16_t packed_rtt(std::uint16_t ms) noexcept {
    if (ms == basic_contact<160>::rtt_unknown) return packed_rtt_unknown;
    if (ms < 128) return ms;
    auto const shift = static_cast<unsigned>(std::bit_width(ms)) - 8;
    unsigned const rounded = (ms + (1U << shift) / 2) >> shift; // 128 .. 256
    return static_cast<std::uint16_t>(128 * shift + rounded);
}

constexpr std::uint16_t unpacked_rtt(std::uint16_t packed) noexcept {
    if (packed == packed_rtt_unknown) return basic_contact<160>::rtt_unknown;
    if (packed < 128) return packed;
    unsigned const ms = (128U + packed % 128U) << (packed / 128U - 1);
    return static_cast<std::uint16_t>(ms < 0xfffe ? ms : 0xfffe);
}

/// Addresses by position, in 4 bytes each while all are of IPv4, and in 16 afterwards.
class address_column {
public:
    [[nodiscard]] std::size_t size() const noexcept { return bytes_.size() / width_; }

    [[nodiscard]] bool all_v4() const noexcept { return width_ == narrow; }

    /// While all are of IPv4.
    [[nodiscard]] std::uint32_t v4_value(std::size_t i) const noexcept {
        return load_big_endian<std::uint32_t>(bytes_.begin() + i * narrow);
    }

    [[nodiscard]] address operator[](std::size_t i) const noexcept {
        std::byte const* const from = bytes_.begin() + i * width_;
        if (width_ == narrow) return address::v4(v4_value(i));
        address a;
        std::memcpy(&a, from, wide);
        return a;
    }

    /// Over the one that is there.
    void put(std::size_t i, address const& a) {
        if (width_ == narrow && !a.is_v4()) widen();
        std::byte const* const from = width_ == narrow ? a.bytes().data() : raw_bytes(a);
        std::memcpy(bytes_.begin() + i * width_, from, width_);
    }

    /// Before position i. O(addresses behind it), as erase.
    void insert(std::size_t i, address const& a) {
        if (bytes_.size() == bytes_.capacity())
            bytes_.reserve(bytes_.size() + size() / 32 * width_ + 4 * width_);
        for (std::size_t n = 0; n < width_; ++n)
            bytes_.push_back({});
        std::byte* const at = bytes_.begin() + i * width_;
        std::move_backward(at, bytes_.end() - width_, bytes_.end());
        put(i, a);
    }

    /// So many of that family will fit without allocating.
    void reserve(std::size_t size, family f) {
        if (width_ == narrow && f == family::ipv6) widen();
        bytes_.reserve_widely(size * width_);
    }

    void shrink_to_fit() { bytes_.shrink_to_fit(); }

    void erase(std::size_t i) noexcept {
        std::byte* const at = bytes_.begin() + i * width_;
        std::move(at + width_, bytes_.end(), at);
        for (std::size_t n = 0; n < width_; ++n)
            bytes_.pop_back();
    }

private:
    static constexpr std::uint8_t narrow = 4;
    static constexpr std::uint8_t wide = sizeof(address);

    static std::byte const* raw_bytes(address const& a) noexcept {
        return reinterpret_cast<std::byte const*>(&a);
    }

    void widen() {
        address_column wider;
        wider.width_ = wide;
        for (std::size_t i = 0; i < size(); ++i)
            wider.insert(i, (*this)[i]);
        *this = std::move(wider);
    }

    thin_vector<std::byte> bytes_;
    std::uint8_t width_ = narrow; // the last: behind it is room for members of whom it is part
};

/// A contact but for its address: 28 bytes for 160-bit keys.
template <std::size_t Bits>
struct packed_contact {
    static constexpr unsigned failures_max = 15;

    key<Bits> id{};
    std::uint16_t port = 0;
    std::uint16_t last_reply = 0; ///< of recent_times
    std::uint16_t last_heard = 0;
    std::uint16_t rtt : 11 = packed_rtt_unknown;
    std::uint16_t failures : 4 = 0;
    std::uint16_t plausible : 1 = 0;

    [[nodiscard]] bool verified() const noexcept { return last_reply != 0; }
};

} // namespace dht::inline DHT_ABI::detail

#endif
