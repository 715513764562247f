// expect-error: dht: an argument of the node's constructor is none of its policies

#include "every_verb.hpp"

int main() {
    dht::basic_node<> node{dht::settings{}, dht::allow_local{}};
    every_verb(node);
}
