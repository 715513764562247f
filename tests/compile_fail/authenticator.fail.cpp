// expect-error: dht: the authenticator policy does not model dht::authenticator

// Messages are sealed and never opened.
#include "every_verb.hpp"

struct broken {
    using policy_slot = dht::slots::authenticator;

    std::size_t room(dht::envelope const&) noexcept { return 0; }

    template <class Rng>
    std::size_t seal(dht::times, Rng&, dht::envelope const&, dht::byte_span,
                     std::size_t used) noexcept {
        return used;
    }

    bool demands(dht::message_kind, dht::event::method) noexcept { return false; }
};

int main() {
    dht::node<broken> node;
    every_verb(node);
}
