#ifndef DHT_KAD_SUBNET_RULES_HPP
#define DHT_KAD_SUBNET_RULES_HPP

#include <dht/kad/bucketed_contacts.hpp>
#include <dht/kad/crowded_sites.hpp>

namespace dht::inline DHT_ABI {

/// How many contacts of one subnet a table lets in: see subnet_limits. A site of which more than
/// one id has answered is crowded: it has one place in the whole table. All such sites together
/// have a sixteenth of a bucket, and of a small one what nobody else wants: what they have beyond
/// that they yield. So many ids on a few dozen sites have some twenty places at most, once others
/// have come by.
template <std::size_t Bits>
class subnet_rules {
public:
    using contact_type = basic_contact<Bits>;
    using contacts_type = bucketed_contacts<Bits>;
    using entry = typename contacts_type::entry;
    using place = typename contacts_type::place;

    explicit subnet_rules(subnet_limits limits) noexcept : limits_{limits} {}

    /// Of a newcomer whose bucket has that capacity. Who has answered yields to nobody whom only
    /// others told of, or liars could keep honest nodes out.
    [[nodiscard]] placement judge(contacts_type const& all, contact_type const& c,
                                  std::size_t capacity) const {
        auto const counts = [&](entry const& e) { return !c.verified() || e.verified(); };
        if (!limits_.enforced) {
            place const there = all.find(c.at);
            return there.exists() && counts(all[there]) ? placement::duplicate : placement::live;
        }
        bool const crowded = is_crowded(c.at.ip);
        bool taken = false;
        unsigned same_site_here = 0;
        unsigned same_site_anywhere = 0;
        unsigned same_provider = 0;
        unsigned const d = all.depth_of(c.id);
        for_each_beside(all, c, [&](entry const& e, address const& ip) {
            if (!counts(e)) return;
            taken |= ip == c.at.ip;
            bool const here = all.depth_of(e.id) == d;
            bool const mate = same_site(ip, c.at.ip);
            same_site_here += here && mate ? 1U : 0U;
            same_site_anywhere += mate ? 1U : 0U;
            same_provider += here ? 1U : 0U;
        });
        if (taken) return placement::duplicate;
        bool const full =
            same_site_here >= limits_.per_site || same_provider >= limits_.per_provider;
        bool const full_of_crowds =
            crowded && (same_site_anywhere > 0 || !has_room_for_crowds(all, d, capacity));
        return full || full_of_crowds ? placement::crowded : placement::live;
    }

    /// Has more than one id answered at that site?
    [[nodiscard]] bool is_crowded(address const& a) const noexcept { return crowds_.hold(a); }

    /// Somebody new has answered. True: so had somebody else of his site, and that is news.
    bool note_company(contacts_type const& all, contact_type const& c) {
        if (!limits_.enforced) return false;
        bool const known = is_crowded(c.at.ip);
        bool with_others = false;
        for_each_beside(all, c, [&](entry const& e, address const& ip) {
            with_others |= e.verified() && same_site(ip, c.at.ip);
        });
        if (with_others || known) crowds_.note(c.at.ip);
        return with_others && !known;
    }

    /// The live contacts of the site of `c` whose places are beyond what crowded sites have.
    [[nodiscard]] place mate_in_excess(contacts_type const& all, contact_type const& c,
                                       bucket_capacities const& capacities) const {
        place found{no_entry, true};
        auto const& live = all.live();
        live.for_each_of_provider(c.at.ip, [&](std::uint16_t at) {
            unsigned const d = all.depth_of(live[at].id);
            bool const wanted_by_nobody =
                share_of_crowds(capacities.at(d)) == 0 && all.size(d, true) < capacities.at(d);
            if (same_site(live.ip_of(at), c.at.ip) && !wanted_by_nobody &&
                crowded_in(all, d) > share_of_crowds(capacities.at(d)))
                found.at = at;
        });
        return found;
    }

    /// A live contact that yields to `c`, since its site is crowded and the bucket has more of such
    /// than their share.
    [[nodiscard]] place yielding_to(contacts_type const& all, contact_type const& c,
                                    std::size_t capacity) const {
        place found{no_entry, true};
        if (crowds_.empty() || is_crowded(c.at.ip)) return found;
        unsigned const d = all.depth_of(c.id);
        if (crowded_in(all, d) <= share_of_crowds(capacity)) return found;
        for_each_crowded(all, d, [&](std::uint16_t at) { found.at = at; });
        return found;
    }

    /// A spare that was only heard of, at the address of `c` or at its site in the same bucket.
    [[nodiscard]] place hearsay_beside(contacts_type const& all, contact_type const& c) const {
        place found;
        auto const& spares = all.spares();
        if (!limits_.enforced) {
            found.at = spares.find(c.at);
            return found.exists() && !all[found].verified() ? found : place{};
        }
        spares.for_each_of_provider(c.at.ip, [&](std::uint16_t at) {
            if (spares[at].verified()) return;
            address const ip = spares.ip_of(at);
            bool const mate =
                same_site(ip, c.at.ip) && all.depth_of(spares[at].id) == all.depth_of(c.id);
            if (ip == c.at.ip || mate) found.at = at;
        });
        return found;
    }

    void shrink_to_fit() { crowds_.shrink_to_fit(); }

private:
    /// f(entry const&, address const&) for all contacts of the provider of `c`.
    template <class F>
    static void for_each_beside(contacts_type const& all, contact_type const& c, F&& f) {
        for (auto const* const list : {&all.live(), &all.spares()})
            list->for_each_of_provider(c.at.ip,
                                       [&](std::uint16_t at) { f((*list)[at], list->ip_of(at)); });
    }

    static constexpr std::size_t share_of_crowds(std::size_t capacity) noexcept {
        return capacity / 16;
    }

    [[nodiscard]] bool has_room_for_crowds(contacts_type const& all, unsigned d,
                                           std::size_t capacity) const {
        std::size_t const share = share_of_crowds(capacity);
        if (share == 0) return all.size(d, true) < capacity;
        return crowded_in(all, d) < share;
    }

    [[nodiscard]] std::size_t crowded_in(contacts_type const& all, unsigned d) const {
        std::size_t crowded = 0;
        for_each_crowded(all, d, [&](std::uint16_t) { ++crowded; });
        return crowded;
    }

    /// f(position) for the live contacts of that bucket whose sites are crowded.
    template <class F>
    void for_each_crowded(contacts_type const& all, unsigned d, F&& f) const {
        auto const [first, last] = all.stretch_of(d, true);
        for (std::size_t at = first; at < last; ++at)
            if (is_crowded(all.live().ip_of(at))) f(static_cast<std::uint16_t>(at));
    }

    subnet_limits limits_;
    crowded_sites crowds_{};
};

} // namespace dht::inline DHT_ABI

#endif
