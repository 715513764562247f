// expect-error: dht: the eviction policy does not model dht::eviction

// The newcomer is forgotten.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::eviction;

    dht::eviction_verdict judge(dht::routing_table const&, dht::times) noexcept { return {}; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
