// expect-error: dht: an extension models no part of dht::extension

// It asks, and does not care about the answer: no part is complete.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::extension;

    std::optional<dht::extension_question> next(dht::times) noexcept { return {}; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
