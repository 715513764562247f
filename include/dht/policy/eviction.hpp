#ifndef DHT_POLICY_EVICTION_HPP
#define DHT_POLICY_EVICTION_HPP

#include <dht/base/time.hpp>
#include <dht/kad/lookup.hpp>
#include <dht/kad/table.hpp>
#include <dht/policy/preference.hpp>
#include <dht/policy/slots.hpp>

/// Slot eviction: a verified newcomer found its bucket full of contacts of other prefixes.
///
/// | expression                            | type             | meaning                          |
/// |---------------------------------------|------------------|----------------------------------|
/// | `t.judge(table, newcomer, costs, at)` | eviction_verdict | keep, replace one, ask one first |
///
/// noexcept. `costs(contact)` is what the preferences say. The newcomer waits as a verified spare
/// meanwhile, and takes over when the one that was asked fails. Default: `ping_before_evict`.
/// Beside it: `prefer_low_rtt`.
namespace dht::inline DHT_ABI {

struct eviction_verdict {
    enum class kind : std::uint8_t { keep, replace, ask };
    kind what = kind::keep;
    std::optional<key160> whom{}; ///< replace, ask
};

template <class T>
concept eviction = requires(T& t, routing_table const& table, contact const& newcomer,
                            contact_costs const& costs, times at) {
    { t.judge(table, newcomer, costs, at) }
    noexcept->std::same_as<eviction_verdict>;
};

/// Kademlia's rule: long-lived contacts stay (they are the likeliest to stay on), and the one
/// unheard longest is asked first if it has been silent for `questionable_after` (BEP 5: 15
/// minutes). Whom a preference refuses gives way at once, and takes no place.
struct ping_before_evict {
    using policy_slot = slots::eviction;
    minutes questionable_after{15};

    eviction_verdict judge(routing_table const& table, contact const& newcomer,
                           contact_costs const& costs, times at) const noexcept {
        if (costs(newcomer) == cost_never) return {};
        std::optional<key160> refused;
        std::optional<key160> stalest;
        duration longest = questionable_after;
        table.for_each_at(table.depth_of(newcomer.id), [&](contact const& c) {
            if (costs(c) == cost_never) refused = c.id;
            duration const silent = age(c.last_heard, at.now);
            if (silent < longest) return;
            longest = silent;
            stalest = c.id;
        });
        if (refused) return {eviction_verdict::kind::replace, refused};
        if (!stalest) return {};
        return {eviction_verdict::kind::ask, stalest};
    }
};

/// The slowest contact of the bucket goes when the newcomer is 2.5 times as fast (mldht's ratio).
struct prefer_low_rtt {
    using policy_slot = slots::eviction;

    eviction_verdict judge(routing_table const& table, contact const& newcomer,
                           contact_costs const& costs, times at) const noexcept {
        eviction_verdict const otherwise = ping_before_evict{}.judge(table, newcomer, costs, at);
        if (otherwise.what == eviction_verdict::kind::replace || costs(newcomer) == cost_never)
            return otherwise;
        std::optional<key160> slowest;
        std::uint16_t slowest_ms = 0;
        table.for_each_at(table.depth_of(newcomer.id), [&](contact const& c) {
            if (c.rtt_ms == contact::rtt_unknown || c.rtt_ms < slowest_ms) return;
            slowest_ms = c.rtt_ms;
            slowest = c.id;
        });
        bool const faster =
            newcomer.rtt_ms != contact::rtt_unknown && 5U * newcomer.rtt_ms < 2U * slowest_ms;
        if (slowest && faster) return {eviction_verdict::kind::replace, slowest};
        return otherwise;
    }
};

} // namespace dht::inline DHT_ABI

#endif
