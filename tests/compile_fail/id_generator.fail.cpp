// expect-error: dht: the id_generator policy does not model dht::id_generator

// An id is made, but none is ever judged.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::id_generator;

    template <class Rng>
    dht::node_id generate(dht::address const&, Rng&) const {
        return {};
    }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
