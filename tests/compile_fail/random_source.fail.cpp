// expect-error: dht: the random_source policy does not model dht::random_source

// The standard engines are no random sources: they have no next and no fill.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::random_source;

    unsigned operator()() noexcept { return 4; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
