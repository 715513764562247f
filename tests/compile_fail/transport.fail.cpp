// expect-error: dht: the transport policy does not model dht::transport

// A datagram is handed over as a whole; nobody can encode into that.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::transport;

    bool send(dht::endpoint const&, dht::byte_view) noexcept { return true; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
