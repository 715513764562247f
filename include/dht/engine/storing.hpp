#ifndef DHT_ENGINE_STORING_HPP
#define DHT_ENGINE_STORING_HPP

#include <dht/engine/lookup_run.hpp>

/// The second half of announce and put: on whom to store, and with which message.
namespace dht::inline DHT_ABI::engine {

struct store_rules {
    unsigned results = 8;
    unsigned nodes_max = 20;
    unsigned providers_min = 4; ///< 0: addresses say nothing here (a local network)
    key160 reach{};             ///< zero: unknown
    unsigned crowd = 0;         ///< so many of the closest are a crowd
};

namespace detail {

/// Who has stored, or was asked to.
struct store_census {
    unsigned all = 0;
    unsigned plausible = 0;
    static_vector<address, 32> providers{};

    static bool holds(candidate const& k) noexcept {
        return k.stores != store_state::untried && k.stores != store_state::refused;
    }

    void count(candidate const& k) noexcept {
        ++all;
        plausible += k.plausible ? 1 : 0;
        if (is_of_new_provider(k)) providers.push_back(provider_of(k.at.ip));
    }

    [[nodiscard]] bool is_of_new_provider(candidate const& k) const noexcept {
        for (address const& known : providers)
            if (known == provider_of(k.at.ip)) return false;
        return true;
    }
};

} // namespace detail

/// Where to store next, or nowhere. It is on the `results` closest plausible nodes that gave a
/// token and on the implausible ones among the closest of all (BEP 42); on everybody within
/// `reach` who is not of a crowd, so that one closer to the key than chance allows cannot hide it;
/// and further out until the nodes are of `providers_min` providers. Who refused does not count:
/// the next closest takes his place; who answered late is among the closest all the same.
/// O(candidates).
inline candidate const* next_to_store(shortlist const& list, store_rules const& rules) noexcept {
    detail::store_census used;
    for (candidate const& k : list.candidates())
        if (used.holds(k)) used.count(k);
    if (used.all >= rules.nodes_max) return nullptr;
    bool const few_providers = used.providers.size() < rules.providers_min;
    unsigned rank = 0;
    unsigned closer = 0; // plausible ones that hold it
    for (candidate const& k : list.candidates()) {
        closer += used.holds(k) && k.plausible ? 1U : 0U;
        if (k.state != candidate_state::replied) continue;
        bool const among_closest = rank < rules.results;
        bool const in_crowd = rank++ < rules.crowd;
        if (k.token.empty() || k.stores != store_state::untried) continue;
        bool const due = k.plausible ? closer < rules.results : among_closest;
        bool const within_reach = !in_crowd && (k.id ^ list.target()) <= rules.reach;
        if (due || within_reach || (few_providers && used.is_of_new_provider(k))) return &k;
    }
    return nullptr;
}

/// Is somebody late who would store if he answered: within reach, or closer than those that have
/// stored so far? O(candidates).
inline bool may_store_later(shortlist const& list, store_rules const& rules) noexcept {
    detail::store_census used;
    for (candidate const& k : list.candidates()) {
        bool const beyond = (k.id ^ list.target()) > rules.reach;
        if ((beyond && used.plausible >= rules.results) || used.all >= rules.nodes_max)
            return false;
        if (k.state == candidate_state::asked || k.state == candidate_state::stalled) return true;
        if (used.holds(k)) used.count(k);
    }
    return false;
}

/// Was the item refused for its own sake? Then nobody further out is asked: whoever missed the
/// newer item would take an older one.
constexpr bool is_about_item(std::int32_t code) noexcept {
    return (code >= 205 && code <= 207) || code == 301 || code == 302;
}

/// Where an older item than `seq` was found, in order to repair it.
inline candidate const* next_to_repair(shortlist const& list, std::int64_t seq) noexcept {
    for (candidate const& k : list.candidates())
        if (k.state == candidate_state::replied && k.stores == store_state::untried &&
            !k.token.empty() && k.holds && *k.holds < seq)
            return &k;
    return nullptr;
}

template <class Set>
krpc::announce_peer announcement(core<Set> const& c, lookup_plan const& plan, operation const& o,
                                 candidate const& to) noexcept {
    // BEP 5 has a port beside implied_port too, for those who do not know the latter.
    std::uint16_t const port =
        o.announce.port != 0 ? o.announce.port : c.identities[plan.via].local.port;
    return {to_info_hash(plan.key()), byte_view{to.token.data(), to.token.size()}, port,
            o.announce.implied_port, o.announce.seed};
}

/// The put for one node. `cas` goes to those only that had an item.
inline krpc::put_item put_message(item_work const& w, dht::item const& what, candidate const& to) {
    item_view const i = what.view();
    krpc::put_item put{{to.token.data(), to.token.size()}, i.v, i.k, i.sig, i.salt, {}, {}};
    if (what.k) put.seq = i.seq;
    if (to.holds) put.cas = w.put.cas;
    return put;
}

/// What is put: signed now if its seq had to be found out first.
inline void complete_item(item_work& w) {
    if (!w.signer) return;
    std::int64_t seq = w.put.seq.value_or(1);
    if (!w.put.seq && w.found) // a seq at its end has no successor; nodes will say so
        seq = w.found->seq < std::numeric_limits<std::int64_t>::max() ? w.found->seq + 1
                                                                      : w.found->seq;
    w.given.seq = seq;
    sign(w.given, *w.signer);
    w.signer.reset(); // a secret that is not needed any more
}

} // namespace dht::inline DHT_ABI::engine

#endif
