#ifndef DHT_KAD_TABLE_HPP
#define DHT_KAD_TABLE_HPP

#include <dht/kad/closest.hpp>
#include <dht/kad/contact_arena.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// What became of a contact that was offered to the table.
enum class placement : std::uint8_t {
    live,        ///< it is in its bucket
    spare,       ///< it waits behind a bucket, to be verified or promoted
    bucket_full, ///< verified, but its bucket is full of others: ask the eviction policy
    duplicate,   ///< its id is taken by another endpoint, or its address by another id
    crowded,     ///< its subnet has its share already
    own_id,      ///< it claims to be us
};

/// Kademlia's routing table (Maymounkov and Mazieres 2002), extended: bucket `i` holds contacts
/// that share exactly i leading bits with our id, the shallow ones more than k (128, 64, 32, 16),
/// which saves about one hop. Live contacts have answered us; whoever only wrote to us, or was only
/// heard of, waits as a spare until it has answered. Buckets keep to different prefixes below their
/// own, so that a bucket serves its whole subtree.
///
/// Contacts stand in one arena; nothing is allocated before the first. find is O(1) on average,
/// closest_to is O(contacts of the buckets it needs), offering a stranger is O(contacts of his
/// provider).
template <std::size_t Bits>
class basic_table {
public:
    using contact_type = basic_contact<Bits>;
    using key_type = key<Bits>;
    using contact_list = static_vector<contact_type, closest_max>;

    basic_table(key_type const& own, bucket_capacities const& capacities,
                subnet_limits limits) noexcept
        : own_{own},
          capacities_{capacities},
          limits_{limits},
          arena_{limits.enforced ? grouping::by_provider : grouping::by_endpoint} {}

    [[nodiscard]] key_type const& own_id() const noexcept { return own_; }

    [[nodiscard]] std::size_t size() const noexcept { return live_; }

    [[nodiscard]] std::size_t spares() const noexcept { return arena_.size() - live_; }

    [[nodiscard]] unsigned depth() const noexcept { return static_cast<unsigned>(buckets_.size()); }

    [[nodiscard]] unsigned depth_of(key_type const& id) const noexcept {
        unsigned const shared = common_prefix_length(own_, id);
        return shared < Bits ? shared : Bits - 1;
    }

    [[nodiscard]] std::size_t capacity_at(unsigned d) const noexcept { return capacities_.at(d); }

    [[nodiscard]] std::size_t size_at(unsigned d) const noexcept {
        return d < depth() ? buckets_[d].live.size : 0;
    }

    /// Live or spare.
    [[nodiscard]] bool holds(key_type const& id) const noexcept {
        return arena_.find(id) != no_entry;
    }

    /// Live or spare; nothing when unknown.
    [[nodiscard]] std::optional<contact_type> find(key_type const& id) const noexcept {
        return contact_at(arena_.find(id));
    }

    [[nodiscard]] std::optional<contact_type> find(contact_handle h) const noexcept {
        return contact_at(arena_.holds(h) ? static_cast<std::uint16_t>(h.index) : no_entry);
    }

    /// The contact at that endpoint, whatever its id.
    [[nodiscard]] std::optional<contact_type> find(endpoint const& at) const noexcept {
        return contact_at(locate(at));
    }

    [[nodiscard]] contact_handle handle_of(key_type const& id) const noexcept {
        std::uint16_t const at = arena_.find(id);
        return at == no_entry ? contact_handle{} : arena_.handle_at(at);
    }

    [[nodiscard]] bool is_live(key_type const& id) const noexcept {
        std::uint16_t const at = arena_.find(id);
        return at != no_entry && arena_[at].live;
    }

    /// Somebody we have not asked yet: a sender of queries, or a name heard from others. Joins the
    /// spares of its bucket; the oldest unverified spare makes room. Known contacts are left as
    /// they are.
    placement suggest(contact_type const& c) {
        placement const verdict = may_enter(c);
        if (verdict != placement::live) return verdict;
        return add_spare(c) ? placement::spare : placement::bucket_full;
    }

    /// change(contact&) of what is known of a contact, live or spare, but for its id and endpoint.
    /// False: nobody has that id.
    template <class F>
    bool update(key_type const& id, F&& change) {
        std::uint16_t const at = arena_.find(id);
        if (at == no_entry) return false;
        contact_type c = arena_.contact_at(at);
        change(c);
        arena_.renew(at, c);
        return true;
    }

    /// Somebody who just answered us. Updates a known contact at the same endpoint, promotes a
    /// spare, or enters the bucket if there is room or a crowded prefix to thin out.
    placement confirm(contact_type const& c) {
        std::uint16_t const at = arena_.find(c.id);
        if (at != no_entry && arena_[at].verified()) {
            if (!stands_at(at, c.at)) return placement::duplicate;
            if (arena_[at].live) return arena_.renew(at, c), placement::live;
        }
        if (at != no_entry) drop(at);
        placement const verdict = may_enter(c);
        if (verdict != placement::live) return verdict;
        drop_hearsay_beside(c);
        return enter(c);
    }

    /// Puts a verified contact in the place of a live one: the eviction policy decided so.
    bool replace(contact_handle incumbent, contact_type const& c) {
        if (!arena_.holds(incumbent)) return false;
        std::uint16_t const at = static_cast<std::uint16_t>(incumbent.index);
        if (!arena_[at].live || depth_of(arena_[at].id) != depth_of(c.id)) return false;
        if (std::uint16_t const spare = arena_.find(c.id); spare != no_entry) drop(spare);
        drop(static_cast<std::uint16_t>(incumbent.index));
        add_live(c);
        return true;
    }

    /// Forgets the contact; a verified spare of its bucket takes the place, if there is one.
    bool remove(key_type const& id) {
        std::uint16_t const at = arena_.find(id);
        if (at == no_entry) return false;
        bool const was_live = arena_[at].live;
        drop(at);
        if (was_live) promote(depth_of(id));
        return true;
    }

    /// A question went unanswered for the long time-out. The contact is forgotten after
    /// `failures_max`, or after two at most when a verified spare can take its place.
    bool failed(key_type const& id, unsigned failures_max) {
        std::uint16_t const at = arena_.find(id);
        if (at == no_entry) return false;
        entry& e = arena_[at];
        if (e.failures < 255) ++e.failures;
        unsigned const patience =
            failures_max > 2 && has_verified_spare(depth_of(id)) ? 2 : failures_max;
        unsigned const allowed = e.live ? patience : 1;
        return e.failures >= allowed && remove(id);
    }

    /// The closest live contacts that pass `wanted(contact)`, closest first; at most closest_max.
    template <class Filter>
    contact_list closest_to(key_type const& target, std::size_t count, Filter&& wanted) const {
        basic_closest<Bits> found{target, count};
        auto const passes = [&](std::uint16_t at) { return wanted(arena_.contact_at(at)); };
        auto const offer = [&](unsigned d) {
            arena_.for_each_in(buckets_[d].live,
                               [&](std::uint16_t at) { found.offer(arena_[at].id, at, passes); });
        };
        // Our own bucket for the target holds the closest; all deeper ones are equally far from it;
        // then each shallower one is further than the one before.
        unsigned const home = depth_of(target);
        if (home < depth()) offer(home);
        if (!found.full())
            for (unsigned d = home + 1; d < depth(); ++d)
                offer(d);
        for (unsigned d = home < depth() ? home : depth(); !found.full() && d-- > 0;)
            offer(d);
        return contacts_at(found);
    }

    /// f(contact_handle, contact const&) for each live contact, in arena order.
    template <class F>
    void for_each(F&& f) const {
        arena_.for_each([&](std::uint16_t at) {
            if (arena_[at].live) f(arena_.handle_at(at), arena_.contact_at(at));
        });
    }

    /// The same for spares.
    template <class F>
    void for_each_spare(F&& f) const {
        arena_.for_each([&](std::uint16_t at) {
            if (!arena_[at].live) f(arena_.handle_at(at), arena_.contact_at(at));
        });
    }

    /// f(contact_handle, contact const&) for the live contacts of one bucket.
    template <class F>
    void for_each_at(unsigned d, F&& f) const {
        if (d >= depth()) return;
        arena_.for_each_in(buckets_[d].live, [&](std::uint16_t at) {
            f(arena_.handle_at(at), arena_.contact_at(at));
        });
    }

    /// We have another id: everybody is kept and sorted anew, live contacts first (what no bucket
    /// has room for becomes a spare or goes). Handles from before name nothing any more. BEP 42
    /// changes ids when the external address becomes known.
    void change_own_id(key_type const& own) {
        basic_table const before{*this};
        own_ = own;
        arena_.clear();
        buckets_.clear();
        live_ = 0;
        auto const sort_in = [&](contact_handle, contact_type const& c) {
            if (c.verified())
                confirm(c);
            else
                suggest(c);
        };
        before.for_each(sort_in);
        before.for_each_spare(sort_in);
    }

private:
    using entry = typename contact_arena<Bits>::entry;

    [[nodiscard]] std::optional<contact_type> contact_at(std::uint16_t at) const noexcept {
        return at == no_entry ? std::nullopt : std::optional{arena_.contact_at(at)};
    }

    [[nodiscard]] contact_list contacts_at(basic_closest<Bits> const& places) const noexcept {
        contact_list all;
        for (std::size_t i = 0; i < places.size(); ++i)
            all.push_back(arena_.contact_at(places[i]));
        return all;
    }

    [[nodiscard]] bool stands_at(std::uint16_t at, endpoint const& e) const noexcept {
        return arena_[at].port == e.port && arena_.ip_of(at) == e.ip;
    }

    /// In the way of another at that endpoint.
    [[nodiscard]] bool takes_place_of(std::uint16_t at, endpoint const& e) const noexcept {
        return limits_.enforced ? arena_.ip_of(at) == e.ip : stands_at(at, e);
    }

    [[nodiscard]] std::uint16_t locate(endpoint const& e) const noexcept {
        std::uint16_t found = no_entry;
        arena_.for_each_beside(e, [&](std::uint16_t at) {
            if (stands_at(at, e)) found = at;
        });
        return found;
    }

    /// `live` means: nothing speaks against it. Who has answered yields to nobody whom only others
    /// told of, or liars could keep honest nodes out.
    [[nodiscard]] placement may_enter(contact_type const& c) const {
        if (c.id == own_) return placement::own_id;
        if (arena_.find(c.id) != no_entry) return placement::duplicate;
        bool taken = false;
        unsigned same_site = 0;
        unsigned same_provider = 0;
        unsigned const d = depth_of(c.id);
        arena_.for_each_beside(c.at, [&](std::uint16_t at) {
            if (c.verified() && !arena_[at].verified()) return;
            taken |= takes_place_of(at, c.at);
            if (!limits_.enforced || depth_of(arena_[at].id) != d) return;
            same_site += site_of(arena_.ip_of(at)) == site_of(c.at.ip);
            same_provider += provider_of(arena_.ip_of(at)) == provider_of(c.at.ip);
        });
        if (taken) return placement::duplicate;
        if (same_site >= limits_.per_site || same_provider >= limits_.per_provider)
            return limits_.enforced ? placement::crowded : placement::live;
        return placement::live;
    }

    /// What others told of the address, or of the site in this bucket, of one who answered.
    void drop_hearsay_beside(contact_type const& c) {
        static_vector<std::uint16_t, 8> beside;
        arena_.for_each_beside(c.at, [&](std::uint16_t at) {
            if (arena_[at].verified()) return;
            bool const same_site = limits_.enforced &&
                                   site_of(arena_.ip_of(at)) == site_of(c.at.ip) &&
                                   depth_of(arena_[at].id) == depth_of(c.id);
            if (takes_place_of(at, c.at) || same_site) beside.push_back(at);
        });
        for (std::uint16_t const at : beside)
            drop(at);
    }

    placement enter(contact_type const& c) {
        unsigned const d = depth_of(c.id);
        if (size_at(d) < capacity_at(d) || thin_out(d, c)) {
            add_live(c);
            return placement::live;
        }
        add_spare(c);
        return placement::bucket_full;
    }

    /// Drops the worst contact of the fullest prefix of a full bucket when the newcomer's prefix
    /// stands empty. False: the newcomer's prefix is served already.
    bool thin_out(unsigned d, contact_type const& newcomer) {
        std::size_t const slots = capacity_at(d);
        std::uint16_t worst = no_entry;
        static_vector<std::uint8_t, bucket_capacity_max> taken;
        taken.resize(slots);
        arena_.for_each_in(buckets_[d].live, [&](std::uint16_t at) {
            ++taken[prefix_slot(arena_[at].id, d + 1, slots)];
        });
        if (taken[prefix_slot(newcomer.id, d + 1, slots)] != 0) return false;
        arena_.for_each_in(buckets_[d].live, [&](std::uint16_t at) {
            if (taken[prefix_slot(arena_[at].id, d + 1, slots)] < 2) return;
            if (worst == no_entry || worse(arena_[at], arena_[worst])) worst = at;
        });
        if (worst == no_entry) return false;
        drop(worst);
        return true;
    }

    static bool worse(entry const& a, entry const& b) noexcept {
        return a.failures != b.failures ? a.failures > b.failures : a.rtt_ms > b.rtt_ms;
    }

    void promote(unsigned d) {
        std::uint16_t best = no_entry;
        arena_.for_each_in(buckets_[d].spare, [&](std::uint16_t at) {
            if (!arena_[at].verified()) return;
            if (best == no_entry || arena_[at].last_reply > arena_[best].last_reply) best = at;
        });
        if (best == no_entry) return;
        contact_type const c = arena_.contact_at(best);
        drop(best);
        add_live(c);
    }

    [[nodiscard]] bool has_verified_spare(unsigned d) const {
        bool any = false;
        arena_.for_each_in(buckets_[d].spare,
                           [&](std::uint16_t at) { any |= arena_[at].verified(); });
        return any;
    }

    void add_live(contact_type const& c) {
        if (std::uint16_t const at = add(c, true); at != no_entry) ++live_;
    }

    /// A full spare list loses its longest unheard unverified member; verified ones stay.
    bool add_spare(contact_type const& c) {
        unsigned const d = depth_of(c.id);
        if (d < depth() && buckets_[d].spare.size >= capacities_.spares) {
            std::uint16_t oldest = no_entry;
            arena_.for_each_in(buckets_[d].spare, [&](std::uint16_t at) {
                if (arena_[at].verified() && !c.verified()) return;
                if (oldest == no_entry || arena_[at].last_heard < arena_[oldest].last_heard)
                    oldest = at;
            });
            if (oldest == no_entry) return false;
            drop(oldest);
        }
        return add(c, false) != no_entry;
    }

    std::uint16_t add(contact_type const& c, bool live) {
        unsigned const d = depth_of(c.id);
        while (d >= depth())
            buckets_.push_back({});
        std::uint16_t const at = arena_.take(c, live);
        if (at != no_entry) arena_.push(list_of(d, live), at);
        return at;
    }

    void drop(std::uint16_t at) {
        bool const live = arena_[at].live;
        arena_.unlink(list_of(depth_of(arena_[at].id), live), at);
        arena_.release(at);
        if (live) --live_;
    }

    entry_list& list_of(unsigned d, bool live) noexcept {
        return live ? buckets_[d].live : buckets_[d].spare;
    }

    key_type own_;
    bucket_capacities capacities_;
    subnet_limits limits_;
    contact_arena<Bits> arena_;
    thin_vector<bucket> buckets_;
    std::uint16_t live_ = 0;
};

using routing_table = basic_table<160>;

} // namespace dht::inline DHT_ABI

#endif
