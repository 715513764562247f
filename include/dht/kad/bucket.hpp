#ifndef DHT_KAD_BUCKET_HPP
#define DHT_KAD_BUCKET_HPP

#include <dht/kad/contact.hpp>

#include <vector>

namespace dht::inline DHT_ABI {

inline constexpr std::size_t bucket_capacity_max = 128;

/// How many live contacts a bucket holds by its depth, and how many spares wait behind each.
struct bucket_capacities {
    std::array<std::uint8_t, 4> shallow{128, 64, 32, 16}; ///< depth 0..3, at most 128 each
    std::uint8_t deep = 8;                                ///< Kademlia's k
    std::uint8_t spares = 8;

    [[nodiscard]] constexpr std::size_t at(unsigned depth) const noexcept {
        return depth < shallow.size() ? shallow[depth] : deep;
    }
};

/// Which of `slots` (rounded down to a power of two) subtrees below bit `first` the id falls into.
/// Keeping one contact per slot spreads a bucket over all of its range.
template <std::size_t Bits>
constexpr std::size_t prefix_slot(key<Bits> const& id, unsigned first, std::size_t slots) noexcept {
    std::size_t slot = 0;
    for (std::size_t width = slots; width > 1; width /= 2, ++first)
        slot = 2 * slot + (first < Bits && id.bit(first) ? 1U : 0U);
    return slot;
}

inline constexpr std::uint16_t no_entry = 0xffff;

/// A contact in the arena, chained into one list of one bucket.
template <std::size_t Bits>
struct bucket_entry {
    basic_contact<Bits> value;
    std::uint16_t next = no_entry;
    std::uint16_t generation : 15 = 1;
    std::uint16_t live : 1 = 0;
};

struct entry_list {
    std::uint16_t first = no_entry;
    std::uint16_t size = 0;
};

struct bucket {
    entry_list live;
    entry_list spare;
};

/// All contacts of one table, in one growing array with stable positions. Freed places are reused,
/// last in first out; their generation tells old handles from new ones.
template <std::size_t Bits>
class contact_arena {
public:
    using entry = bucket_entry<Bits>;

    [[nodiscard]] std::size_t size() const noexcept { return used_; }

    entry& operator[](std::uint16_t at) noexcept { return entries_[at]; }

    entry const& operator[](std::uint16_t at) const noexcept { return entries_[at]; }

    [[nodiscard]] std::uint16_t index_of(entry const& e) const noexcept {
        return static_cast<std::uint16_t>(&e - entries_.data());
    }

    [[nodiscard]] contact_handle handle_at(std::uint16_t at) const noexcept {
        return {at, entries_[at].generation};
    }

    [[nodiscard]] bool holds(contact_handle h) const noexcept {
        return h.index < entries_.size() && entries_[h.index].generation == h.generation &&
               in_use(entries_[h.index]);
    }

    /// no_entry when 65534 contacts are there.
    std::uint16_t take(basic_contact<Bits> const& c, bool live) {
        std::uint16_t at = free_;
        if (at != no_entry) {
            free_ = entries_[at].next;
        } else {
            if (entries_.size() >= no_entry - 1U) return no_entry;
            at = static_cast<std::uint16_t>(entries_.size());
            entries_.emplace_back();
        }
        entries_[at].value = c;
        entries_[at].live = live;
        ++used_;
        return at;
    }

    void release(std::uint16_t at) noexcept {
        entry& e = entries_[at];
        e.value.at.port = 0; // no contact has port 0: marks a free place
        e.generation = static_cast<std::uint16_t>(e.generation % 0x7fffU + 1U);
        e.live = 0;
        e.next = free_;
        free_ = at;
        --used_;
    }

    /// Frees every place: no handle given out before names anything any more.
    void clear() noexcept {
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (in_use(entries_[i])) release(static_cast<std::uint16_t>(i));
    }

    void push(entry_list& list, std::uint16_t at) noexcept {
        entries_[at].next = list.first;
        list.first = at;
        ++list.size;
    }

    void unlink(entry_list& list, std::uint16_t at) noexcept {
        std::uint16_t* link = &list.first;
        while (*link != at)
            link = &entries_[*link].next;
        *link = entries_[at].next;
        --list.size;
    }

    template <class F>
    void for_each(F&& f) const {
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (in_use(entries_[i])) f(static_cast<std::uint16_t>(i), entries_[i]);
    }

private:
    static bool in_use(entry const& e) noexcept { return e.value.at.port != 0; }

    std::vector<entry> entries_;
    std::size_t used_ = 0;
    std::uint16_t free_ = no_entry;
};

} // namespace dht::inline DHT_ABI

#endif
