#ifndef DHT_CONTENT_TOPIC_MEMBERS_HPP
#define DHT_CONTENT_TOPIC_MEMBERS_HPP

#include <dht/content/strangers.hpp>
#include <dht/content/topic_commons.hpp>
#include <dht/kad/avoid_list.hpp>
#include <dht/wire/compact.hpp>

namespace dht::inline DHT_ABI::content {

/// Who subscribes to a topic as far as we know: for each of our addresses a table of those who have
/// answered on it, strangers who may, and endpoints that do not.
class topic_members {
public:
    explicit topic_members(topic_commons& c) noexcept
        : strangers_{c.options.strangers_max, c.options.strangers_in_flight_max},
          refused_{c.options.refused_max, c.draw_hash_key(), minutes{5}, minutes{40}} {
        stand_at(c);
    }

    /// Our ids or addresses are others now.
    void stand_at(topic_commons const& c) {
        for (std::size_t via = 0; via < c.own.size(); ++via)
            if (via < tables_.size())
                tables_[via].move_to(c.own[via]);
            else
                tables_.emplace_back(c.own[via], c.options.table);
    }

    [[nodiscard]] std::vector<topic_table> const& tables() const noexcept { return tables_; }

    [[nodiscard]] std::size_t contacts() const noexcept {
        std::size_t sum = 0;
        for (topic_table const& t : tables_)
            sum += t.size();
        return sum;
    }

    /// f(via, subscriber) for each contact, until it returns true. True: it did.
    template <class F>
    bool any(F&& f) noexcept {
        for (std::size_t via = 0; via < tables_.size(); ++via)
            for (subscriber& s : tables_[via])
                if (f(static_cast<via_index>(via), s)) return true;
        return false;
    }

    /// nullptr: no contact.
    subscriber* find(topic_place const& p) noexcept { return tables_[p.via].find(p.at); }

    /// It answered with that id: a contact from now on. nullptr: there is no place for it.
    subscriber* settle(topic_place const& p, node_id const& id) {
        strangers_.forget(p);
        subscriber* const known = name(p, id);
        return known != nullptr ? known : tables_[p.via].add({id, p.at});
    }

    /// The contact there, if it still has that id.
    subscriber* name(topic_place const& p, node_id const& id) noexcept {
        subscriber* const known = find(p);
        if (known == nullptr || known->id == id) return known;
        tables_[p.via].remove(p.at); // another node has that address now
        return nullptr;
    }

    /// No subscriber, or not any more.
    void refuse(instant now, topic_place const& p) {
        tables_[p.via].remove(p.at);
        strangers_.forget(p);
        refused_.add(p.at, now);
    }

    // -- strangers

    /// A peer that was found in the DHT.
    void meet(instant now, endpoint const& at) {
        for (std::size_t via = 0; via < tables_.size(); ++via)
            if (tables_[via].own().at.ip.ip_family() == at.ip.ip_family())
                return meet(now, {static_cast<via_index>(via), at});
    }

    /// Somebody who asked on the topic, whatever became of him before.
    void meet(instant now, via_index via, node_contact const& who) {
        if (!tables_[via].has_place(who.id)) return;
        refused_.forgive(who.at);
        meet(now, {via, who.at});
    }

    /// Those whom an answer names.
    void meet_named(instant now, via_index via, krpc::reply const& reply) {
        topic_table const& table = tables_[via];
        family const f = table.own().at.ip.ip_family();
        compact::node_reader reader{f == family::ipv4 ? reply.nodes : reply.nodes6, f};
        for (std::size_t i = 0; i < topic_nodes::capacity(); ++i) {
            auto const n = reader.next();
            if (!n) return;
            if (table.has_place(n->id)) meet(now, {via, n->at});
        }
    }

    [[nodiscard]] strangers& unknown() noexcept { return strangers_; }

    [[nodiscard]] strangers const& unknown() const noexcept { return strangers_; }

    /// What to ask for to hear of more: around us, or one of the buckets that lead there.
    [[nodiscard]] key160 neighbour(topic_commons& c, via_index via) const noexcept {
        topic_table const& table = tables_[via];
        unsigned const home = table.home_depth();
        auto const depth = static_cast<unsigned>(below(c.chance, 2 * std::uint64_t{home + 1}));
        if (depth > home) return table.own().id;
        key160 chance;
        c.chance.fill(chance.bytes);
        key160 target = with_prefix<160>(table.own().id, depth + 1, chance);
        target.flip_bit(depth);
        return target;
    }

private:
    void meet(instant now, topic_place const& p) {
        topic_table& table = tables_[p.via];
        if (table.admits(p.at) && table.find(p.at) == nullptr && !refused_.holds(p.at, now))
            strangers_.add(p);
    }

    std::vector<topic_table> tables_{};
    strangers strangers_;
    avoid_list refused_;
};

} // namespace dht::inline DHT_ABI::content

#endif
