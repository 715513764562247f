// expect-error: dht: the timeouts policy does not model dht::timeouts

// One time-out is not enough: stalling and failing are two things.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::timeouts;

    void observe(dht::duration) noexcept {}

    dht::duration stall_after(dht::contact const&) const noexcept { return dht::seconds{2}; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
