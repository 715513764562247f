// expect-error: dht: the token_scheme policy does not model dht::token_scheme

// What runs per datagram is noexcept.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::token_scheme;

    dht::token issue(dht::token_claim const&) const { return {}; }

    dht::token_verdict verify(dht::token_claim const&, dht::byte_view, dht::ticket) { return {}; }

    dht::instant rotate(dht::times at) { return at.now; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
