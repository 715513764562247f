// expect-error: dht: a policy without a default constructor must be passed

#include "every_verb.hpp"

int main() {
    dht::node<dht::fixed_id> node;
    every_verb(node);
}
