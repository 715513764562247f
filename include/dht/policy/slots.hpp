#ifndef DHT_POLICY_SLOTS_HPP
#define DHT_POLICY_SLOTS_HPP

#include <dht/config.hpp>

/// The places of a node that a policy can fill. A policy claims its slot by name:
///
///     struct my_tokens { using policy_slot = dht::slots::token_scheme; ... };
///
/// The claim is what makes a near miss a sentence instead of a policy silently ignored.
///
/// Any policy may also have these members; the node calls them when they are there:
///   start(settings const&, Rng&)  once, before anything else
///   on(fact)                      for each fact of event/events.hpp it wants to hear
///   tidy(now)                     about every five minutes: forget what is over, give memory back
///   save, restore                 its part of the node's snapshots (keeps_state.hpp)
namespace dht::inline DHT_ABI::slots {

struct transport {};

struct random_source {};

struct id_generator {};

struct token_scheme {};

struct refresh_strategy {};

struct eviction {};

struct preference {}; // 0..n

struct lookup_strategy {};

struct concurrency {};

struct timeouts {};

struct address_filter {};

struct admission {};

struct peer_store {};

struct item_store {};

struct authenticator {};

struct observer {}; // 0..n

struct extension {}; // 0..n

} // namespace dht::inline DHT_ABI::slots

namespace dht::inline DHT_ABI {

/// Anything that claims a slot.
template <class P>
concept policy = requires {
    typename P::policy_slot;
};

} // namespace dht::inline DHT_ABI

#endif
