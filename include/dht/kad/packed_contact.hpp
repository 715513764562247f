#ifndef DHT_KAD_PACKED_CONTACT_HPP
#define DHT_KAD_PACKED_CONTACT_HPP

#include <dht/base/thin_vector.hpp>
#include <dht/kad/bucket.hpp>
#include <dht/kad/contact.hpp>

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
    if (v.size() == v.capacity()) v.reserve(v.size() + v.size() / 16 + 16);
}

/// Addresses by position, in 4 bytes each while all are of IPv4, and in 16 afterwards.
class address_column {
public:
    [[nodiscard]] address operator[](std::size_t i) const noexcept {
        std::byte const* const from = bytes_.begin() + i * width_;
        if (width_ == narrow) return address::from({from, narrow});
        address a;
        std::memcpy(&a, from, wide);
        return a;
    }

    /// Over one that is there, or behind the last.
    void put(std::size_t i, address const& a) {
        if (width_ == narrow && !a.is_v4()) widen();
        if (i * width_ >= bytes_.size()) append();
        std::byte const* const from = width_ == narrow ? a.bytes().data() : raw_bytes(a);
        std::memcpy(bytes_.begin() + i * width_, from, width_);
    }

private:
    static constexpr std::size_t narrow = 4;
    static constexpr std::size_t wide = sizeof(address);

    static std::byte const* raw_bytes(address const& a) noexcept {
        return reinterpret_cast<std::byte const*>(&a);
    }

    void append() {
        for (std::size_t i = 0; i < width_; ++i) {
            grow_slowly(bytes_);
            bytes_.push_back({});
        }
    }

    void widen() {
        address_column wider;
        wider.width_ = wide;
        for (std::size_t i = 0; i < bytes_.size() / narrow; ++i)
            wider.put(i, (*this)[i]);
        *this = std::move(wider);
    }

    thin_vector<std::byte> bytes_;
    std::size_t width_ = narrow;
};

/// A contact in the arena but for its address, chained into one list of one bucket, and to who
/// shares its hashes. 36 bytes for 160-bit keys.
template <std::size_t Bits>
struct packed_contact {
    key<Bits> id{};
    std::uint16_t port = 0; ///< no contact has port 0: marks a free place
    std::uint16_t rtt_ms = 0;
    std::uint16_t last_reply = 0; ///< of recent_times
    std::uint16_t last_heard = 0;
    std::uint16_t next = no_entry;
    std::uint16_t next_by_id = no_entry;
    std::uint16_t next_by_place = no_entry;
    std::uint8_t failures = 0;
    std::uint8_t plausible : 1 = 0;
    std::uint8_t live : 1 = 0;
    std::uint8_t generation : 6 = 1; ///< 1 .. 63

    [[nodiscard]] bool in_use() const noexcept { return port != 0; }

    [[nodiscard]] bool verified() const noexcept { return last_reply != 0; }

    void take_next_generation() noexcept { generation = (generation % 63U + 1U) & 63U; }
};

} // namespace dht::inline DHT_ABI::detail

#endif
