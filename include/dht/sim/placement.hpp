#ifndef DHT_SIM_PLACEMENT_HPP
#define DHT_SIM_PLACEMENT_HPP

#include <dht/kad/contact.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/sim/address_plan.hpp>
#include <dht/sim/closest_of.hpp>
#include <dht/sim/density_test.hpp>

/// Where adversaries put their identities: on which addresses, and with which ids.
namespace dht::inline DHT_ABI::sim {

// -- addresses

/// `count` endpoints in `nets` networks of 256 addresses, in turn. Where a network has fewer
/// addresses than are wanted, ports differ. `first` is the number in the address plan of the first
/// network.
inline std::vector<endpoint> crowded_addresses(std::uint32_t count, std::uint32_t nets,
                                               std::uint32_t first = 0) {
    std::vector<endpoint> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        std::uint32_t const place = i / nets;
        std::uint32_t const net = public_v4(first + i % nets).ip.v4_value() & 0xffffff00U;
        auto const port = static_cast<std::uint16_t>(usual_port + place / 254);
        all.push_back({address::v4(net + 1 + place % 254), port});
    }
    return all;
}

/// `count` endpoints of as many providers, as far as there are so many.
inline std::vector<endpoint> scattered_addresses(std::uint32_t count, std::uint32_t first = 0) {
    std::vector<endpoint> all;
    for (std::uint32_t i = 0; i < count; ++i)
        all.push_back(public_v4(first + i));
    return all;
}

// -- ids

inline key160 random_key(seeded_random& chance) noexcept {
    key160 k;
    chance.fill(k.bytes);
    return k;
}

/// Uniform among the keys closer to `target` than `edge`; edge differs from target.
inline key160 random_key_within(key160 const& target, key160 const& edge, seeded_random& chance) {
    unsigned const shared = common_prefix_length(target, edge);
    DHT_ASSERT(shared < key160::bits);
    key160 k = edge;
    while (!closer(k, edge, target)) // two rounds on average
        k = with_prefix(target, shared, random_key(chance));
    return k;
}

/// A-VERT: `count` ids between the target and its closest honest node, so that nobody else is among
/// the closest.
inline std::vector<node_id> vertical_ids(key160 const& target, key160 const& closest_honest,
                                         std::size_t count, seeded_random& chance) {
    std::vector<node_id> ids;
    while (ids.size() < count)
        ids.push_back(to_node_id(random_key_within(target, closest_honest, chance)));
    return ids;
}

/// One identity on each address: ids as the generator (see policy/id_generator.hpp) gives them
/// there. random_id: uniform, as A-SK and A-HOR have them.
template <class Generator>
std::vector<node_contact> identities(std::vector<endpoint> const& addresses, Generator const& ids,
                                     seeded_random& chance) {
    std::vector<node_contact> all;
    for (endpoint const& at : addresses)
        all.push_back({ids.generate(at.ip, chance), at});
    return all;
}

/// These ids on these addresses, as many as there are of both.
inline std::vector<node_contact> identities(std::vector<node_id> const& ids,
                                            std::vector<endpoint> const& addresses) {
    std::vector<node_contact> all;
    for (std::size_t i = 0; i < ids.size() && i < addresses.size(); ++i)
        all.push_back({ids[i], addresses[i]});
    return all;
}

// -- hiding from a density test

namespace detail {

/// The key at that distance from `target`, in spacings of a network of `nodes`.
inline key160 key_at(key160 const& target, double spacings, double nodes, seeded_random& chance) {
    DHT_ASSERT(spacings < nodes);
    key160 k = random_key(chance);
    auto const high = static_cast<std::uint64_t>(spacings / nodes * 0x1p64);
    store_big_endian(k.bytes.data(), target.high_bits() ^ high);
    return k;
}

/// A little further than the `rank`-th node may be, or all Sybils of the world would be at one
/// distance.
inline double spot_for(unsigned rank, double p_value, seeded_random& chance) {
    double const near = spacings_of(rank, p_value);
    double const next = spacings_of(rank + 1, p_value);
    return near + (next - near) * static_cast<double>(chance.next() >> 11U) * 0x1p-53;
}

inline std::vector<double> with(std::vector<double> sorted, double more) {
    sorted.insert(std::upper_bound(sorted.begin(), sorted.end(), more), more);
    return sorted;
}

} // namespace detail

/// How somebody hides Sybils among the nodes around a target.
struct stealth {
    double nodes;      ///< in the network
    double p_value;    ///< that a density test must not go below
    std::size_t count; ///< Sybils; none where honest nodes alone fail the test
    density_window window{};
};

/// A-VERTstealth: each Sybil is as close to the target as the test lets it be, after those before
/// it. `honest` are distances of the honest nodes around, in spacings, ascending; at least as many
/// as the window is long. Who is behind the last that the test looks at is free.
inline std::vector<node_id> stealthy_ids(key160 const& target, std::vector<double> honest,
                                         stealth const& plan, seeded_random& chance) {
    std::vector<node_id> ids;
    for (unsigned rank = 1; rank <= plan.window.last && ids.size() < plan.count;) {
        double const spot = detail::spot_for(rank, plan.p_value, chance);
        std::vector<double> const with_it = detail::with(honest, spot);
        if (density_p_value(with_it, plan.window) < plan.p_value) {
            ++rank;
        } else {
            honest = with_it;
            ids.push_back(to_node_id(detail::key_at(target, spot, plan.nodes, chance)));
        }
    }
    return ids;
}

} // namespace dht::inline DHT_ABI::sim

#endif
