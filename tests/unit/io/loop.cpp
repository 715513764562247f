#include "loop.hpp"

template class dht::basic_node<dht::node<dht::allow_local>::traits>;
template class dht::io::asio_driver<dht::node<dht::allow_local>>;
