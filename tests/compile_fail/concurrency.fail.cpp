// expect-error: dht: the concurrency policy does not model dht::concurrency

// The width depends on how the lookup goes.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::concurrency;

    unsigned width() const noexcept { return 3; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
