#ifndef DHT_POLICY_SENTENCES_HPP
#define DHT_POLICY_SENTENCES_HPP

#include <dht/policy/policies.hpp>

/// What the compiler says about policies that do not fit: one sentence each. The assertions stand
/// in classes that nothing else is made of, because clang 14 takes a class with a failed assertion
/// for invalid and then reports everything that mentions it.
namespace dht::inline DHT_ABI::detail {

/// Each policy meets the concept of its slot.
template <class T>
struct concept_sentences {
    using v = verified<T>;

    static_assert(v::random_ok,
                  "dht: the random_source policy does not model dht::random_source, see "
                  "dht/policy/random_source.hpp");
    static_assert(v::transport_ok, "dht: the transport policy does not model dht::transport, see "
                                   "dht/policy/transport.hpp");
    static_assert(v::id_ok, "dht: the id_generator policy does not model dht::id_generator, see "
                            "dht/policy/id_generator.hpp");
    static_assert(v::token_ok, "dht: the token_scheme policy does not model dht::token_scheme, see "
                               "dht/policy/token_scheme.hpp");
    static_assert(v::refresh_ok, "dht: the refresh_strategy policy does not model "
                                 "dht::refresh_strategy, see dht/policy/refresh_strategy.hpp");
    static_assert(v::eviction_ok, "dht: the eviction policy does not model dht::eviction, see "
                                  "dht/policy/eviction.hpp");
    static_assert(v::preferences_ok, "dht: a preference policy does not model dht::preference, see "
                                     "dht/policy/preference.hpp");
    static_assert(v::lookup_ok,
                  "dht: the lookup_strategy policy does not model dht::lookup_strategy, "
                  "see dht/policy/lookup_strategy.hpp");
    static_assert(v::concurrency_ok,
                  "dht: the concurrency policy does not model dht::concurrency, see "
                  "dht/policy/concurrency.hpp");
    static_assert(v::timeouts_ok, "dht: the timeouts policy does not model dht::timeouts, see "
                                  "dht/policy/timeouts.hpp");
    static_assert(v::filter_ok,
                  "dht: the address_filter policy does not model dht::address_filter, see "
                  "dht/policy/address_filter.hpp");
    static_assert(v::admission_ok, "dht: the admission policy does not model dht::admission, see "
                                   "dht/policy/admission.hpp");
    static_assert(v::peers_ok, "dht: the peer_store policy does not model dht::peer_store, see "
                               "dht/policy/peer_store.hpp");
    static_assert(v::items_ok, "dht: the item_store policy does not model dht::item_store, see "
                               "dht/policy/item_store.hpp");
    static_assert(v::authenticator_ok, "dht: the authenticator policy does not model "
                                       "dht::authenticator, see dht/policy/authenticator.hpp");
    static_assert(v::observers_ok, "dht: an observer hears no fact of dht::event::all, see "
                                   "dht/policy/observer.hpp");
    static_assert(v::extensions_ok, "dht: an extension models no part of dht::extension, see "
                                    "dht/policy/extension.hpp");
};

/// Each policy claims a slot, and no slot is claimed twice. Door two has nothing to claim.
template <class T>
struct claim_sentences {};

template <class... P>
struct claim_sentences<policies<P...>> {
    template <class Slot>
    static constexpr bool once = (0 + ... + int{detail::fills<Slot, P>}) <= 1;

    static_assert((policy<P> && ...),
                  "dht: a type given to node<> is no policy: it lacks `using policy_slot = "
                  "dht::slots::...`, see dht/policy/slots.hpp");
    static_assert(once<slots::transport>, "dht: two policies claim slots::transport");
    static_assert(once<slots::random_source>, "dht: two policies claim slots::random_source");
    static_assert(once<slots::id_generator>, "dht: two policies claim slots::id_generator");
    static_assert(once<slots::token_scheme>, "dht: two policies claim slots::token_scheme");
    static_assert(once<slots::refresh_strategy>, "dht: two policies claim slots::refresh_strategy");
    static_assert(once<slots::eviction>, "dht: two policies claim slots::eviction");
    static_assert(once<slots::lookup_strategy>, "dht: two policies claim slots::lookup_strategy");
    static_assert(once<slots::concurrency>, "dht: two policies claim slots::concurrency");
    static_assert(once<slots::timeouts>, "dht: two policies claim slots::timeouts");
    static_assert(once<slots::address_filter>, "dht: two policies claim slots::address_filter");
    static_assert(once<slots::admission>, "dht: two policies claim slots::admission");
    static_assert(once<slots::peer_store>, "dht: two policies claim slots::peer_store");
    static_assert(once<slots::item_store>, "dht: two policies claim slots::item_store");
    static_assert(once<slots::authenticator>, "dht: two policies claim slots::authenticator");
};

/// Instantiates both.
template <class T>
inline constexpr std::size_t all_sentences = sizeof(concept_sentences<T>) +
                                             sizeof(claim_sentences<T>);

} // namespace dht::inline DHT_ABI::detail

#endif
