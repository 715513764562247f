/// A concurrency policy of your own: slow start, as TCP has it.
///
/// How many questions of one lookup may be on their way? More is faster and costs more datagrams.
/// This one begins with one question and allows another for every answer, so that a host whose
/// uplink is gone does not shout into the void, and one whose uplink is fine is at full width a few
/// round trips later.
#include "policy_demo.hpp"

struct slow_start {
    using policy_slot = dht::slots::concurrency;

    unsigned most = 8;

    [[nodiscard]] unsigned width(dht::lookup_progress const& p) const noexcept {
        unsigned const earned = 1 + p.replied;
        return earned < most ? earned : most;
    }
};

int main() {
    dht::instant now{dht::seconds{1}};
    dht::node<slow_start> node;
    node.open(now, demo::at("5.6.7.8:6881"));
    for (unsigned i = 0; i < 12; ++i) { // a dozen contacts
        dht::node<> other;
        other.open(now, {dht::address::v4((60 + i) << 24U | 1), 6881});
        node.ping(now, other.local(0));
        demo::carry(node, other, now);
        demo::carry(other, node, now);
    }
    while (node.poll_transmit()) {
    } // what joining asked

    node.find_peers(now, {});
    unsigned questions = 0;
    while (node.poll_transmit())
        ++questions;
    std::printf("questions before the first answer: %u\n", questions);
    return demo::shown(questions == 1);
}
