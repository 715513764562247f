// expect-error: dht: a preference policy does not model dht::preference

// A cost has a unit.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::preference;

    int cost(dht::contact const&, dht::times) const noexcept { return 1; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
