#ifndef DHT_KAD_BUCKETED_CONTACTS_HPP
#define DHT_KAD_BUCKETED_CONTACTS_HPP

#include <dht/kad/sorted_contacts.hpp>
#include <dht/kad/stranger_filter.hpp>

#include <algorithm>
#include <optional>

namespace dht::inline DHT_ABI {

/// The contacts of a table, live ones and spares, each in a list that ascends by id: a bucket is a
/// stretch of either. Nothing is allocated before the first of them.
template <std::size_t Bits>
class bucketed_contacts {
public:
    using key_type = key<Bits>;
    using contact_type = basic_contact<Bits>;
    using entry = typename sorted_contacts<Bits>::entry;

    /// Where somebody stands in which list, until somebody comes or goes.
    struct place {
        std::uint16_t at = no_entry;
        bool live = false;

        [[nodiscard]] bool exists() const noexcept { return at != no_entry; }
    };

    explicit bucketed_contacts(key_type const& own) noexcept : own_{own} {}

    [[nodiscard]] key_type const& own_id() const noexcept { return own_; }

    /// How many buckets there are: one more than the deepest that ever held somebody.
    [[nodiscard]] unsigned depth() const noexcept { return static_cast<unsigned>(buckets_.size()); }

    [[nodiscard]] unsigned depth_of(key_type const& id) const noexcept {
        return std::min<unsigned>(common_prefix_length(own_, id), Bits - 1);
    }

    [[nodiscard]] std::size_t size(unsigned d, bool live) const noexcept {
        return d < depth() ? buckets_[d].size(live) : 0;
    }

    [[nodiscard]] sorted_contacts<Bits> const& live() const noexcept { return live_; }

    [[nodiscard]] sorted_contacts<Bits> const& spares() const noexcept { return spares_; }

    [[nodiscard]] sorted_contacts<Bits> const& list(bool live) const noexcept {
        return live ? live_ : spares_;
    }

    /// Where bucket d stands in its list.
    [[nodiscard]] stretch stretch_of(unsigned d, bool live) const noexcept {
        if (d < depth()) return buckets_[d].span(live);
        if (depth() == 0) return {};
        stretch const deepest = buckets_.back().span(live);
        std::size_t const own = own_.bit(depth() - 1) ? deepest.last : deepest.first;
        return {own, own};
    }

    /// About how many ids of the live list are smaller, for who can do with a guess. O(1).
    [[nodiscard]] std::size_t about_rank_of(key_type const& id) const noexcept {
        unsigned const d = depth_of(id);
        return live_.about_place_of(id, stretch_of(d, true), d + 1);
    }

    [[nodiscard]] place find(key_type const& id) const noexcept {
        if (!known_.may_hold(id)) return {};
        unsigned const d = depth_of(id);
        place const there = find_in(d, id, true);
        return there.exists() ? there : find_in(d, id, false);
    }

    [[nodiscard]] place find(key_type const& id, bool live) const noexcept {
        return known_.may_hold(id) ? find_in(depth_of(id), id, live) : place{};
    }

    /// Whatever its id.
    [[nodiscard]] place find(endpoint const& e) const noexcept {
        if (std::uint16_t const at = live_.find(e); at != no_entry) return {at, true};
        return {spares_.find(e), false};
    }

    /// Somebody is there.
    [[nodiscard]] entry const& operator[](place p) const noexcept { return list(p.live)[p.at]; }

    [[nodiscard]] entry& operator[](place p) noexcept { return mutable_list(p.live)[p.at]; }

    [[nodiscard]] std::optional<contact_type> contact_at(place p) const noexcept {
        return p.exists() ? std::optional{list(p.live).contact_at(p.at)} : std::nullopt;
    }

    /// What is known of the contact by now. Its id and endpoint stay.
    void renew(place p, contact_type const& c) noexcept { mutable_list(p.live).renew(p.at, c); }

    /// False: the list is full.
    bool add(contact_type const& c, bool live) {
        if (!mutable_list(live).insert(c)) return false;
        know(c.id);
        unsigned const d = depth_of(c.id);
        bool const deeper = d >= depth();
        while (d >= depth())
            buckets_.push_back({});
        ++buckets_[d].count(live);
        line_up(live);
        if (deeper) line_up(!live);
        return true;
    }

    /// So many of that family will fit into either list without allocating.
    void reserve(std::size_t live, std::size_t spares, family f) {
        live_.reserve(live, f);
        spares_.reserve(spares, f);
        known_.reserve(live + spares);
        buckets_.reserve(std::min<std::size_t>(depth() + deeper_expected, Bits));
    }

    void shrink_to_fit() {
        live_.shrink_to_fit();
        spares_.shrink_to_fit();
        known_.shrink_to_fit();
        buckets_.shrink_to_fit();
    }

    void drop(place p) noexcept {
        --buckets_[depth_of((*this)[p].id)].count(p.live);
        mutable_list(p.live).erase(p.at);
        line_up(p.live);
    }

private:
    /// Buckets that may come while nothing should be allocated: random ids need no more, as half of
    /// those that share any number of bits with us share another. Ids that were made up may.
    static constexpr std::size_t deeper_expected = 24;

    /// On either side of our own id the shallower stand further outside. O(depth).
    void line_up(bool live) noexcept {
        std::size_t below = 0;
        std::size_t above = list(live).size();
        for (unsigned d = 0; d < depth(); ++d) {
            bucket& here = buckets_[d];
            above -= own_.bit(d) ? 0U : here.size(live);
            here.first(live) = static_cast<std::uint16_t>(own_.bit(d) ? below : above);
            below += own_.bit(d) ? here.size(live) : 0U;
        }
    }

    /// Somebody who is in a list now.
    void know(key_type const& id) {
        if (known_.has_room()) return known_.add(id);
        known_.start_anew(live_.size() + spares_.size());
        for (auto const* const all : {&live_, &spares_})
            for (std::size_t at = 0; at < all->size(); ++at)
                known_.add((*all)[at].id);
    }

    [[nodiscard]] std::size_t rank_in(unsigned d, key_type const& id, bool live) const noexcept {
        return list(live).place_of(id, stretch_of(d, live), d + 1);
    }

    /// In bucket d.
    [[nodiscard]] place find_in(unsigned d, key_type const& id, bool live) const noexcept {
        if (size(d, live) == 0) return {};
        std::size_t const at = rank_in(d, id, live);
        bool const here = at < list(live).size() && list(live)[at].id == id;
        return here ? place{static_cast<std::uint16_t>(at), live} : place{};
    }

    sorted_contacts<Bits>& mutable_list(bool live) noexcept { return live ? live_ : spares_; }

    key_type own_;
    sorted_contacts<Bits> live_;
    sorted_contacts<Bits> spares_;
    stranger_filter<Bits> known_;
    thin_vector<bucket> buckets_;
};

} // namespace dht::inline DHT_ABI

#endif
