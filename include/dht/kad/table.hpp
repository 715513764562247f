#ifndef DHT_KAD_TABLE_HPP
#define DHT_KAD_TABLE_HPP

#include <dht/base/static_vector.hpp>
#include <dht/kad/nearest.hpp>
#include <dht/kad/subnet_rules.hpp>

namespace dht::inline DHT_ABI {

/// Kademlia's routing table (Maymounkov and Mazieres 2002), extended: bucket `i` holds contacts
/// that share exactly i leading bits with our id, the shallow ones more than k (128, 64, 32, 16),
/// which saves about one hop. Live contacts have answered us; whoever only wrote to us, or was only
/// heard of, waits as a spare until it has answered. Buckets keep to different prefixes below their
/// own, so that a bucket serves its whole subtree.
///
/// Contacts stand in a list that ascends by id: each bucket is a stretch of it, the whole a trie.
/// Spares stand in another. Nothing is allocated before the first. Finding is O(log n), and coming
/// and going moves those behind.
template <std::size_t Bits>
class basic_table {
public:
    using contact_type = basic_contact<Bits>;
    using key_type = key<Bits>;
    static constexpr std::size_t closest_max = 32;
    /// A flood of strangers would have the spares change with each datagram.
    static constexpr seconds spare_patience{60};
    using contact_list = static_vector<contact_type, closest_max>;

    basic_table(key_type const& own, bucket_capacities const& capacities,
                subnet_limits limits) noexcept
        : capacities_{capacities},
          subnets_{limits},
          contacts_{own} {}

    [[nodiscard]] key_type const& own_id() const noexcept { return contacts_.own_id(); }

    [[nodiscard]] std::size_t size() const noexcept { return contacts_.live().size(); }

    [[nodiscard]] std::size_t spares() const noexcept { return contacts_.spares().size(); }

    [[nodiscard]] unsigned depth() const noexcept { return contacts_.depth(); }

    [[nodiscard]] unsigned depth_of(key_type const& id) const noexcept {
        return contacts_.depth_of(id);
    }

    [[nodiscard]] std::size_t capacity_at(unsigned d) const noexcept { return capacities_.at(d); }

    [[nodiscard]] std::size_t size_at(unsigned d) const noexcept { return contacts_.size(d, true); }

    /// Live or spare.
    [[nodiscard]] bool holds(key_type const& id) const noexcept {
        return contacts_.find(id).exists();
    }

    /// Live or spare; nothing when unknown.
    [[nodiscard]] std::optional<contact_type> find(key_type const& id) const noexcept {
        return contacts_.contact_at(contacts_.find(id));
    }

    /// The contact at that endpoint, whatever its id.
    [[nodiscard]] std::optional<contact_type> find(endpoint const& at) const noexcept {
        return contacts_.contact_at(contacts_.find(at));
    }

    [[nodiscard]] bool is_live(key_type const& id) const noexcept {
        return contacts_.find(id, true).exists();
    }

    /// Could somebody with that id, heard of by then, become a spare? Cheaper than to offer all
    /// who ask. O(d + spares of its bucket d).
    [[nodiscard]] bool wants(key_type const& id, coarse_time heard) const noexcept {
        unsigned const d = depth_of(id);
        if (contacts_.size(d, false) < spares_wanted(d)) return true;
        place const oldest = longest_unheard_spare(d, false);
        return oldest.exists() && yields(oldest, heard, spare_patience);
    }

    /// Somebody we have not asked yet: a sender of queries, or a name heard from others. Joins the
    /// spares of its bucket; the longest unheard of those who have not answered makes room if that
    /// was `patience` earlier. Known contacts are left as they are.
    placement suggest(contact_type const& c, seconds patience = spare_patience) {
        placement const verdict = may_enter(c);
        if (verdict != placement::live) return verdict;
        return add_spare(c, patience) ? placement::spare : placement::bucket_full;
    }

    /// change(contact&) of what is known of a contact, live or spare, but for its id and endpoint.
    /// False: nobody has that id.
    template <class F>
    bool update(key_type const& id, F&& change) {
        place const there = contacts_.find(id);
        if (!there.exists()) return false;
        contact_type c = *contacts_.contact_at(there);
        change(c);
        contacts_.renew(there, c);
        return true;
    }

    /// Somebody who just answered us. Updates a known contact at the same endpoint, promotes a
    /// spare, or enters the bucket if there is room or a crowded prefix to thin out.
    placement confirm(contact_type const& c) {
        place const there = contacts_.find(c.id);
        if (there.exists() && contacts_[there].verified()) {
            if (contacts_.list(there.live).endpoint_of(there.at) != c.at)
                return placement::duplicate;
            if (there.live) return contacts_.renew(there, c), placement::live;
        }
        if (there.exists()) contacts_.drop(there);
        if (subnets_.note_company(contacts_, c)) drop_excess_beside(c);
        placement const verdict = may_enter(c);
        if (verdict != placement::live) return verdict;
        drop_hearsay_beside(c);
        return enter(c);
    }

    /// Puts a verified contact in the place of a live one: the eviction policy decided so.
    bool replace(key_type const& incumbent, contact_type const& c) {
        place const spare = contacts_.find(c.id);
        bool const possible = is_live(incumbent) && depth_of(incumbent) == depth_of(c.id);
        if (!possible || spare.live) return false;
        if (spare.exists()) contacts_.drop(spare);
        contacts_.drop(contacts_.find(incumbent));
        return add(c, true);
    }

    /// Forgets the contact; a verified spare of its bucket takes the place, if there is one.
    bool remove(key_type const& id) {
        place const there = contacts_.find(id);
        if (!there.exists()) return false;
        contacts_.drop(there);
        if (there.live) promote(depth_of(id));
        return true;
    }

    /// A question went unanswered for the long time-out. The contact is forgotten after
    /// `failures_max` (1 .. 15), or two at most when a verified spare can take its place.
    bool failed(key_type const& id, unsigned failures_max) {
        place const there = contacts_.find(id);
        if (!there.exists()) return false;
        entry& e = contacts_[there];
        if (e.failures < entry::failures_max) ++e.failures;
        unsigned const patience =
            failures_max > 2 && successor(depth_of(id)).exists() ? 2 : failures_max;
        unsigned const allowed = there.live ? patience : 1;
        return e.failures >= std::min(allowed, entry::failures_max) && remove(id);
    }

    /// visit(list, position in it) for the live contacts, closest first, until it returns false:
    /// who visits many unpacks only what he needs. `wanted` is how many that will be, or a guess.
    template <class Visit>
    void visit_closest_to(key_type const& target, std::size_t wanted, Visit&& visit) const {
        auto const& live = contacts_.live();
        auto const id_at = [&live](std::size_t at) -> key_type const& { return live[at].id; };
        visit_nearest(size(), contacts_.about_rank_of(target), target, wanted, id_at,
                      [&](std::size_t at) { return visit(live, at); });
    }

    /// The closest live contacts that pass `wanted(contact)`, closest first; at most closest_max.
    template <class Filter>
    contact_list closest_to(key_type const& target, std::size_t count, Filter&& wanted) const {
        contact_list found;
        if (count == 0) return found;
        visit_closest_to(target, count, [&](sorted_contacts<Bits> const& live, std::size_t at) {
            contact_type const c = live.contact_at(at);
            return !wanted(c) || (found.push_back(c) && found.size() < count);
        });
        return found;
    }

    /// f(contact const&) for each live contact, ascending by id.
    template <class F>
    void for_each(F&& f) const {
        for (std::size_t at = 0; at < contacts_.live().size(); ++at)
            f(contacts_.live().contact_at(at));
    }

    /// The same for spares.
    template <class F>
    void for_each_spare(F&& f) const {
        for (std::size_t at = 0; at < contacts_.spares().size(); ++at)
            f(contacts_.spares().contact_at(at));
    }

    /// The same for the live contacts of one bucket.
    template <class F>
    void for_each_at(unsigned d, F&& f) const {
        stretch const s = contacts_.stretch_of(d, true);
        for (std::size_t at = s.first; at < s.last; ++at)
            f(contacts_.live().contact_at(at));
    }

    /// So many more of that family can come, live or as spares, without allocating.
    void make_room(std::size_t more, family f) {
        contacts_.reserve(std::min(size() + more, capacities_.live_max(Bits)),
                          std::min(spares() + more, capacities_.spares_max(Bits)), f);
    }

    void shrink_to_fit() {
        contacts_.shrink_to_fit();
        subnets_.shrink_to_fit();
    }

    /// Would an answer of `c` say that its site is crowded, and that somebody here is one of many?
    [[nodiscard]] bool would_crowd(contact_type const& c) const {
        return subnets_.would_crowd(contacts_, c) && !holds(c.id);
    }

    /// Has more than one id answered at that site? See subnet_rules.
    [[nodiscard]] bool is_crowded(address const& a) const noexcept {
        return subnets_.is_crowded(a);
    }

    /// How many such sites are known, at most 256.
    [[nodiscard]] std::size_t crowded_sites_known() const noexcept {
        return subnets_.crowded_sites_known();
    }

    /// We have another id: everybody is kept and sorted anew, live contacts first (what no bucket
    /// has room for becomes a spare or goes). BEP 42 changes ids when the external address becomes
    /// known.
    void change_own_id(key_type const& own) {
        basic_table const before{*this};
        contacts_ = bucketed_contacts<Bits>{own};
        auto const sort_in = [&](contact_type const& c) {
            if (c.verified())
                confirm(c);
            else
                suggest(c, seconds{1});
        };
        before.for_each(sort_in);
        before.for_each_spare(sort_in);
    }

private:
    using entry = typename bucketed_contacts<Bits>::entry;
    using place = typename bucketed_contacts<Bits>::place;

    /// `live` means: nothing speaks against it.
    [[nodiscard]] placement may_enter(contact_type const& c) const {
        if (c.id == own_id()) return placement::own_id;
        if (holds(c.id)) return placement::duplicate;
        return subnets_.judge(contacts_, c, capacity_at(depth_of(c.id)));
    }

    /// What others told of the address, or of the site in this bucket, of one who answered.
    void drop_hearsay_beside(contact_type const& c) {
        for (place at = subnets_.hearsay_beside(contacts_, c); at.exists();
             at = subnets_.hearsay_beside(contacts_, c))
            contacts_.drop(at);
    }

    placement enter(contact_type const& c) {
        unsigned const d = depth_of(c.id);
        bool const has_room = size_at(d) < capacity_at(d) || displace_crowd(d, c) || thin_out(d, c);
        has_room ? add(c, true) : add_spare(c, spare_patience);
        return has_room ? placement::live : placement::bucket_full;
    }

    void drop_excess_beside(contact_type const& c) {
        for (place at = subnets_.mate_in_excess(contacts_, c, capacities_); at.exists();
             at = subnets_.mate_in_excess(contacts_, c, capacities_)) {
            unsigned const d = depth_of(contacts_[at].id);
            contacts_.drop(at);
            promote(d);
        }
    }

    bool displace_crowd(unsigned d, contact_type const& newcomer) {
        place const yields = subnets_.yielding_to(contacts_, newcomer, capacity_at(d));
        if (yields.exists()) contacts_.drop(yields);
        return yields.exists();
    }

    /// Drops the worst contact of the fullest prefix of a full bucket when the newcomer's prefix
    /// stands empty. False: the newcomer's prefix is served already.
    bool thin_out(unsigned d, contact_type const& newcomer) {
        std::size_t const slots = capacity_at(d);
        auto const slot_of = [&](key_type const& id) { return prefix_slot(id, d + 1, slots); };
        auto const& live = contacts_.live();
        auto const [first, last] = contacts_.stretch_of(d, true);
        static_vector<std::uint8_t, bucket_capacity_max> taken;
        taken.resize(slots);
        for (std::size_t at = first; at < last; ++at)
            ++taken[slot_of(live[at].id)];
        if (taken[slot_of(newcomer.id)] != 0) return false;
        place worst{no_entry, true};
        for (std::size_t at = first; at < last; ++at) {
            if (taken[slot_of(live[at].id)] < 2) continue;
            if (!worst.exists() || worse(live[at], contacts_[worst]))
                worst.at = static_cast<std::uint16_t>(at);
        }
        if (!worst.exists()) return false;
        contacts_.drop(worst);
        return true;
    }

    static bool worse(entry const& a, entry const& b) noexcept {
        return a.failures != b.failures ? a.failures > b.failures : a.rtt > b.rtt;
    }

    /// Of the spares of a bucket that pass wanted(entry), the last one by before(entry, entry).
    template <class Wanted, class Before>
    [[nodiscard]] place best_spare(unsigned d, Wanted&& wanted, Before&& before) const {
        place best;
        auto const& spares = contacts_.spares();
        auto const [first, last] = contacts_.stretch_of(d, false);
        for (std::size_t at = first; at < last; ++at)
            if (wanted(spares[at]) && (!best.exists() || before(contacts_[best], spares[at])))
                best.at = static_cast<std::uint16_t>(at);
        return best;
    }

    /// The spare that answered last.
    [[nodiscard]] place successor(unsigned d) const {
        return best_spare(
            d, [](entry const& e) { return e.verified(); },
            [](entry const& a, entry const& b) { return a.last_reply < b.last_reply; });
    }

    void promote(unsigned d) {
        place const next = successor(d);
        if (!next.exists()) return;
        contact_type const c = *contacts_.contact_at(next);
        contacts_.drop(next);
        add(c, true);
    }

    [[nodiscard]] std::size_t spares_wanted(unsigned d) const noexcept {
        return size_at(d) < capacity_at(d) ? capacities_.newcomers : capacities_.spares;
    }

    /// Was that spare heard of so much earlier than somebody that it makes room for him?
    [[nodiscard]] bool yields(place spare, coarse_time newcomer_heard,
                              seconds patience) const noexcept {
        auto const heard = static_cast<std::int64_t>(contacts_.spares().last_heard(spare.at));
        return heard + patience.count() <= static_cast<std::int64_t>(newcomer_heard);
    }

    /// Where there is no room the longest unheard goes, if it yields or c has answered; who has
    /// answered goes for such alone.
    bool add_spare(contact_type const& c, seconds patience) {
        unsigned const d = depth_of(c.id);
        std::size_t const room = spares_wanted(d);
        while (contacts_.size(d, false) >= room) {
            place const oldest = longest_unheard_spare(d, c.verified());
            if (!oldest.exists()) return false;
            if (!c.verified() && !yields(oldest, c.last_heard, patience)) return false;
            contacts_.drop(oldest);
        }
        return room > 0 && add(c, false);
    }

    [[nodiscard]] place longest_unheard_spare(unsigned d, bool even_verified) const {
        return best_spare(
            d, [&](entry const& e) { return !e.verified() || even_verified; },
            [](entry const& a, entry const& b) { return a.last_heard > b.last_heard; });
    }

    bool add(contact_type const& c, bool live) {
        unsigned const d = depth_of(c.id);
        if (!contacts_.add(c, live)) return false;
        while (live && size_at(d) == capacity_at(d) &&
               contacts_.size(d, false) > capacities_.spares)
            contacts_.drop(longest_unheard_spare(d, true));
        return true;
    }

    bucket_capacities capacities_;
    subnet_rules<Bits> subnets_;
    bucketed_contacts<Bits> contacts_;
};

using routing_table = basic_table<160>;

} // namespace dht::inline DHT_ABI

#endif
