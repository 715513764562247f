#ifndef DHT_KAD_CONTACT_ARENA_HPP
#define DHT_KAD_CONTACT_ARENA_HPP

#include <dht/kad/bucket.hpp>
#include <dht/kad/packed_contact.hpp>

namespace dht::inline DHT_ABI {

/// What contacts are grouped by beside their ids, so that limits of subnets look at few of them.
enum class grouping : std::uint8_t { by_provider, by_endpoint };

/// All contacts of one table, packed, with stable positions: some 44 bytes each of IPv4, 56 of
/// IPv6. Freed places are reused, last in first out; their generation tells old handles from new
/// ones. Finding by id or by place is O(1) on average: chains of those that share a hash, two bytes
/// each. (Who makes up ids or addresses for a long chain makes it as long as the table at most.)
template <std::size_t Bits>
class contact_arena {
public:
    using entry = detail::packed_contact<Bits>;
    using contact_type = basic_contact<Bits>;

    explicit contact_arena(grouping places) noexcept : places_{places} {}

    [[nodiscard]] std::size_t size() const noexcept { return used_; }

    entry& operator[](std::uint16_t at) noexcept { return entries_[at]; }

    entry const& operator[](std::uint16_t at) const noexcept { return entries_[at]; }

    [[nodiscard]] address ip_of(std::uint16_t at) const noexcept { return ips_[at]; }

    [[nodiscard]] contact_type contact_at(std::uint16_t at) const noexcept {
        entry const& e = entries_[at];
        contact_type c{e.id, {ips_[at], e.port}, e.rtt_ms, e.failures, e.plausible != 0};
        c.last_reply = times_.unpacked(e.last_reply);
        c.last_heard = times_.unpacked(e.last_heard);
        return c;
    }

    /// What is known of the contact by now. Its id and endpoint stay.
    void renew(std::uint16_t at, contact_type const& c) noexcept {
        entry& e = entries_[at];
        e.rtt_ms = c.rtt_ms;
        e.failures = c.failures;
        e.plausible = c.plausible;
        e.last_reply = packed(c.last_reply);
        e.last_heard = packed(c.last_heard);
    }

    /// Its generation is how often the place was taken, modulo 63, and 24 bits of who has it now.
    [[nodiscard]] contact_handle handle_at(std::uint16_t at) const noexcept {
        entry const& e = entries_[at];
        return {at, tail_of(e.id) << 8U | e.generation};
    }

    [[nodiscard]] bool holds(contact_handle h) const noexcept {
        if (h.index >= entries_.size()) return false;
        auto const at = static_cast<std::uint16_t>(h.index);
        return entries_[at].in_use() && handle_at(at) == h;
    }

    /// no_entry when 65534 contacts are there.
    std::uint16_t take(contact_type const& c, bool live) {
        std::uint16_t const at = free_place();
        if (at == no_entry) return no_entry;
        ips_.put(at, c.at.ip);
        entry& e = entries_[at];
        e.id = c.id;
        e.port = c.at.port;
        e.live = live;
        renew(at, c);
        if (++used_ > contacts_per_chain * chains_.size())
            chain_all();
        else
            chain(at);
        return at;
    }

    void release(std::uint16_t at) noexcept {
        entry& e = entries_[at];
        unchain(at, chains_[hash_of(e.id)].by_id, &entry::next_by_id);
        unchain(at, chains_[hash_of(endpoint{ips_[at], e.port})].by_place, &entry::next_by_place);
        e.port = 0;
        e.take_next_generation();
        e.live = 0;
        e.next = free_;
        free_ = at;
        --used_;
    }

    /// Frees every place: no handle given out before names anything any more.
    void clear() noexcept {
        for_each([&](std::uint16_t at) { release(at); });
    }

    void push(entry_list& list, std::uint16_t at) noexcept {
        entries_[at].next = list.first;
        list.first = at;
        ++list.size;
    }

    void unlink(entry_list& list, std::uint16_t at) noexcept {
        unchain(at, list.first, &entry::next);
        --list.size;
    }

    [[nodiscard]] std::uint16_t find(key<Bits> const& id) const noexcept {
        if (used_ == 0) return no_entry;
        std::uint16_t at = chains_[hash_of(id)].by_id;
        while (at != no_entry && entries_[at].id != id)
            at = entries_[at].next_by_id;
        return at;
    }

    /// f(position)
    template <class F>
    void for_each(F&& f) const {
        for (std::size_t i = 0; i < entries_.size(); ++i)
            if (entries_[i].in_use()) f(static_cast<std::uint16_t>(i));
    }

    template <class F>
    void for_each_in(entry_list const& list, F&& f) const {
        for (std::uint16_t at = list.first; at != no_entry; at = entries_[at].next)
            f(at);
    }

    /// Everybody of the provider of `e` (or at `e`, if that is the grouping), and perhaps others.
    template <class F>
    void for_each_beside(endpoint const& e, F&& f) const {
        if (used_ == 0) return;
        std::uint16_t at = chains_[hash_of(e)].by_place;
        for (; at != no_entry; at = entries_[at].next_by_place)
            f(at);
    }

private:
    static constexpr std::size_t contacts_per_chain = 2; // on average, at most

    struct chains {
        std::uint16_t by_id = no_entry; // first of each
        std::uint16_t by_place = no_entry;
    };

    std::uint16_t free_place() {
        if (free_ != no_entry) return std::exchange(free_, entries_[free_].next);
        if (entries_.size() >= no_entry - 1U) return no_entry;
        detail::grow_slowly(entries_);
        entries_.push_back({});
        return static_cast<std::uint16_t>(entries_.size() - 1);
    }

    std::uint16_t packed(coarse_time t) noexcept {
        if (!times_.covers(t)) {
            auto const older = times_.move_to(t);
            for (std::size_t i = 0; i < entries_.size(); ++i) {
                entries_[i].last_reply = older(entries_[i].last_reply);
                entries_[i].last_heard = older(entries_[i].last_heard);
            }
        }
        return times_.packed(t);
    }

    /// The last bytes: the first are alike in deep buckets.
    static std::uint32_t tail_of(key<Bits> const& id) noexcept {
        return load_big_endian<std::uint32_t>(&id.bytes[Bits / 8 - 4]);
    }

    [[nodiscard]] std::size_t hash_of(key<Bits> const& id) const noexcept {
        return tail_of(id) & (chains_.size() - 1);
    }

    [[nodiscard]] std::size_t hash_of(endpoint const& e) const noexcept {
        byte_view const ip = e.ip.bytes();
        std::uint64_t place = ip.size() == 4 ? load_big_endian<std::uint16_t>(ip.data())
                                             : load_big_endian<std::uint64_t>(ip.data()) >> 16U;
        if (places_ == grouping::by_endpoint)
            place =
                std::uint64_t{e.port} << 32U | load_big_endian<std::uint32_t>(&ip[ip.size() - 4]);
        constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
        return static_cast<std::size_t>(place * golden >> 32U) & (chains_.size() - 1);
    }

    void chain(std::uint16_t at) noexcept {
        entry& e = entries_[at];
        std::size_t const place = hash_of(endpoint{ips_[at], e.port});
        e.next_by_id = std::exchange(chains_[hash_of(e.id)].by_id, at);
        e.next_by_place = std::exchange(chains_[place].by_place, at);
    }

    void unchain(std::uint16_t at, std::uint16_t& first, std::uint16_t entry::*next) noexcept {
        std::uint16_t* link = &first;
        while (*link != at)
            link = &(entries_[*link].*next);
        *link = entries_[at].*next;
    }

    /// There are too many contacts for the chains: twice as many chains.
    void chain_all() {
        chains_.assign(chains_.empty() ? 8 : 2 * chains_.size(), {});
        for_each([&](std::uint16_t at) { chain(at); });
    }

    thin_vector<entry> entries_;
    detail::address_column ips_; // of the entries at the same positions
    thin_vector<chains> chains_; // as many as a power of two
    detail::recent_times times_;
    std::uint16_t used_ = 0;
    std::uint16_t free_ = no_entry;
    grouping places_;
};

} // namespace dht::inline DHT_ABI

#endif
