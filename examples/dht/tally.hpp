#ifndef DHT_EXAMPLES_DHT_TALLY_HPP
#define DHT_EXAMPLES_DHT_TALLY_HPP

#include <dht/policy/observer.hpp>

namespace example {

/// An observer of our own: it hears facts and counts them, and what the node does stays the same.
struct tally {
    using policy_slot = dht::slots::observer;

    unsigned asked = 0;    ///< questions of ours
    unsigned answered = 0; ///< of those, answered
    unsigned served = 0;   ///< queries of others that we answered
    unsigned stored = 0;   ///< peers that others announced to us

    void on(dht::event::question_sent const&) noexcept { ++asked; }

    void on(dht::event::question_answered const&) noexcept { ++answered; }

    void on(dht::event::query_answered const&) noexcept { ++served; }

    void on(dht::event::peer_stored const&) noexcept { ++stored; }
};

static_assert(dht::observer<tally>);

} // namespace example

#endif
