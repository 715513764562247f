#include "usual_node.hpp"

template class dht::basic_node<dht::node<dht::seeded_random>::traits>;
template class dht::sim::node_host<dht::sim::node<>>;
