#ifndef DHT_POLICY_LOOKUP_STRATEGY_HPP
#define DHT_POLICY_LOOKUP_STRATEGY_HPP

#include <dht/base/time.hpp>
#include <dht/kad/lookup.hpp>
#include <dht/policy/slots.hpp>

/// Slot lookup_strategy: whom a lookup asks next, for which target, on which path; and when it
/// ends.
///
/// | expression                     | type        | meaning                                      |
/// |--------------------------------|-------------|----------------------------------------------|
/// | `T::state`                     | a type      | what one lookup remembers; value-initialised |
/// | `t.next(state, view, at, rng)` | lookup_step | ask / at capacity / wait / finished          |
///
/// noexcept. It is asked again after each `ask`, answer, stall or failure. "at capacity" is
/// returned while view.in_flight >= view.width, "wait" while only answers can help. Strategies wrap
/// each other: a wrapper's state holds its inner state, and it passes a changed view or step on.
/// Default: `single_path`. In secure/: `disjoint_paths` and `fair_source`.
namespace dht::inline DHT_ABI {

template <class T, class Rng>
concept lookup_strategy = requires(T const& t, typename T::state& state, lookup_view const& view,
                                   times at, Rng& rng) {
    requires std::default_initializable<typename T::state>;
    { t.next(state, view, at, rng) }
    noexcept->std::same_as<lookup_step>;
};

/// Kademlia's lookup, with BEP 42's rule for its end: it is over when `results` plausible nodes
/// have answered and everybody within `reach`, or when `replies_max` of any kind have; and nobody
/// closer than the last of them can still be asked or is about to answer in time; or when there is
/// nobody left to ask. `reach` is how far the closest nodes should lie: a crowd that sits closer to
/// the target than chance allows ends no lookup, before it is three times as many. While enough
/// answers are on their way nobody further out is asked; a stalled one makes room for the next. Of
/// the candidates that share as many bits with the target as the closest unasked one, the cheapest
/// is asked.
struct single_path {
    using policy_slot = slots::lookup_strategy;

    struct state {};

    template <class Rng>
    lookup_step next(state&, lookup_view const& view, times, Rng&) const noexcept {
        return next_among(view, [](candidate const&) { return true; });
    }

    /// The same, as if there were none but those for whom serves(candidate) is true.
    template <class Serves>
    static lookup_step next_among(lookup_view const& view, Serves const& serves) noexcept {
        unsigned plausible = 0; // have answered, or are about to
        unsigned all = 0;
        bool answer_expected = false;
        bool stalled = false;
        for (std::size_t i = 0; i < view.candidates.size(); ++i) {
            candidate const& c = view.candidates[i];
            if (!serves(c)) continue;
            bool const beyond = (c.id ^ view.target) > view.reach;
            bool const enough = plausible >= (beyond ? view.results : crowd * view.results);
            if (enough || all >= view.replies_max) break;
            if (c.state == candidate_state::replied || c.state == candidate_state::asked) {
                plausible += c.plausible ? 1 : 0;
                ++all;
                answer_expected |= c.state == candidate_state::asked;
            } else if (c.state == candidate_state::stalled) {
                stalled = true;
            } else if (c.state == candidate_state::fresh && c.cost_ms != cost_never) {
                if (view.in_flight >= view.width) return {lookup_step::kind::at_capacity};
                return {lookup_step::kind::ask, cheapest_from(view, i, serves), view.target};
            }
        }
        // Who is late is waited for only where there are not enough others.
        bool const complete = plausible >= view.results || all >= view.replies_max;
        bool const waits = answer_expected || (stalled && !complete);
        return {waits ? lookup_step::kind::wait : lookup_step::kind::finished};
    }

private:
    static constexpr unsigned crowd = 3;

    template <class Serves>
    static std::size_t cheapest_from(lookup_view const& view, std::size_t first,
                                     Serves const& serves) noexcept {
        unsigned const shared = common_prefix_length(view.candidates[first].id, view.target);
        std::size_t best = first;
        for (std::size_t i = first + 1; i < view.candidates.size(); ++i) {
            candidate const& c = view.candidates[i];
            if (common_prefix_length(c.id, view.target) != shared) break;
            if (c.state == candidate_state::fresh && c.cost_ms < view.candidates[best].cost_ms &&
                serves(c))
                best = i;
        }
        return best;
    }
};

} // namespace dht::inline DHT_ABI

#endif
