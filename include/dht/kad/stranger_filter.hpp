#ifndef DHT_KAD_STRANGER_FILTER_HPP
#define DHT_KAD_STRANGER_FILTER_HPP

#include <dht/base/thin_vector.hpp>
#include <dht/kad/key.hpp>

namespace dht::inline DHT_ABI {

/// Tells most strangers at a glance from those that a table holds: nearly all who ask are
/// strangers, and to find out by searching takes many times as long. A bit for each value of a few
/// bits of an id, 4 for each id and some more: at least three of four strangers are told. Who is
/// forgotten leaves his bit behind until all are added anew. Ids that were chosen to pass gain
/// nothing, they are searched for.
template <std::size_t Bits>
class stranger_filter {
public:
    /// False: certainly not. O(1).
    [[nodiscard]] bool may_hold(key<Bits> const& id) const noexcept {
        if (words_.empty()) return false;
        std::uint32_t const bit = bit_of(id);
        return (words_[bit / word_bits] >> bit % word_bits & 1U) != 0;
    }

    /// There is room.
    void add(key<Bits> const& id) noexcept {
        std::uint32_t const bit = bit_of(id);
        words_[bit / word_bits] |= std::uint64_t{1} << bit % word_bits;
        ++added_;
    }

    /// False: start anew, and add all.
    [[nodiscard]] bool has_room() const noexcept { return added_ < words_.size() * word_bits / 4; }

    /// Holds nobody, and has room for so many and one in sixteen more, at least.
    void start_anew(std::size_t ids) {
        words_.assign(words_for(ids), 0);
        added_ = 0;
    }

    /// Starting anew with so many will not allocate.
    void reserve(std::size_t ids) { words_.reserve(words_for(ids)); }

    void shrink_to_fit() { words_.shrink_to_fit(); }

private:
    static constexpr std::uint32_t word_bits = 64;

    static std::size_t words_for(std::size_t ids) noexcept { return ids / 15 + 1; }

    /// Of bits that are at random in ids of BEP 42, too, and far behind those that neighbours
    /// share.
    [[nodiscard]] std::uint32_t bit_of(key<Bits> const& id) const noexcept {
        auto const* const from = id.bytes.data() + id.size_bytes - 2 * sizeof(std::uint32_t);
        std::uint64_t const random = load_big_endian<std::uint32_t>(from);
        return static_cast<std::uint32_t>(random * words_.size() * word_bits >> 32U);
    }

    thin_vector<std::uint64_t> words_;
    std::uint32_t added_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
