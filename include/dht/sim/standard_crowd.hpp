#ifndef DHT_SIM_STANDARD_CROWD_HPP
#define DHT_SIM_STANDARD_CROWD_HPP

#include <dht/sim/session_law.hpp>
#include <dht/sim/standard_client.hpp>
#include <dht/sim/world.hpp>

namespace dht::inline DHT_ABI::sim {

/// How tables look in a network that has been running for long. Written down before the first run,
/// too: DC20 lies between what was measured in Mainline (55 %) and in IPFS (10 %).
struct settled_start {
    double dead_share = 0.20;             ///< of all contacts, in [0, 1)
    session_law sessions = sessions::w60; ///< nobody was heard of before he came
    standard_parameters client{};
};

/// The table that one id would have by now: each bucket holds k of those who belong there, anybody
/// with the same chance. address_of(who) tells where a member is. O(k log n) per bucket.
template <class AddressOf>
standard_table settled_table(population const& all, key160 const& own, settled_start const& how,
                             instant now, dice& chance, AddressOf address_of) {
    constexpr std::size_t k = standard_parameters::k;
    standard_table table{own, how.client};
    auto const ago = [&](duration at_most) { return stamp_of(now - chance.between({}, at_most)); };
    auto const append = [&](population::stretch from, std::size_t count) {
        standard_table::bucket b;
        b.changed = ago(how.client.refresh_after);
        for (population::member const& m : population::sample(from, count, chance)) {
            if (m.id == own) continue;
            duration const there = how.sessions.resident(chance).age;
            stamp const heard = ago(std::min(there, how.client.good_for));
            b.contacts.push_back({m.id, packed_endpoint{address_of(m.who)}, 0, true, heard});
        }
        table.append(b);
    };
    population::stretch tree = all.everybody();
    for (unsigned depth = 0; tree.size() > k + 1 && depth < key160::bits; ++depth) {
        auto const halves = population::cut(tree, depth, own);
        append(halves.far, k);
        tree = halves.near;
    }
    append(tree, k + 1); // the bucket that we are in ourselves
    return table;
}

/// Standard clients in a world, on the addresses public_v4(0), public_v4(1), ..., settled from the
/// first moment: nobody has to join.
///
/// Some of the contacts in their tables are dead: as in a real network they are nodes that left,
/// and all who knew one hold him under the same id and address. So the crowd has ghosts, whom
/// everybody takes for clients, and where nobody answers. Of N clients and G ghosts each table has
/// the share G / (N + G). Upkeep finds them: of 20 % in replies 9 % are left after 15 minutes and
/// 1 % after 30; hosts that come and go by W60 hold 2 to 3 %. Where the share shall last, settle
/// again every few minutes.
class standard_crowd {
public:
    standard_crowd(world& where, std::uint32_t clients, std::uint64_t seed,
                   settled_start const& how = {})
        : how_{how},
          chance_{keyed_hash(key_for(seed, purpose::nodes), as_bytes("tables"))},
          all_{invite(where, clients, seed)} {
        settle();
    }

    /// Fills the tables of all who are up anew.
    void settle() {
        auto const address_of = [](std::uint32_t who) { return public_v4(who); };
        for (standard_client* const c : clients_)
            if (c->up())
                c->know(settled_table(all_, c->id(), how_, c->clock(), chance_, address_of));
    }

    [[nodiscard]] std::uint32_t size() const noexcept {
        return static_cast<std::uint32_t>(clients_.size());
    }

    [[nodiscard]] standard_client& operator[](std::uint32_t who) const noexcept {
        return *clients_[who];
    }

    /// Clients, by their number, and behind them the ghosts.
    [[nodiscard]] population const& all() const noexcept { return all_; }

    [[nodiscard]] bool is_up(std::uint32_t who) const noexcept {
        return who < clients_.size() && clients_[who]->up();
    }

    /// The clients who are up and closest to a target, the closest first.
    [[nodiscard]] std::vector<population::member> closest_up(key160 const& target,
                                                             std::size_t k) const {
        return all_.true_closest(target, k, [this](std::uint32_t who) { return is_up(who); });
    }

private:
    std::vector<population::member> invite(world& where, std::uint32_t clients,
                                           std::uint64_t seed) {
        dice chance{keyed_hash(key_for(seed, purpose::nodes), as_bytes("ghosts"))};
        auto const all = static_cast<std::uint32_t>(clients / (1 - how_.dead_share) + 0.5);
        std::vector<population::member> members;
        members.reserve(all);
        clients_.reserve(clients);
        for (std::uint32_t who = 0; who < clients; ++who) {
            clients_.push_back(&where.add_host<standard_client>(public_v4(who), how_.client));
            members.push_back({clients_.back()->id(), who});
        }
        for (std::uint32_t who = clients; who < all; ++who)
            members.push_back({random_key(chance), who});
        return members;
    }

    settled_start how_;
    dice chance_;
    std::vector<standard_client*> clients_;
    population all_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
