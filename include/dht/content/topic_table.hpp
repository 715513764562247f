#ifndef DHT_CONTENT_TOPIC_TABLE_HPP
#define DHT_CONTENT_TOPIC_TABLE_HPP

#include <dht/base/time.hpp>
#include <dht/kad/contact.hpp>
#include <dht/policy/token_scheme.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI::content {

/// A subscriber that has answered us on the topic.
struct subscriber {
    node_id id{};
    endpoint at{};
    token write{};                     ///< what a put to it needs; empty: none
    std::optional<std::int64_t> seq{}; ///< of the item that it is known to have
    instant look_at{};                 ///< when it is asked next
    instant put_at{};                  ///< when it is put to at the earliest
    std::uint8_t puts = 0;             ///< of our item
    std::uint8_t failures = 0;         ///< looks unanswered since the last answer
    bool looking = false;              ///< a look is on its way
    bool names_next = false;           ///< the next look asks for our neighbours, not for the item
};

struct topic_table_limits {
    std::uint16_t contacts_max = 64;
    std::uint16_t contacts_per_site_max = 4; ///< of one /24 or /64, unless it is a local one
};

using topic_nodes = static_vector<node_contact, 8>;

/// The routing table of a topic: K is one, but the home bucket and its sibling hold eight (BEP 50).
/// The home bucket is everybody who shares at least home_depth() leading bits with us, the fewest
/// that leave eight there: so it splits when a ninth comes, its former sibling shrinks to one
/// contact, and both grow back when subscribers leave. In a bucket the longest known stay. All
/// calls are O(contacts).
class topic_table {
public:
    static constexpr std::size_t home_contacts_max = 8;

    topic_table(node_contact const& own, topic_table_limits const& limits) noexcept
        : own_{own},
          limits_{limits} {}

    [[nodiscard]] node_contact const& own() const noexcept { return own_; }

    [[nodiscard]] std::size_t size() const noexcept { return contacts_.size(); }

    [[nodiscard]] auto begin() noexcept { return contacts_.begin(); }

    [[nodiscard]] auto end() noexcept { return contacts_.end(); }

    [[nodiscard]] auto begin() const noexcept { return contacts_.begin(); }

    [[nodiscard]] auto end() const noexcept { return contacts_.end(); }

    [[nodiscard]] unsigned home_depth() const noexcept { return home_of(counts()); }

    /// nullptr when nobody is known there. Valid until the table changes.
    [[nodiscard]] subscriber* find(endpoint const& at) noexcept {
        auto const found = std::find_if(begin(), end(), [&](auto const& s) { return s.at == at; });
        return found == end() ? nullptr : &*found;
    }

    /// Would somebody at that endpoint be let in?
    [[nodiscard]] bool admits(endpoint const& at) const noexcept {
        if (at.ip.ip_family() != own_.at.ip.ip_family() || size() >= limits_.contacts_max)
            return false;
        auto const beside = std::count_if(begin(), end(), [&](subscriber const& s) {
            return site_of(s.at.ip) == site_of(at.ip);
        });
        return beside < limits_.contacts_per_site_max || is_local(at.ip);
    }

    /// Is there a place for that id?
    [[nodiscard]] bool has_place(node_id const& id) const noexcept {
        for (subscriber const& s : contacts_)
            if (s.id == id) return false;
        depth_counts with_it = counts();
        unsigned const depth = depth_of(id);
        unsigned const in_bucket = ++with_it[depth];
        unsigned const home = home_of(with_it); // who has no place must not split it either
        return id != own_.id && (depth >= home || in_bucket <= capacity(depth, home));
    }

    /// Lets somebody in who is not here yet. nullptr: he has no place.
    subscriber* add(subscriber const& s) {
        if (!admits(s.at) || !has_place(s.id)) return nullptr;
        contacts_.push_back(s);
        trim();
        return find(s.at);
    }

    void remove(endpoint const& at) noexcept {
        std::erase_if(contacts_, [&](subscriber const& s) { return s.at == at; });
    }

    void move_to(node_contact const& own) noexcept {
        own_ = own;
        trim();
    }

    /// Those closest to the target that answer, closest first, but for who asks.
    [[nodiscard]] topic_nodes closest_to(key160 const& target,
                                         endpoint const& asker) const noexcept {
        topic_nodes nodes;
        for (subscriber const& s : contacts_) {
            if (s.failures > 0 || s.at == asker) continue;
            std::size_t place = nodes.size();
            while (place > 0 && closer<160>(s.id, nodes[place - 1].id, target))
                --place;
            nodes.insert(place, {s.id, s.at});
        }
        return nodes;
    }

private:
    using depth_counts = std::array<std::uint16_t, key160::bits + 1>;

    [[nodiscard]] unsigned depth_of(node_id const& id) const noexcept {
        return common_prefix_length<160>(own_.id, id);
    }

    [[nodiscard]] depth_counts counts() const noexcept {
        depth_counts at_depth{};
        for (subscriber const& s : contacts_)
            ++at_depth[depth_of(s.id)];
        return at_depth;
    }

    static constexpr unsigned home_of(depth_counts const& at_depth) noexcept {
        std::size_t depth = at_depth.size();
        std::size_t home = 0;
        while (depth > 0 && home + at_depth[depth - 1] <= home_contacts_max)
            home += at_depth[--depth];
        return static_cast<unsigned>(depth);
    }

    /// Of the buckets beside the home bucket.
    static constexpr std::size_t capacity(unsigned depth, unsigned home) noexcept {
        return depth + 1 == home ? home_contacts_max : 1;
    }

    void trim() noexcept {
        unsigned const home = home_depth();
        depth_counts kept{};
        std::erase_if(contacts_, [&](subscriber const& s) {
            unsigned const depth = depth_of(s.id);
            return s.id == own_.id || (depth < home && kept[depth]++ >= capacity(depth, home));
        });
    }

    node_contact own_;
    topic_table_limits limits_;
    std::vector<subscriber> contacts_; // the longest known first
};

} // namespace dht::inline DHT_ABI::content

#endif
