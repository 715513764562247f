#ifndef DHT_KAD_MET_NODES_HPP
#define DHT_KAD_MET_NODES_HPP

#include <dht/base/static_vector.hpp>
#include <dht/kad/closest.hpp>
#include <dht/kad/packed_contact.hpp>

namespace dht::inline DHT_ABI {

/// Nodes that gave a token during lookups, far beyond what a routing table keeps: later lookups
/// begin with those closest to their targets (mldht's AnnounceNodeCache). Whoever announces the
/// same torrents again, or a thousand at once, finds most of the way done. At most `limit` nodes
/// (fewer than 65536), some 34 bytes each of IPv4; O(log n) to search, and to insert O(n) moves of
/// two bytes in the list that sorts them by id.
class met_nodes {
public:
    met_nodes(std::size_t limit, duration lifetime) noexcept
        : limit_{static_cast<std::uint32_t>(limit)},
          lifetime_{lifetime} {}

    /// It answered, with this id and a token.
    void add(node_contact const& n, bool plausible, instant now) {
        if (limit_ == 0) return;
        std::size_t const place = place_of(n.id);
        if (is_at(place, n.id)) return put(by_id_[place], n, plausible, now);
        if (size() >= limit_) forget_one(now);
        auto const fresh = static_cast<std::uint16_t>(size());
        detail::grow_slowly(entries_);
        entries_.push_back({});
        ips_.insert(fresh, n.at.ip);
        put(fresh, n, plausible, now);
        detail::grow_slowly(by_id_);
        by_id_.insert(place_of(n.id), fresh);
    }

    /// It did not answer.
    void remove(key160 const& id) noexcept {
        std::size_t const place = place_of(id);
        if (is_at(place, id)) forget(place);
    }

    /// So many more of that family can be met without allocating.
    void make_room(std::size_t more, family f) {
        std::size_t const wanted = std::min<std::size_t>(size() + more, limit_);
        entries_.reserve_widely(wanted);
        by_id_.reserve_widely(wanted);
        ips_.reserve(wanted, f);
    }

    void shrink_to_fit() {
        entries_.shrink_to_fit();
        by_id_.shrink_to_fit();
        ips_.shrink_to_fit();
    }

    struct met_node {
        node_contact node;
        bool plausible = false;
    };

    /// Those closest to `target`, closest first: up to N of the closest 2 N.
    template <std::size_t N>
    static_vector<met_node, N> closest_to(key160 const& target, instant now) const noexcept {
        static_vector<met_node, N> closest;
        std::size_t visits = 2 * N; // bounded, however many are too old
        auto const id_at = [this](std::size_t i) -> key160 const& {
            return entries_[by_id_[i]].id;
        };
        visit_closest(0, size(), target, id_at, [&](std::size_t i) {
            entry const& e = entries_[by_id_[i]];
            if (age(e.met, now) <= lifetime_)
                closest.push_back({{to_node_id(e.id), {ips_[by_id_[i]], e.port}}, e.plausible});
            return !closest.full() && --visits > 0;
        });
        return closest;
    }

    [[nodiscard]] std::size_t size() const noexcept { return by_id_.size(); }

private:
    struct entry {
        key160 id{};
        coarse_time met{};
        std::uint16_t port = 0;
        bool plausible = false;
    };

    void put(std::uint16_t i, node_contact const& n, bool plausible, instant now) {
        entries_[i] = {n.id, coarse(now), n.at.port, plausible};
        ips_.put(i, n.at.ip);
    }

    /// Where in by_id_ it stands, or would.
    [[nodiscard]] std::size_t place_of(key160 const& id) const noexcept {
        auto const before = [&](std::uint16_t i, key160 const& k) { return entries_[i].id < k; };
        auto const at = std::lower_bound(by_id_.begin(), by_id_.end(), id, before);
        return static_cast<std::size_t>(at - by_id_.begin());
    }

    [[nodiscard]] bool is_at(std::size_t place, key160 const& id) const noexcept {
        return place < size() && entries_[by_id_[place]].id == id;
    }

    /// The last entry takes the place of the one that goes.
    void forget(std::size_t place) noexcept {
        std::uint16_t const gone = by_id_[place];
        auto const last = static_cast<std::uint16_t>(size() - 1);
        by_id_[place_of(entries_[last].id)] = gone;
        entries_[gone] = entries_[last];
        ips_.put(gone, ips_[last]);
        ips_.erase(last);
        entries_.pop_back();
        by_id_.erase(place);
    }

    /// The one met longest ago of a few, from a moving place: bounded work whatever the size.
    void forget_one(instant now) noexcept {
        std::size_t victim = cursor_ % size();
        for (std::size_t i = 0; i < 8; ++i) {
            std::size_t const at = (cursor_ + i) % size();
            if (age(entries_[at].met, now) > age(entries_[victim].met, now)) victim = at;
        }
        cursor_ = static_cast<std::uint32_t>(victim + 1);
        forget(place_of(entries_[victim].id));
    }

    thin_vector<entry> entries_;
    thin_vector<std::uint16_t> by_id_;
    [[no_unique_address]] detail::address_column ips_; // of the entries at the same positions
    std::uint32_t limit_;
    std::uint32_t cursor_ = 0;
    duration lifetime_;
};

} // namespace dht::inline DHT_ABI

#endif
