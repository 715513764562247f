// expect-error: dht: the refresh_strategy policy does not model dht::refresh_strategy

// next does not say when to call it again.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::refresh_strategy;

    template <class Rng>
    dht::key160 next(dht::routing_table const&, dht::times, Rng&) noexcept {
        return {};
    }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
