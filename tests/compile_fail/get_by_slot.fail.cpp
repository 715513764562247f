// expect-error: dht: that slot has many policies; use get<T>()

#include "every_verb.hpp"

int main() {
    dht::node<> node;
    static_cast<void>(node.policy<dht::slots::observer>());
}
