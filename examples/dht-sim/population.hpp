#ifndef DHT_EXAMPLES_DHT_SIM_POPULATION_HPP
#define DHT_EXAMPLES_DHT_SIM_POPULATION_HPP

#include <dht/sim/world.hpp>

namespace example {

/// Who lives in a network.
enum class population : std::uint8_t {
    ours,    ///< dht::node with its default policies and settings
    flat,    ///< the same, but with eight contacts in each bucket, as Kademlia has it
    standard ///< the reference: BEP 5 by the book, IPv4 only
};

inline constexpr std::array<std::string_view, 3> population_names{"ours", "flat", "standard"};

inline std::string_view name_of(population p) {
    return population_names[static_cast<std::size_t>(p)];
}

dht::settings settings_of(population p);

/// One more of them in that world.
dht::sim::client& add_one(population p, dht::sim::world& where,
                          std::vector<dht::endpoint> addresses);

} // namespace example

#endif
