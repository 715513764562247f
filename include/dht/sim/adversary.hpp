#ifndef DHT_SIM_ADVERSARY_HPP
#define DHT_SIM_ADVERSARY_HPP

#include <dht/sim/nuisance.hpp>
#include <dht/sim/sybils.hpp>

/// What members of a conspiracy may do (see sybils.hpp). Any function from a question to bytes will
/// do as well:
///
///     sim::answering(ring, [](sim::question const& q) { return sim::answer(q, {}); })
///
/// An adversary is a behaviour, and where its ids are (see placement.hpp):
///
/// | name                | behaviour                             | ids                            |
/// |---------------------|---------------------------------------|--------------------------------|
/// | A-SK                | diverter                              | uniform: random_id             |
/// | A-SKs               | lasting_diverter, with well_connected | uniform                        |
/// | A-VERT, ..stealth   | diverter                              | vertical_ids, stealthy_ids     |
/// | A-HOR               | any, with infiltration                | uniform                        |
/// | A-TAB               | turncoat                              | on crowded_addresses of 64 /24 |
namespace dht::inline DHT_ABI::sim {

inline constexpr std::size_t nodes_per_answer = 8; ///< k of BEP 5

/// Answers as a good node does that knows everybody.
struct good_citizen {
    conspiracy const& ring;

    packet operator()(question const& q) const {
        auto const target = q.target();
        if (!target) return answer(q, {});
        return answer(q, ring.closest(*target, nodes_per_answer, q.came.at));
    }
};

/// A-SK, the adversary of S/Kademlia (Baumgart and Mies 2007, section 5): names nobody but members
/// that are closer to the target than itself, the closest of them. Beside them valid ids under
/// false addresses: honest nodes close to the target, each on the next port of its own address,
/// where nobody is (which no rule that binds ids to addresses reveals).
struct diverter {
    conspiracy const& ring;
    std::size_t false_addresses = 0; ///< of the nodes that it names

    packet operator()(question const& q) const {
        auto const target = q.target();
        if (!target) return answer(q, {});
        auto nodes = ring.closest_members(*target, nodes_per_answer - false_addresses, q.came.at);
        std::erase_if(nodes,
                      [&](node_contact const& n) { return !closer(n.id, q.me.id, *target); });
        for (node_contact n : ring.closest_honest(*target, false_addresses)) {
            ++n.at.port;
            nodes.push_back(n);
        }
        return answer(q, nodes);
    }
};

/// Whether members keep to the ids that they were enlisted with, or take one for each asker.
enum class names : std::uint8_t { own, invented };

/// A-SKs: a diverter that never names a member to one asker twice. With invented names it has
/// somebody closer to the target at each hop, for some 70 of them, and each member goes by the name
/// that the asker was told; with its own names it runs out of members. Those who ask are told apart
/// by their address.
class lasting_diverter {
public:
    /// How many pairs of asker and member it remembers, at 100 bytes each. When there are more, it
    /// begins anew.
    static constexpr std::size_t memory_pairs_max = 1'000'000;

    explicit lasting_diverter(conspiracy& ring, names how = names::invented,
                              std::size_t memory = memory_pairs_max)
        : ring_{ring},
          how_{how},
          told_{memory, key_for(1, purpose::adversaries)},
          turns_{memory, key_for(2, purpose::adversaries)} {}

    packet operator()(question const& q) {
        node_id const* const alias = told_.find({q.came.from.ip, q.me.at});
        node_id const name = alias == nullptr ? q.me.id : *alias;
        auto const target = q.target();
        if (!target) return answer(q, {}, name);
        return answer(q, how_ == names::own ? fresh(q, *target) : invented(q, *target, name), name);
    }

private:
    struct pair {
        address asker;
        endpoint who;
        friend bool operator==(pair const&, pair const&) noexcept = default;
    };

    [[nodiscard]] std::vector<node_contact> fresh(question const& q, key160 const& target) {
        address const& asker = q.came.from.ip;
        auto found =
            ring_.closest_members(target, nodes_per_answer, q.came.at, [&](member const& m) {
                return told_.find({asker, m.at}) == nullptr;
            });
        std::erase_if(found, [&](node_contact const& n) { return !closer(n.id, q.me.id, target); });
        for (node_contact const& n : found)
            remember({asker, n.at}, n.id);
        return found;
    }

    /// Members in turn, under names that share at least one more bit with the target.
    [[nodiscard]] std::vector<node_contact> invented(question const& q, key160 const& target,
                                                     node_id const& me) {
        unsigned const shared = common_prefix_length(me, target) + 1;
        std::size_t const count = std::min(nodes_per_answer, ring_.members().size());
        std::vector<node_contact> all;
        while (all.size() < count) {
            member const& m = next_for(q.came.from.ip);
            key160 const name = with_prefix(target, shared, random_key(ring_.chance()));
            all.push_back({to_node_id(name), m.at});
            remember({q.came.from.ip, m.at}, all.back().id);
        }
        return all;
    }

    /// Each asker is led through the members from another one on.
    member const& next_for(address const& asker) {
        if (turns_.full()) turns_.clear();
        std::size_t const count = ring_.members().size();
        std::uint64_t const begin = object_hash{}(key_for(3, purpose::adversaries), asker);
        return ring_.members()[(begin + (*turns_.find_or_insert(asker))++) % count];
    }

    void remember(pair const& who, node_id const& name) {
        if (told_.full()) told_.clear();
        *told_.find_or_insert(who) = name;
    }

    conspiracy& ring_;
    names how_;
    dense_map<pair, node_id, object_hash> told_;
    dense_map<address, std::uint32_t, object_hash> turns_;
};

/// Behaves in one way, and from an instant on in another one: A-TAB does well until its identities
/// stand in all tables (after Pruenster and others 2022).
struct turncoat {
    instant turns_at;
    behaviour before;
    behaviour after;

    packet operator()(question const& q) const {
        return (q.came.at < turns_at ? before : after)(q);
    }
};

/// Answers well, under another id each time.
struct id_changer {
    conspiracy& ring;

    packet operator()(question const& q) const {
        auto const target = q.target();
        node_id const name = to_node_id(random_key(ring.chance()));
        return answer(q,
                      target ? ring.closest_honest(*target, nodes_per_answer)
                             : std::vector<node_contact>{},
                      name);
    }
};

} // namespace dht::inline DHT_ABI::sim

#endif
