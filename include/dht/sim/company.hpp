#ifndef DHT_SIM_COMPANY_HPP
#define DHT_SIM_COMPANY_HPP

#include <dht/sim/rogue.hpp>
#include <dht/sim/scenario.hpp>
#include <dht/sim/world.hpp>

#include <map>

namespace dht::inline DHT_ABI::sim {

/// Everybody in a scenario: its nodes, some of them routers or behind NATs, and its rogues. Knows
/// as nobody in the world can who is there, and who is closest.
class company {
public:
    /// Adds the next host of the network to the world, with private addresses if a NAT will stand
    /// before it.
    using casting = std::function<client&(world&, std::vector<endpoint> addresses)>;

    /// All come into the world; nobody knows anybody yet.
    void come(scenario const& s, world& where, std::uint64_t seed, casting const& cast) {
        routers_ = s.routers;
        for (std::uint32_t i = 0; i < s.nodes; ++i)
            add_member(i, s, where, cast);
        for (std::uint32_t i = 0; i < s.rogues; ++i)
            add_rogue(i, where, dice{seed + i}.next());
    }

    [[nodiscard]] std::vector<client*> const& members() const noexcept { return members_; }

    void meet_routers(client& c) const {
        for (std::size_t i = 0; i < routers_ && i < members_.size(); ++i)
            for (endpoint const& at : members_[i]->addresses())
                if (members_[i] != &c) c.bootstrap(at);
        for (auto const& r : rogues_)
            for (node_contact const& self : r->selves())
                c.bootstrap(self.at);
    }

    /// Where others see it.
    [[nodiscard]] static address outer_address(client const& c, via_index via = 0) {
        return c.behind() == nullptr ? c.at(via).ip : c.behind()->at().ip;
    }

    /// Contacts in all tables of who is up: {all, those whose host is down or is somebody else}.
    [[nodiscard]] std::pair<std::size_t, std::size_t> contacts() const {
        std::map<address, node_id> living; // NATs choose ports
        for_each_identity([&](client const& c, via_index via) {
            living.emplace(outer_address(c, via), c.own_id(via));
        });
        std::size_t all = 0;
        std::size_t dead = 0;
        for_each_identity([&](client const& c, via_index via) {
            c.for_each_contact(via, [&](contact const& k) {
                if (is_rogue(k.at.ip)) return;
                auto const found = living.find(k.at.ip);
                ++all;
                dead += found == living.end() || found->second != k.id ? 1U : 0U;
            });
        });
        return {all, dead};
    }

    struct resident {
        node_id id;
        client const* at;
    };

    /// The closest 8 of that family that are up, can be reached, and are wanted. O(n log 8).
    template <class Wanted>
    [[nodiscard]] std::vector<resident> closest_to(key160 const& target, family f,
                                                   Wanted wanted) const {
        std::vector<resident> all;
        for_each_identity([&](client const& c, via_index via) {
            if (c.at(via).ip.ip_family() == f && c.behind() == nullptr && wanted(c))
                all.push_back({c.own_id(via), &c});
        });
        auto const count = static_cast<std::ptrdiff_t>(std::min<std::size_t>(8, all.size()));
        std::partial_sort(all.begin(), all.begin() + count, all.end(),
                          [&](auto& a, auto& b) { return closer<160>(a.id, b.id, target); });
        all.erase(all.begin() + count, all.end());
        return all;
    }

private:
    static constexpr std::uint32_t first_rogue = 50'000; // in the address plan
    static constexpr std::uint32_t first_nat = 30'000;

    static std::vector<endpoint> addresses_of(std::uint32_t i, scenario const& s) {
        bool const islands = s.addresses == dialing::islands && i >= s.routers;
        bool const v6 = s.addresses != dialing::ipv4 && (!islands || i % 3 != 0);
        bool const v4 = !islands || i % 3 != 1;
        std::vector<endpoint> all;
        if (v4) all.push_back(public_v4(i));
        if (v6) all.push_back(public_v6(i));
        return all;
    }

    void add_member(std::uint32_t i, scenario const& s, world& where, casting const& cast) {
        dice chance{object_hash{}(key_for(where.seed(), purpose::network), i)};
        auto const before =
            s.nats && i >= s.routers ? s.nats->draw(chance) : std::optional<nat_kind>{};
        if (!before) return members_.push_back(&cast(where, addresses_of(i, s)));
        nat& gate = where.add_nat({public_v4(first_nat + i).ip}, *before);
        members_.push_back(&cast(where, {private_v4(i)}));
        where.put_behind(*members_.back(), gate);
    }

    void add_rogue(std::uint32_t i, world& where, std::uint64_t seed) {
        std::uint32_t const number = first_rogue + 20 * i; // it takes eleven
        rogues_.push_back(std::make_unique<rogue>(where, number, reachable(), seed));
    }

    /// By IPv4, which is what rogues speak.
    [[nodiscard]] std::vector<endpoint> reachable() const {
        std::vector<endpoint> all;
        for (client const* const c : members_)
            if (c->at().ip.is_v4() && c->behind() == nullptr) all.push_back(c->at());
        return all;
    }

    [[nodiscard]] bool is_rogue(address const& ip) const {
        return std::any_of(rogues_.begin(), rogues_.end(), [&](auto const& r) {
            return r->selves().front().at.ip == ip || r->selves().back().at.ip == ip;
        });
    }

    template <class F>
    void for_each_identity(F&& f) const {
        for (client const* const c : members_)
            for (via_index via = 0; c->up() && via < c->addresses().size(); ++via)
                f(*c, via);
    }

    std::size_t routers_ = 0;
    std::vector<client*> members_;
    std::vector<std::unique_ptr<rogue>> rogues_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
