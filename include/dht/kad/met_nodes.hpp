#ifndef DHT_KAD_MET_NODES_HPP
#define DHT_KAD_MET_NODES_HPP

#include <dht/base/static_vector.hpp>
#include <dht/base/time.hpp>
#include <dht/kad/contact.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI {

/// Nodes that answered during lookups, far beyond what a routing table keeps: later lookups begin
/// with those closest to their targets (mldht's AnnounceNodeCache). Whoever announces the same
/// torrents again, or a thousand at once, finds most of the way done. At most `limit` nodes, sorted
/// by id; O(log n) to search, O(n) moves of small entries to insert.
class met_nodes {
public:
    met_nodes(std::size_t limit, duration lifetime) noexcept : limit_{limit}, lifetime_{lifetime} {}

    /// It answered, with this id.
    void add(node_contact const& n, bool plausible, instant now) {
        if (limit_ == 0) return;
        auto at = place_of(n.id);
        if (at != nodes_.end() && at->node.id == n.id) {
            *at = {n, coarse(now), plausible};
            return;
        }
        if (nodes_.size() >= limit_) {
            forget_one(now);
            at = place_of(n.id);
        }
        nodes_.insert(at, {n, coarse(now), plausible});
    }

    /// It did not answer.
    void remove(key160 const& id) noexcept {
        auto const at = place_of(id);
        if (at != nodes_.end() && at->node.id == id) nodes_.erase(at);
    }

    struct entry {
        node_contact node;
        coarse_time met{};
        bool plausible = false;
    };

    /// Those closest to `target`, closest first: as many as N, or all there are.
    template <std::size_t N>
    static_vector<entry, N> closest_to(key160 const& target, instant now) const noexcept {
        static_vector<entry, N> closest;
        auto const [first, last] = neighbourhood(target, N);
        for (auto e = first; e != last; ++e) {
            if (age(e->met, now) > lifetime_) continue;
            std::size_t at = closest.size();
            while (at > 0 && closer<160>(e->node.id, closest[at - 1].node.id, target))
                --at;
            closest.insert(at, *e);
        }
        return closest;
    }

    [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }

private:
    using iterator = std::vector<entry>::iterator;
    using const_iterator = std::vector<entry>::const_iterator;

    static bool before(entry const& e, key160 const& id) noexcept {
        return e.node.id.bytes < id.bytes;
    }

    iterator place_of(key160 const& id) noexcept {
        return std::lower_bound(nodes_.begin(), nodes_.end(), id, before);
    }

    /// The smallest subtree around `target` that holds `wanted` nodes: ids that share a prefix
    /// stand side by side.
    [[nodiscard]] std::pair<const_iterator, const_iterator>
    neighbourhood(key160 const& target, std::size_t wanted) const noexcept {
        auto first = std::lower_bound(nodes_.begin(), nodes_.end(), target, before);
        auto last = first;
        unsigned const left =
            first == nodes_.begin() ? 0 : common_prefix_length<160>((first - 1)->node.id, target);
        unsigned const right =
            last == nodes_.end() ? 0 : common_prefix_length<160>(last->node.id, target);
        for (unsigned shared = std::max(left, right);; --shared) {
            auto const shares = [&](entry const& e) {
                return common_prefix_length<160>(e.node.id, target) >= shared;
            };
            first = std::partition_point(nodes_.begin(), first,
                                         [&](entry const& e) { return !shares(e); });
            last = std::partition_point(last, nodes_.end(), shares);
            if (shared == 0 || static_cast<std::size_t>(last - first) >= wanted)
                return {first, last};
        }
    }

    /// The one met longest ago of a few, from a moving place: bounded work whatever the size.
    void forget_one(instant now) {
        std::size_t victim = cursor_ % nodes_.size();
        for (std::size_t i = 0; i < 8; ++i) {
            std::size_t const at = (cursor_ + i) % nodes_.size();
            if (age(nodes_[at].met, now) > age(nodes_[victim].met, now)) victim = at;
        }
        cursor_ = victim + 1;
        nodes_.erase(nodes_.begin() + static_cast<std::ptrdiff_t>(victim));
    }

    std::vector<entry> nodes_;
    std::size_t limit_;
    duration lifetime_;
    std::size_t cursor_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
