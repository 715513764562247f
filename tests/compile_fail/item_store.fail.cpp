// expect-error: dht: the item_store policy does not model dht::item_store

// A store that only gives.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::item_store;

    std::optional<dht::item_view> get(dht::instant, dht::item_key const&) noexcept { return {}; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
