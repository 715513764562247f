/// A refresh strategy of your own: a telephone that asks a tenth as often while it runs on battery.
///
/// A table rots unless its contacts are asked now and then. The strategy names one contact to ask
/// and a target to ask for, or a target to look up, and says when to call it again. It is called
/// for each table of the node. What the default decides is good; only its pace is changed here, so
/// it is wrapped.
#include "policy_demo.hpp"

struct thrifty_refresh {
    using policy_slot = dht::slots::refresh_strategy;

    dht::adaptive_refresh inner{};
    bool on_battery = false; ///< the application knows

    template <class Rng>
    dht::refresh_step next(dht::routing_table const& table, dht::times at, Rng& rng) noexcept {
        dht::refresh_step step = inner.next(table, at, rng);
        if (on_battery) step.again = at.now + 10 * (step.again - at.now);
        return step;
    }
};

/// With a single contact a node keeps asking its bootstrap endpoint, too; that is not refreshing.
struct question_counter {
    using policy_slot = dht::slots::observer;
    unsigned asked = 0;

    void on(dht::event::question_sent const& q) noexcept {
        asked += q.why != dht::event::purpose::bootstrap;
    }
};

int main() {
    unsigned asked[2] = {};
    for (bool const on_battery : {false, true}) {
        dht::instant now{dht::seconds{1}};
        dht::node<thrifty_refresh, question_counter> telephone;
        dht::node<> other;
        telephone.policy<dht::slots::refresh_strategy>().on_battery = on_battery;
        demo::introduce(telephone, other, now);
        telephone.get<question_counter>().asked = 0;
        demo::converse(telephone, other, now, dht::hours{24});
        asked[on_battery ? 1 : 0] = telephone.get<question_counter>().asked;
    }
    std::printf("in a day: %u questions when plugged in, %u on battery\n", asked[0], asked[1]);
    return demo::shown(3 * asked[1] < asked[0]);
}
