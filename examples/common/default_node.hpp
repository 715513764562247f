#ifndef DHT_EXAMPLES_DEFAULT_NODE_HPP
#define DHT_EXAMPLES_DEFAULT_NODE_HPP

#include <dht/node.hpp>

// The node with the default policies is compiled in default_node.cpp, once for all who include this.
// That saves each of them some seconds; do the same for yours.
extern template class dht::basic_node<dht::node<>::traits>;

#endif
