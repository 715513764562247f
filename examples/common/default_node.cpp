#include "default_node.hpp"

template class dht::basic_node<dht::node<>::traits>;
