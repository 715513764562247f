#ifndef DHT_TESTS_USUAL_NODE_HPP
#define DHT_TESTS_USUAL_NODE_HPP

#include <dht/dht.hpp>

namespace dht::inline DHT_ABI {

/// The node of most tests: the default one, with chance from a seed. usual_node.cpp instantiates
/// it, so that it is compiled once.
extern template class basic_node<node<seeded_random>::traits>;

} // namespace dht::inline DHT_ABI

#endif
