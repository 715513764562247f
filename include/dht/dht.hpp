#ifndef DHT_DHT_HPP
#define DHT_DHT_HPP

/// Everything of the core: nodes, settings, policies, outcomes. Adapters and wings are included
/// apart.
#include <dht/base/address_text.hpp>
#include <dht/node.hpp>

#endif
