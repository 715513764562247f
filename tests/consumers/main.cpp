// What every consumer builds, however it came by dht: the smallest program that has a node.
#include <dht/dht.hpp>

int main() {
    dht::node<> node;
    return sizeof node == 0 ? 1 : 0;
}
