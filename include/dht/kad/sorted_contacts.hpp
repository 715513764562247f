#ifndef DHT_KAD_SORTED_CONTACTS_HPP
#define DHT_KAD_SORTED_CONTACTS_HPP

#include <dht/kad/bucket.hpp>
#include <dht/kad/packed_contact.hpp>

namespace dht::inline DHT_ABI {

/// Contacts of one table, packed, ascending by id: 34 bytes each of IPv4, 46 of IPv6. Finding
/// by id or by place is O(log n), since a second list of two bytes each ascends by endpoint; coming
/// and going is O(n) moves in memory, half a microsecond each in a table of the default size.
/// Positions hold until somebody comes or goes.
template <std::size_t Bits>
class sorted_contacts {
public:
    using entry = detail::packed_contact<Bits>;
    using contact_type = basic_contact<Bits>;

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    entry& operator[](std::size_t at) noexcept { return entries_[at]; }

    entry const& operator[](std::size_t at) const noexcept { return entries_[at]; }

    [[nodiscard]] address ip_of(std::size_t at) const noexcept { return ips_[at]; }

    [[nodiscard]] coarse_time last_heard(std::size_t at) const noexcept {
        return times_.unpacked(entries_[at].last_heard);
    }

    [[nodiscard]] contact_type contact_at(std::size_t at) const noexcept {
        entry const& e = entries_[at];
        contact_type c{e.id, endpoint_of(at), detail::unpacked_rtt(e.rtt),
                       static_cast<std::uint8_t>(e.failures), e.plausible != 0};
        c.last_reply = times_.unpacked(e.last_reply);
        c.last_heard = times_.unpacked(e.last_heard);
        return c;
    }

    /// What is known of the contact by now. Its id and endpoint stay.
    void renew(std::size_t at, contact_type const& c) noexcept {
        entry& e = entries_[at];
        e.rtt = detail::packed_rtt(c.rtt_ms) & 0x7ffU;
        e.failures = std::min<unsigned>(c.failures, entry::failures_max) & 0xfU;
        e.plausible = c.plausible;
        e.last_reply = packed(c.last_reply);
        e.last_heard = packed(c.last_heard);
    }

    /// About how many ids are smaller than one that stands in `where`, all of whose ids share that
    /// many bits with it: random ids stand near where the bits behind these say. O(1).
    [[nodiscard]] static std::size_t about_place_of(key<Bits> const& id, stretch where,
                                                    unsigned shared) noexcept {
        std::uint64_t const next_bits = (id.high_bits() << std::min(shared, 63U)) >> 32U;
        return where.first + static_cast<std::size_t>(next_bits * where.size() >> 32U);
    }

    /// How many are, exactly. O(1) of random ids; any others are found by halves.
    [[nodiscard]] std::size_t place_of(key<Bits> const& id, stretch where,
                                       unsigned shared) const noexcept {
        std::size_t at = about_place_of(id, where, shared);
        for (int steps = 0; steps < 12; ++steps) {
            if (at < where.last && entries_[at].id < id)
                ++at;
            else if (at > where.first && !(entries_[at - 1].id < id))
                --at;
            else
                return at;
        }
        return place_of(id);
    }

    /// The same, wherever it stands.
    [[nodiscard]] std::size_t place_of(key<Bits> const& id) const noexcept {
        auto const before = [](entry const& e, key<Bits> const& k) { return e.id < k; };
        return static_cast<std::size_t>(
            std::lower_bound(entries_.begin(), entries_.end(), id, before) - entries_.begin());
    }

    /// no_entry: nobody has that id.
    [[nodiscard]] std::uint16_t find(key<Bits> const& id) const noexcept {
        std::size_t const at = place_of(id);
        return at < size() && entries_[at].id == id ? static_cast<std::uint16_t>(at) : no_entry;
    }

    /// no_entry: nobody is there.
    [[nodiscard]] std::uint16_t find(endpoint const& e) const noexcept {
        std::uint16_t const* const at = first_by_place(e);
        return at != by_place_.end() && endpoint_of(*at) == e ? *at : no_entry;
    }

    [[nodiscard]] endpoint endpoint_of(std::size_t at) const noexcept {
        return {ips_[at], entries_[at].port};
    }

    /// The same where all are of that family: nobody has to ask which.
    template <family F>
    [[nodiscard]] endpoint endpoint_of(std::size_t at) const noexcept {
        DHT_ASSERT(ips_[at].ip_family() == F);
        if constexpr (F == family::ipv4)
            return {address::v4(ips_.v4_value(at)), entries_[at].port};
        else
            return endpoint_of(at);
    }

    /// f(position) for everybody whose address belongs to the provider of `ip`.
    template <class F>
    void for_each_of_provider(address const& ip, F&& f) const {
        address const net = provider_of(ip);
        std::uint16_t const* at = first_by_place({net, 0});
        for (; at != by_place_.end() && provider_of(ips_[*at]) == net; ++at)
            f(*at);
    }

    /// Nobody has its id yet. False when 65534 contacts are there.
    bool insert(contact_type const& c) {
        if (size() >= no_entry - 1U) return false;
        std::size_t const at = place_of(c.id);
        std::size_t const place =
            static_cast<std::size_t>(first_by_place(c.at) - by_place_.begin());
        if (at < size()) // somebody stands behind it
            for (std::uint16_t& each : by_place_)
                each = static_cast<std::uint16_t>(each + (each >= at ? 1U : 0U));
        detail::grow_slowly(by_place_);
        by_place_.insert(place, static_cast<std::uint16_t>(at));
        ips_.insert(at, c.at.ip);
        detail::grow_slowly(entries_);
        entries_.insert(at, {c.id, c.at.port});
        renew(at, c);
        return true;
    }

    /// So many of that family will fit without allocating.
    void reserve(std::size_t size, family f) {
        entries_.reserve_widely(size);
        by_place_.reserve_widely(size);
        ips_.reserve(size, f);
    }

    void shrink_to_fit() {
        entries_.shrink_to_fit();
        by_place_.shrink_to_fit();
        ips_.shrink_to_fit();
    }

    void erase(std::size_t at) noexcept {
        std::uint16_t const* mine = first_by_place(endpoint_of(at));
        while (*mine != at) // others at that endpoint
            ++mine;
        by_place_.erase(static_cast<std::size_t>(mine - by_place_.begin()));
        for (std::uint16_t& each : by_place_)
            each = static_cast<std::uint16_t>(each - (each > at ? 1U : 0U));
        ips_.erase(at);
        entries_.erase(at);
    }

private:
    /// The first that is not before that endpoint.
    [[nodiscard]] std::uint16_t const* first_by_place(endpoint const& e) const noexcept {
        auto const before = [this](std::uint16_t at, auto const& there) {
            return this->place_at(at, there) < there;
        };
        auto const search = [&](auto const& there) {
            return std::lower_bound(by_place_.begin(), by_place_.end(), there, before);
        };
        if (!ips_.all_v4() || !e.ip.is_v4()) return search(e);
        return search(std::uint64_t{e.ip.v4_value()} << 16U | e.port);
    }

    [[nodiscard]] endpoint place_at(std::size_t at, endpoint const&) const noexcept {
        return endpoint_of(at);
    }

    /// Of IPv4 as a number.
    [[nodiscard]] std::uint64_t place_at(std::size_t at, std::uint64_t) const noexcept {
        return std::uint64_t{ips_.v4_value(at)} << 16U | entries_[at].port;
    }

    std::uint16_t packed(coarse_time t) noexcept {
        if (!times_.covers(t)) {
            auto const older = times_.move_to(t);
            for (entry& e : entries_) {
                e.last_reply = older(e.last_reply);
                e.last_heard = older(e.last_heard);
            }
        }
        return times_.packed(t);
    }

    thin_vector<entry> entries_;                       // ascending by id
    thin_vector<std::uint16_t> by_place_;              // positions, ascending by endpoint
    [[no_unique_address]] detail::address_column ips_; // of the entries at the same positions
    detail::recent_times times_;
};

} // namespace dht::inline DHT_ABI

#endif
