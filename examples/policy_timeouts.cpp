/// A timeouts policy of your own: whoever is known is judged by himself, not by the average.
///
/// A question stalls first: its slot is given to somebody else, and a late answer is still welcome.
/// Only much later it has failed, which costs the contact its good name. Here a contact whose round
/// trip was measured stalls after twice that; about strangers the default knows best. The default
/// has to be told of every round trip, or it learns nothing.
#include "policy_demo.hpp"

struct personal_timeouts {
    using policy_slot = dht::slots::timeouts;

    dht::quantile_timeouts strangers{};

    void observe(dht::duration round_trip) noexcept { strangers.observe(round_trip); }

    [[nodiscard]] dht::duration stall_after(dht::contact const& c) const noexcept {
        if (c.rtt_ms == dht::contact::rtt_unknown) return strangers.stall_after(c);
        return dht::milliseconds{100} + 2 * dht::milliseconds{c.rtt_ms};
    }

    [[nodiscard]] dht::duration fail_after(dht::contact const& c) const noexcept {
        return strangers.fail_after(c);
    }
};

/// Remembers when the last question stalled.
struct stall_watch {
    using policy_slot = dht::slots::observer;
    dht::instant at{};

    void on(dht::event::question_stalled const& e) noexcept { at = e.at; }
};

int main() {
    dht::instant now{dht::seconds{1}};
    dht::node<personal_timeouts, stall_watch> node;
    dht::node<> other;
    demo::introduce(node, other, now); // answers take 10 ms
    node.find_peers(now, {});
    dht::instant const asked = now;
    while (node.poll_transmit()) {
    } // the other one is gone
    while (node.get<stall_watch>().at < asked)
        node.advance(now += dht::milliseconds{10});
    auto const waited = std::chrono::duration_cast<dht::milliseconds>(now - asked);
    std::printf("a slot was free again after %d ms\n", static_cast<int>(waited.count()));
    return demo::shown(waited <= dht::milliseconds{130});
}
