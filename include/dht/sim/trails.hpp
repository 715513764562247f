#ifndef DHT_SIM_TRAILS_HPP
#define DHT_SIM_TRAILS_HPP

#include <dht/sim/client.hpp>
#include <dht/sim/watcher.hpp>
#include <dht/wire/krpc_decode.hpp>

#include <map>
#include <set>

namespace dht::inline DHT_ABI::sim {

/// How many hops lookups take, whatever the nodes are: the length of the shortest chain of answers
/// from the table of the asker to the one that counts. Whom the asker knew when it began, or asked
/// without having been told of him, is one hop away. Questions for the very key belong to a lookup.
///
/// Decodes what hosts say and hear that have a lookup under way, and nothing else.
class trails final : public watcher {
public:
    using number = std::uint32_t;

    /// That host will look for that key: to be called before its first question. Lookups of hosts
    /// that have stopped meanwhile are forgotten.
    number begin(client const& asker, key160 const& target) {
        std::erase_if(all_, [](auto const& each) { return !each.second.goes_on(); });
        trail& t = all_[++last_];
        t.asker = &asker;
        t.life = asker.life();
        t.target = target;
        for (via_index via = 0; via < asker.addresses().size(); ++via)
            asker.for_each_contact(via, [&](contact const& c) { t.hops_to.emplace(c.at, 1U); });
        return last_;
    }

    /// Of the answers to a lookup; 0: none.
    struct way {
        unsigned hops_to_value = 0;   ///< of the first with peers or an item
        unsigned hops_to_closest = 0; ///< of the closest to the key
    };

    /// It is over, or never began.
    way end(number n) {
        auto const found = all_.find(n);
        if (found == all_.end()) return {};
        way const so_far = found->second.found;
        all_.erase(found);
        return so_far;
    }

    void on_sent(host const& by, datagram const& d) override {
        krpc::message m;
        if (!looks_for_something(by) || !understood(d.bytes, m)) return;
        auto const* const q = std::get_if<krpc::query>(&m.body);
        if (q == nullptr) return;
        for (auto& [n, t] : all_)
            if (t.is_of(by) && target_of(*q) == t.target) t.asks(d.to, m.tid);
    }

    void on_delivered(host const& to, datagram const& d) override {
        krpc::message m;
        if (!looks_for_something(to) || !understood(d.bytes, m)) return;
        auto const* const r = std::get_if<krpc::reply>(&m.body);
        if (r == nullptr) return;
        for (auto& [n, t] : all_)
            if (t.is_of(to)) t.hears(d.from, m.tid, *r);
    }

private:
    struct trail {
        client const* asker = nullptr;
        unsigned life = 0;
        key160 target{};
        std::map<endpoint, unsigned> hops_to{}; ///< whom it has heard of
        std::set<std::pair<endpoint, std::vector<std::byte>>> asked{};
        key160 closest{}; ///< that has answered, if anybody has
        way found{};

        [[nodiscard]] bool is_of(host const& h) const noexcept {
            return asker == &h && life == h.life();
        }

        [[nodiscard]] bool goes_on() const noexcept { return asker->up() && is_of(*asker); }

        void asks(endpoint const& whom, byte_view tid) {
            asked.insert({whom, {tid.begin(), tid.end()}});
            hops_to.emplace(whom, 1U);
        }

        void hears(endpoint const& from, byte_view tid, krpc::reply const& r) {
            if (asked.erase({from, {tid.begin(), tid.end()}}) == 0) return;
            unsigned const hops = hops_to[from];
            bool const has_value = !r.values.empty() || !r.v.empty();
            if (has_value && found.hops_to_value == 0) found.hops_to_value = hops;
            if (found.hops_to_closest == 0 || closer<160>(r.sender, closest, target)) {
                closest = r.sender;
                found.hops_to_closest = hops;
            }
            learn(r.nodes, family::ipv4, hops + 1);
            learn(r.nodes6, family::ipv6, hops + 1);
        }

        void learn(byte_view nodes, family f, unsigned hops) {
            compact::node_reader in{nodes, f};
            while (auto const n = in.next()) {
                unsigned& known = hops_to.emplace(n->at, hops).first->second;
                known = std::min(known, hops);
            }
        }
    };

    [[nodiscard]] bool looks_for_something(host const& h) const noexcept {
        return std::any_of(all_.begin(), all_.end(),
                           [&](auto const& each) { return each.second.is_of(h); });
    }

    static bool understood(byte_view bytes, krpc::message& into) noexcept {
        krpc::refusal why;
        return krpc::decode(bytes, into, why) == errc::ok;
    }

    static std::optional<key160> target_of(krpc::query const& q) noexcept {
        if (auto const* const f = std::get_if<krpc::find_node>(&q.args)) return f->target;
        if (auto const* const g = std::get_if<krpc::get_peers>(&q.args)) return g->hash;
        if (auto const* const g = std::get_if<krpc::get_item>(&q.args)) return g->target;
        return std::nullopt;
    }

    std::map<number, trail> all_;
    number last_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
