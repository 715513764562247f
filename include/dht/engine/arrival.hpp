#ifndef DHT_ENGINE_ARRIVAL_HPP
#define DHT_ENGINE_ARRIVAL_HPP

#include <dht/engine/lookup_run.hpp>
#include <dht/kad/density_test.hpp>

namespace dht::inline DHT_ABI::engine {

/// How dense it is around the target of a lookup: nothing while too little is known of the size of
/// the network.
template <class Run>
density density_around(size_estimate const& size, Run const& r) noexcept {
    static_vector<double, density_window{}.last> expected;
    for (candidate const& k : r.list.candidates())
        if (k.state == candidate_state::replied)
            expected.push_back(size.expected_within(k.id ^ r.plan.target));
    unsigned const certainty = size.certainty();
    return certainty == 0 ? density{} : density_of({expected.data(), expected.size()}, certainty);
}

/// What a lookup that has found the closest nodes leaves to its identity: who gave tokens, and how
/// many nodes there may be. Says how dense it is around the target.
///
/// Who is joining sees too little of the network to measure it, and whoever crowds around a key
/// that he knows we look up, or around its mirrors, has no say in how many nodes there are. Nobody
/// knows what upkeep looks up: an estimate that is far too small comes right by that.
template <class Set, class Run>
density take_stock(core<Set>& c, Run const& r) {
    identity& self = c.identities[r.plan.via];
    static_vector<key160, 16> closest;
    for (candidate const& k : r.list.candidates()) {
        if (k.state != candidate_state::replied) continue;
        if (closest.size() < c.limits.results) closest.push_back(k.id);
        // Who gave no token would store nothing, and upkeep needs nobody beside the table.
        if (!k.token.empty()) self.met.add({to_node_id(k.id), k.at}, k.plausible, c.at.now);
    }
    density const around = density_around(self.size, r);
    bool const crowded = around.suspicious() && r.plan.operation;
    if (!r.plan.joins && !crowded && r.plan.mirrored == 0)
        self.size.observe(r.plan.target, closest);
    return around;
}

} // namespace dht::inline DHT_ABI::engine

#endif
