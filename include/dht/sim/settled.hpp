#ifndef DHT_SIM_SETTLED_HPP
#define DHT_SIM_SETTLED_HPP

#include <dht/engine/snapshot.hpp>
#include <dht/policy/id_generator.hpp>
#include <dht/sim/client.hpp>
#include <dht/sim/population.hpp>
#include <dht/sim/session_law.hpp>

namespace dht::inline DHT_ABI::sim {

/// Gives nodes the tables that they would have in a network that has been running for long, so that
/// a world of a million does not begin with a million joins: each bucket is full of those who
/// belong there and are up, anybody with the same chance, and everybody has been proven within the
/// last minutes. Nodes read it as a snapshot of their own (node_host). O(contacts log n) for each.
class settled {
public:
    /// Gives nodes ids that fit their addresses (BEP 42), as those have that know theirs; whoever
    /// insists on another one keeps it.
    explicit settled(std::span<client* const> nodes, std::uint64_t seed, settings const& s = {},
                     session_law const& staying = sessions::w60)
        : nodes_{nodes.begin(), nodes.end()},
          chance_{dice{seed ^ 0x7461626cU}.next()},
          ids_{seed},
          limits_{s},
          staying_{staying},
          v4_{settle_down(family::ipv4)},
          v6_{settle_down(family::ipv6)},
          v4_up_{v4_},
          v6_up_{v6_} {}

    /// Everybody with an address of that family; `who` is the node's place in the list.
    [[nodiscard]] population const& all(family f) const noexcept {
        return f == family::ipv4 ? v4_ : v6_;
    }

    /// Fills the tables of all who are up: churn has its say first.
    void fill() {
        v4_up_ = those_up(v4_);
        v6_up_ = those_up(v6_);
        for (client* const c : nodes_)
            if (c->up()) c->restore(snapshot_for(*c));
    }

    /// Fills the tables of one: who has come just now, but knows what others knew when all were
    /// filled.
    [[nodiscard]] std::vector<std::byte> snapshot_for(client const& c) {
        std::vector<std::byte> bytes;
        saved_writer out{bytes, engine::snapshot_name, engine::snapshot_format};
        out.number(static_cast<std::uint64_t>(c.unix_now()));
        for (via_index via = 0; via < c.addresses().size(); ++via) {
            out.section("self", [&] {
                family const f = c.at(via).ip.ip_family();
                write_self(out, c.at(via), all(f).size(), c.own_id(via));
                write_contacts(out, f, c.own_id(via));
            });
            out.section("join", [&] { out.number(std::uint8_t{1}); });
        }
        out.end();
        return bytes;
    }

private:
    static constexpr duration proven_within = minutes{10}; // adaptive_refresh asks that often

    population settle_down(family f) {
        std::vector<population::member> members;
        for (std::size_t i = 0; i < nodes_.size(); ++i)
            for (via_index via = 0; via < nodes_[i]->addresses().size(); ++via)
                if (nodes_[i]->at(via).ip.ip_family() == f)
                    members.push_back({take_id(*nodes_[i], via), static_cast<std::uint32_t>(i)});
        return population{std::move(members)};
    }

    [[nodiscard]] population those_up(population const& all) const {
        population::stretch const everybody = all.everybody();
        std::vector<population::member> members{everybody.begin(), everybody.end()};
        std::erase_if(members, [&](auto const& m) { return !nodes_[m.who]->up(); });
        return population{std::move(members)};
    }

    /// The id that it has then.
    node_id take_id(client& c, via_index via) {
        std::vector<std::byte> bytes;
        saved_writer out{bytes, engine::snapshot_name, engine::snapshot_format};
        out.number(static_cast<std::uint64_t>(c.unix_now()));
        out.section("self", [&] {
            write_self(out, c.at(via), 0, bep42_id{}.generate(c.at(via).ip, ids_));
        });
        out.end();
        c.restore(bytes);
        return c.own_id(via);
    }

    static void write_self(saved_writer& out, endpoint const& at, std::size_t nodes,
                           node_id const& id) {
        out.place(at);
        out.bytes(id.bytes);
        out.number(std::bit_cast<std::uint64_t>(static_cast<double>(nodes)));
        out.number(std::uint8_t{64}); // lookups that the estimate comes from
    }

    void write_contacts(saved_writer& out, family f, node_id const& own) {
        population::stretch tree = (f == family::ipv4 ? v4_up_ : v6_up_).everybody();
        for (unsigned depth = 0; !tree.empty() && depth < key160::bits; ++depth) {
            auto const halves = population::cut(tree, depth, own);
            for (auto const& m : population::sample(halves.far, limits_.buckets.at(depth), chance_))
                write(out, m, f);
            tree = halves.near;
        }
    }

    void write(saved_writer& out, population::member const& m, family f) {
        duration const there = staying_.resident(chance_).age;
        duration const ago = chance_.between({}, std::min(there, proven_within));
        out.bytes(m.id.bytes);
        out.place(endpoint_of(*nodes_[m.who], f));
        out.number(contact::rtt_unknown);
        out.number(static_cast<std::uint32_t>(std::chrono::duration_cast<seconds>(ago).count()));
        out.number(std::uint8_t{0});
    }

    static endpoint endpoint_of(client const& c, family f) {
        for (endpoint const& e : c.addresses())
            if (e.ip.ip_family() == f) return e;
        return c.at();
    }

    std::vector<client*> nodes_;
    dice chance_;
    seeded_random ids_;
    settings limits_;
    session_law staying_;
    population v4_;
    population v6_;
    population v4_up_;
    population v6_up_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
