// expect-error: dht: the token_scheme policy does not model dht::token_scheme

// verify says yes or no, but a verdict may also be pending.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::token_scheme;

    dht::token issue(dht::token_claim const&) const noexcept { return {}; }

    bool verify(dht::token_claim const&, dht::byte_view, dht::ticket) noexcept { return true; }

    dht::instant rotate(dht::times at) noexcept { return at.now; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
