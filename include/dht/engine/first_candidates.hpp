#ifndef DHT_ENGINE_FIRST_CANDIDATES_HPP
#define DHT_ENGINE_FIRST_CANDIDATES_HPP

#include <dht/engine/lookup_run.hpp>

/// Whom a lookup begins with: our table, who was met in earlier lookups, and the bootstrap
/// endpoints while the table is nearly empty.
namespace dht::inline DHT_ABI::engine {

/// Dealt out to the paths there may be, one after the other, each to one of them.
template <class Run>
void deal_out(Run& r, candidate k) {
    if (r.plan.shuns(k.id) || r.list.find(k.at) != nullptr) return;
    k.named_on = static_cast<std::uint16_t>(1U << r.list.candidates().size() % 16);
    r.list.offer(k);
}

/// Those of earlier lookups that are closest to the target.
template <class Set, class Run>
void offer_met(core<Set>& c, Run& r) {
    identity const& self = c.identities[r.plan.via];
    for (auto const& known : self.met.template closest_to<16>(r.plan.target, c.at.now)) {
        if (self.avoid.holds(known.node.at, c.at.now)) continue;
        candidate k{known.node.id, known.node.at, candidate_state::fresh, known.plausible};
        k.cost_ms = c.cost_of(contact{known.node.id, known.node.at});
        deal_out(r, k);
    }
}

/// Those who have answered another lookup.
template <class Run>
void offer_answered(Run& r, shortlist const& other) {
    for (candidate const& known : other.candidates()) {
        if (known.state != candidate_state::replied) continue;
        candidate k{known.id, known.at, candidate_state::fresh, known.plausible};
        k.cost_ms = known.cost_ms;
        deal_out(r, k);
    }
}

/// An endpoint without a known id stands at the far end of the key space.
template <class Set, class Run>
void offer_routers(core<Set>& c, Run& r) {
    std::byte number{1};
    for (endpoint const& at : c.routers) {
        if (at.ip.ip_family() != c.identities[r.plan.via].ip_family()) continue;
        candidate nameless;
        nameless.at = at;
        nameless.named = false;
        nameless.cost_ms = cost_never - 1; // after everybody whose round trip is known
        for (std::size_t i = 0; i < nameless.id.bytes.size(); ++i)
            nameless.id.bytes[i] = ~r.plan.target.bytes[i];
        nameless.id.bytes[19] ^= number;
        number = static_cast<std::byte>(std::to_integer<unsigned>(number) + 1U);
        deal_out(r, nameless);
    }
}

template <class Set, class Run>
void offer_first(core<Set>& c, Run& r) {
    identity const& self = c.identities[r.plan.via];
    auto const offer = [&](contact const& known) {
        candidate k{known.id, known.at, candidate_state::fresh, known.plausible};
        k.cost_ms = c.cost_of(known);
        deal_out(r, k);
    };
    auto const known = self.table.closest_to(r.plan.target, 2U * c.limits.results,
                                             [&](contact const& k) { return !r.plan.shuns(k.id); });
    std::for_each(known.begin(), known.end(), offer);
    // A crowd around the target with made-up ids may tell of nobody else.
    auto const plausible =
        self.table.closest_to(r.plan.target, c.limits.results,
                              [&](contact const& k) { return k.plausible && !r.plan.shuns(k.id); });
    std::for_each(plausible.begin(), plausible.end(), offer);
    offer_met(c, r);
    if (known.size() < c.limits.results) offer_routers(c, r);
}

} // namespace dht::inline DHT_ABI::engine

#endif
