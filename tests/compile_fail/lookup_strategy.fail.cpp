// expect-error: dht: the lookup_strategy policy does not model dht::lookup_strategy

// There is no state that one lookup could remember.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::lookup_strategy;

    template <class Rng>
    dht::lookup_step next(int&, dht::lookup_view const&, dht::times, Rng&) const noexcept {
        return {};
    }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
