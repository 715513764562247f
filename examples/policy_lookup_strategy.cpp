/// A lookup strategy of your own: content that many have is found without asking all the way.
///
/// A lookup is an iterator over questions. It is shown the candidates, closest first, and says whom
/// to ask, or that it waits, or that it is over; it sends nothing itself. `state` is what one
/// lookup remembers. Strategies wrap each other: this one changes the view that its inner strategy
/// gets, so that three answers are a result instead of eight. For announcing, where the closest
/// nodes matter, use the default.
#include "policy_demo.hpp"

template <class Inner = dht::single_path>
struct impatient {
    using policy_slot = dht::slots::lookup_strategy;
    using state = typename Inner::state;

    Inner inner{};

    template <class Rng>
    dht::lookup_step next(state& s, dht::lookup_view view, dht::times at, Rng& rng) const noexcept {
        view.results = 3;
        return inner.next(s, view, at, rng);
    }
};

static_assert(dht::lookup_strategy<impatient<impatient<>>, dht::system_random>);

/// Ten contacts that all answer, and how many of them one lookup asks.
template <class Node>
unsigned questions_of(Node node) {
    dht::instant const now{dht::seconds{1}};
    node.open(now, demo::at("5.6.7.8:6881"));
    dht::node<dht::random_id> others[10];
    for (unsigned i = 0; i < 10; ++i) {
        others[i].open(now, {dht::address::v4((60 + i) << 24U | 1), 6881});
        node.ping(now, others[i].local(0));
        demo::carry(node, others[i], now);
        demo::carry(others[i], node, now);
    }
    demo::finished(node);
    node.find_peers(now, {});
    for (int turn = 0; turn < 10; ++turn)
        while (auto const t = node.poll_transmit())
            for (auto& other : others)
                if (other.local(0) == t->to) {
                    other.receive(now, 0, node.local(0), t->bytes);
                    demo::carry(other, node, now);
                    break;
                }
    return demo::finished(node).asked;
}

int main() {
    using patient_node = dht::node<dht::random_id, dht::fixed_alpha>;
    using impatient_node = dht::node<dht::random_id, dht::fixed_alpha, impatient<>>;
    unsigned const patient = questions_of(patient_node{dht::settings{}, dht::fixed_alpha{1}});
    unsigned const impatient = questions_of(impatient_node{dht::settings{}, dht::fixed_alpha{1}});
    std::printf("patient: %u questions, impatient: %u\n", patient, impatient);
    return demo::shown(impatient < patient);
}
