// expect-error: dht: the eviction policy does not model dht::eviction

// The other door has the same sentences.
#include "every_verb.hpp"

struct broken : dht::default_policies {
    using eviction = int;
};

int main() {
    dht::basic_node<broken> node;
    every_verb(node);
}
