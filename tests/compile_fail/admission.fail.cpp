// expect-error: dht: the admission policy does not model dht::admission

// admit says nothing.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::admission;

    void admit(dht::times, dht::endpoint const&, dht::event::method) noexcept {}
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
