#ifndef DHT_KAD_SUBNET_RULES_HPP
#define DHT_KAD_SUBNET_RULES_HPP

#include <dht/kad/bucketed_contacts.hpp>
#include <dht/kad/crowded_sites.hpp>

namespace dht::inline DHT_ABI {

/// How many contacts of one subnet a table lets in: see subnet_limits. A site of which more than
/// one id has answered is crowded. All such sites together have one place in 32 of the table (four
/// in any: small networks may be nothing else), a sixteenth of each bucket, and of a small bucket
/// what nobody else wants: what they have beyond that they yield. So many ids on a few dozen sites
/// have three of a hundred places, once it is known where they are.
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
        bool taken = false;
        unsigned same_site_anywhere = 0;
        unsigned same_provider_here = 0;
        unsigned const d = all.depth_of(c.id);
        for_each_beside(all, c, [&](entry const& e, address const& ip) {
            if (!counts(e)) return;
            taken |= ip == c.at.ip;
            same_site_anywhere += same_site(ip, c.at.ip) ? 1U : 0U;
            same_provider_here += all.depth_of(e.id) == d ? 1U : 0U;
        });
        if (taken) return placement::duplicate;
        bool const full =
            same_site_anywhere >= limits_.per_site || same_provider_here >= limits_.per_provider;
        bool const full_of_crowds = is_crowded(c.at.ip) && (same_site_anywhere > 0 ||
                                                            !has_room_for_crowds(all, d, capacity));
        return full || full_of_crowds ? placement::crowded : placement::live;
    }

    /// Has more than one id answered at that site?
    [[nodiscard]] bool is_crowded(address const& a) const noexcept { return crowds_.hold(a); }

    [[nodiscard]] std::size_t crowded_sites_known() const noexcept { return crowds_.size(); }

    /// Would an answer of `c`, who is unknown, make its site a crowded one?
    [[nodiscard]] bool would_crowd(contacts_type const& all, contact_type const& c) const {
        return limits_.enforced && has_company(all, c) && !is_crowded(c.at.ip);
    }

    /// Somebody new has answered. True: so had somebody else of his site, and that is news.
    bool note_company(contacts_type const& all, contact_type const& c) {
        bool const news = would_crowd(all, c);
        if (news || is_crowded(c.at.ip)) crowds_.note(c.at.ip);
        return news;
    }

    /// The live contacts of the site of `c` whose places are beyond what crowded sites have.
    [[nodiscard]] place mate_in_excess(contacts_type const& all, contact_type const& c,
                                       bucket_capacities const& capacities) const {
        place found{no_entry, true};
        auto const& live = all.live();
        live.for_each_of_provider(c.at.ip, [&](std::uint16_t at) {
            unsigned const d = all.depth_of(live[at].id);
            bool const mate = same_site(live.ip_of(at), c.at.ip);
            if (mate && !has_room_for_crowds(all, d, capacities.at(d), 1)) found.at = at;
        });
        return found;
    }

    /// A live contact that yields to `c`, since its site is crowded and the bucket has more of such
    /// than their share.
    [[nodiscard]] place yielding_to(contacts_type const& all, contact_type const& c,
                                    std::size_t capacity) const {
        place found{no_entry, true};
        if (crowds_.empty() || is_crowded(c.at.ip)) return found;
        stretch const bucket = all.stretch_of(all.depth_of(c.id), true);
        if (crowded_among(all, bucket) <= share_of_crowds(capacity)) return found;
        for_each_crowded(all, bucket, [&](std::uint16_t at) { found.at = at; });
        return found;
    }

    /// A spare that was only heard of, at the site of `c`.
    [[nodiscard]] place hearsay_beside(contacts_type const& all, contact_type const& c) const {
        place found;
        auto const& spares = all.spares();
        if (!limits_.enforced) {
            found.at = spares.find(c.at);
            return found.exists() && !all[found].verified() ? found : place{};
        }
        spares.for_each_of_provider(c.at.ip, [&](std::uint16_t at) {
            if (!spares[at].verified() && same_site(spares.ip_of(at), c.at.ip)) found.at = at;
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

    /// Has another address of the site of `c` answered? Its own may have had another id before.
    [[nodiscard]] static bool has_company(contacts_type const& all, contact_type const& c) {
        bool found = false;
        for_each_beside(all, c, [&](entry const& e, address const& ip) {
            found |= e.verified() && same_site(ip, c.at.ip) && ip != c.at.ip;
        });
        return found;
    }

    static constexpr std::size_t share_of_crowds(std::size_t capacity) noexcept {
        return capacity / 16;
    }

    /// For one more, or for so many who are counted among them. Small buckets that nobody else
    /// wants are many where somebody has more ids than all others: so the table has its own share.
    [[nodiscard]] bool has_room_for_crowds(contacts_type const& all, unsigned d,
                                           std::size_t capacity, std::size_t counted = 0) const {
        std::size_t const here = share_of_crowds(capacity);
        std::size_t const size = all.live().size();
        stretch const bucket = all.stretch_of(d, true);
        if (here == 0 && bucket.size() >= capacity) return false;
        if (here > 0 && crowded_among(all, bucket) >= here + counted) return false;
        return crowded_among(all, {0, size}) < std::max<std::size_t>(size / 32, 4) + counted;
    }

    [[nodiscard]] std::size_t crowded_among(contacts_type const& all, stretch s) const {
        std::size_t crowded = 0;
        for_each_crowded(all, s, [&](std::uint16_t) { ++crowded; });
        return crowded;
    }

    /// f(position) for the live contacts in that stretch whose sites are crowded.
    template <class F>
    void for_each_crowded(contacts_type const& all, stretch s, F&& f) const {
        for (std::size_t at = s.first; at < s.last; ++at)
            if (is_crowded(all.live().ip_of(at))) f(static_cast<std::uint16_t>(at));
    }

    subnet_limits limits_;
    crowded_sites crowds_{};
};

} // namespace dht::inline DHT_ABI

#endif
