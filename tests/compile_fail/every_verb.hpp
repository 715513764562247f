#ifndef DHT_TESTS_COMPILE_FAIL_EVERY_VERB_HPP
#define DHT_TESTS_COMPILE_FAIL_EVERY_VERB_HPP

#include <dht/dht.hpp>

/// Calls everything that a node has, so that each place where a broken policy could break the
/// compiler is instantiated.
template <class Node>
void every_verb(Node& node) {
    dht::instant const now{};
    dht::via_index const via = node.open(now, {});
    node.set_unix_time(now, {});
    node.bootstrap(now, {});
    node.receive(now, via, {}, {});
    node.advance(now);
    static_cast<void>(node.next_deadline());
    static_cast<void>(node.poll_transmit());
    static_cast<void>(node.poll_outcome());
    static_cast<void>(node.ping(now, {}));
    static_cast<void>(node.find_node(now, {}));
    static_cast<void>(node.announce(now, {}, {}));
    static_cast<void>(node.cancel(now, node.find_peers(now, {})));
    std::vector<std::byte> bytes;
    node.snapshot(now, bytes);
    static_cast<void>(node.restore(now, bytes));
    static_cast<void>(node.own_id(via));
    static_cast<void>(node.external(via));
    static_cast<void>(node.good_contacts(via));
    static_cast<void>(node.network_size(via));
    static_cast<void>(node.template policy<dht::slots::token_scheme>());
    node.stop(now);
}

#endif
