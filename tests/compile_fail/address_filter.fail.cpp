// expect-error: dht: the address_filter policy does not model dht::address_filter

// A filter is told what the endpoint is wanted for.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::address_filter;

    bool allows(dht::endpoint const&) const noexcept { return true; }

    bool limits_subnets() const noexcept { return true; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
