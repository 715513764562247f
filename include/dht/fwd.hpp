#ifndef DHT_FWD_HPP
#define DHT_FWD_HPP

#include <dht/config.hpp>

/// Names without definitions, for headers that only mention a node.
namespace dht::inline DHT_ABI {

struct default_policies;
struct settings;
struct outcome;
struct endpoint;
struct node_id;
struct info_hash;

template <class Traits>
class basic_node;
template <class... P>
class node;

} // namespace dht::inline DHT_ABI

#endif
