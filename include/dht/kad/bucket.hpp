#ifndef DHT_KAD_BUCKET_HPP
#define DHT_KAD_BUCKET_HPP

#include <dht/kad/contact.hpp>

#include <utility>
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

/// A contact in the arena, chained into one list of one bucket, and to who shares its hashes.
template <std::size_t Bits>
struct bucket_entry {
    basic_contact<Bits> value;
    std::uint16_t next = no_entry;
    std::uint16_t next_by_id = no_entry;
    std::uint16_t next_by_place = no_entry;
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

/// What contacts are grouped by beside their ids, so that limits of subnets look at few of them.
enum class grouping : std::uint8_t { by_provider, by_endpoint };

/// All contacts of one table, in one growing array with stable positions. Freed places are reused,
/// last in first out; their generation tells old handles from new ones. Finding by id or by place
/// is O(1) on average: chains of those that share a hash, two bytes each. (Who makes up ids or
/// addresses for a long chain makes it as long as the table at most.)
template <std::size_t Bits>
class contact_arena {
public:
    using entry = bucket_entry<Bits>;

    explicit contact_arena(grouping places) noexcept : places_{places} {}

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
        if (used_ > by_id_.size()) return chain_all(), at;
        chain(at);
        return at;
    }

    void release(std::uint16_t at) noexcept {
        entry& e = entries_[at];
        unchain(at, by_id_[hash_of(e.value.id)], &entry::next_by_id);
        unchain(at, by_place_[hash_of(e.value.at)], &entry::next_by_place);
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

    [[nodiscard]] std::uint16_t find(key<Bits> const& id) const noexcept {
        if (used_ == 0) return no_entry;
        std::uint16_t at = by_id_[hash_of(id)];
        while (at != no_entry && entries_[at].value.id != id)
            at = entries_[at].next_by_id;
        return at;
    }

    template <class F>
    void for_each(F&& f) const {
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (in_use(entries_[i])) f(static_cast<std::uint16_t>(i), entries_[i]);
    }

    /// Everybody of the provider of `e` (or at `e`, if that is the grouping), and perhaps others.
    template <class F>
    void for_each_beside(endpoint const& e, F&& f) const {
        if (used_ == 0) return;
        for (std::uint16_t at = by_place_[hash_of(e)]; at != no_entry;
             at = entries_[at].next_by_place)
            f(at, entries_[at]);
    }

private:
    static bool in_use(entry const& e) noexcept { return e.value.at.port != 0; }

    /// The last bytes: the first are alike in deep buckets.
    [[nodiscard]] std::size_t hash_of(key<Bits> const& id) const noexcept {
        return load_big_endian<std::uint32_t>(&id.bytes[Bits / 8 - 4]) & (by_id_.size() - 1);
    }

    [[nodiscard]] std::size_t hash_of(endpoint const& e) const noexcept {
        byte_view const ip = e.ip.bytes();
        std::uint64_t place = ip.size() == 4 ? load_big_endian<std::uint16_t>(ip.data())
                                             : load_big_endian<std::uint64_t>(ip.data()) >> 16U;
        if (places_ == grouping::by_endpoint)
            place =
                std::uint64_t{e.port} << 32U | load_big_endian<std::uint32_t>(&ip[ip.size() - 4]);
        constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
        return static_cast<std::size_t>(place * golden >> 32U) & (by_place_.size() - 1);
    }

    void chain(std::uint16_t at) noexcept {
        entry& e = entries_[at];
        e.next_by_id = std::exchange(by_id_[hash_of(e.value.id)], at);
        e.next_by_place = std::exchange(by_place_[hash_of(e.value.at)], at);
    }

    void unchain(std::uint16_t at, std::uint16_t& first, std::uint16_t entry::*next) noexcept {
        std::uint16_t* link = &first;
        while (*link != at)
            link = &(entries_[*link].*next);
        *link = entries_[at].*next;
    }

    /// There are more contacts than chains: twice as many chains.
    void chain_all() {
        std::size_t const chains = by_id_.empty() ? 8 : 2 * by_id_.size();
        by_id_.assign(chains, no_entry);
        by_place_.assign(chains, no_entry);
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (in_use(entries_[i])) chain(static_cast<std::uint16_t>(i));
    }

    std::vector<entry> entries_;
    std::vector<std::uint16_t> by_id_;    // first of each chain; as many as a power of two
    std::vector<std::uint16_t> by_place_; // the same
    std::size_t used_ = 0;
    std::uint16_t free_ = no_entry;
    grouping places_;
};

} // namespace dht::inline DHT_ABI

#endif
