// expect-error: dht: a type given to node<> is no policy

#include "every_verb.hpp"

struct broken {};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
