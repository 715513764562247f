// expect-error: dht: an observer hears no fact of dht::event::all

// It listens to something that never happens.
#include "every_verb.hpp"

struct moon_rose {};

struct broken {
    using policy_slot = dht::slots::observer;

    void on(moon_rose const&) noexcept {}
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
