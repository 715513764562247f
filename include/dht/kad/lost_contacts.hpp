#ifndef DHT_KAD_LOST_CONTACTS_HPP
#define DHT_KAD_LOST_CONTACTS_HPP

#include <dht/crypto/random.hpp>
#include <dht/kad/sorted_contacts.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// A few of those who had a place in a table and fell silent. They are asked again after pauses
/// that double from two minutes on, seven times in about four hours: two halves of a network that
/// was parted forget each other within a quarter of an hour, and one of these who answers leads
/// them together again. It also brings a node back that had no network itself, and knows no router.
/// At most 16, some 34 bytes each of IPv4.
class lost_contacts {
public:
    static constexpr std::size_t limit = 16;

    /// It went from its bucket. When there is no place, one in four takes that of any other: in
    /// churn most are gone for good, and would drive out those behind a wall.
    template <class Rng>
    void add(node_contact const& n, instant now, Rng& rng) {
        remove(n);
        if (all_.size() == limit) {
            std::uint64_t const lot = below(rng, 4 * limit);
            if (lot >= limit) return;
            all_.erase(static_cast<std::size_t>(lot));
        }
        contact c{n.id, n.at};
        c.last_heard = coarse(now);
        all_.insert(c);
    }

    /// Somebody whose pause is over, to be asked now. O(n).
    [[nodiscard]] std::optional<node_contact> next(instant now) {
        for (std::size_t i = 0; i < all_.size(); ++i) {
            contact c = all_.contact_at(i);
            if (age(c.last_heard, now) < shortest_pause * (1U << c.failures)) continue;
            c.last_heard = coarse(now);
            ++c.failures < questions_max ? all_.renew(i, c) : all_.erase(i);
            return node_contact{to_node_id(c.id), c.at};
        }
        return std::nullopt;
    }

    /// Somebody answered: is lost no more, nor is whoever was at that endpoint.
    void remove(node_contact const& n) noexcept {
        if (auto const at = all_.find(n.id); at != no_entry) all_.erase(at);
        if (auto const at = all_.find(n.at); at != no_entry) all_.erase(at);
    }

    [[nodiscard]] bool holds(key160 const& id) const noexcept { return all_.find(id) != no_entry; }

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

    /// For all that may come, of that family.
    void make_room(family f) { all_.reserve(limit, f); }

    void shrink_to_fit() { all_.shrink_to_fit(); }

private:
    static constexpr minutes shortest_pause{2};
    static constexpr unsigned questions_max = 7;

    sorted_contacts<160> all_; // failures: how often asked; last_heard: lost, or asked last
};

} // namespace dht::inline DHT_ABI

#endif
