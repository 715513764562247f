#ifndef DHT_TESTS_UNIT_WIRE_NODES_HPP
#define DHT_TESTS_UNIT_WIRE_NODES_HPP

#include <dht/wire/compact.hpp>

#include <vector>

namespace dht::test {

/// The contacts that these entries name.
inline std::vector<node_contact> nodes_of(byte_view entries, family f = family::ipv4) {
    compact::node_reader in{entries, f};
    std::vector<node_contact> nodes;
    while (auto const n = in.next())
        nodes.push_back(*n);
    return nodes;
}

} // namespace dht::test

#endif
