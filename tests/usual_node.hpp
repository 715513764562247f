#ifndef DHT_TESTS_USUAL_NODE_HPP
#define DHT_TESTS_USUAL_NODE_HPP

#include <dht/dht.hpp>
#include <dht/sim/node_host.hpp>

namespace dht::inline DHT_ABI {

/// The node of most tests: the default one, with chance from a seed, and the host that it is on.
/// usual_node.cpp instantiates them, so that they are compiled once.
extern template class basic_node<node<seeded_random>::traits>;
extern template class sim::node_host<sim::node<>>;

} // namespace dht::inline DHT_ABI

#endif
