// expect-error: dht: the peer_store policy does not model dht::peer_store

// A store that only takes.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::peer_store;

    dht::store_verdict announce(dht::instant, dht::info_hash const&,
                                dht::stored_peer const&) noexcept {
        return dht::store_verdict::stored;
    }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
