#ifndef DHT_POLICY_POLICIES_HPP
#define DHT_POLICY_POLICIES_HPP

#include <dht/policy/address_filter.hpp>
#include <dht/policy/admission.hpp>
#include <dht/policy/authenticator.hpp>
#include <dht/policy/concurrency.hpp>
#include <dht/policy/eviction.hpp>
#include <dht/policy/extension.hpp>
#include <dht/policy/id_generator.hpp>
#include <dht/policy/lookup_strategy.hpp>
#include <dht/policy/memory_item_store.hpp>
#include <dht/policy/memory_peer_store.hpp>
#include <dht/policy/observer.hpp>
#include <dht/policy/preference.hpp>
#include <dht/policy/refresh_strategy.hpp>
#include <dht/policy/timeouts.hpp>
#include <dht/policy/token_scheme.hpp>
#include <dht/policy/transport.hpp>

#include <tuple>

namespace dht::inline DHT_ABI {

/// Door two: derive from this, change what differs, and pass it to basic_node<>.
struct default_policies {
    using transport = queue_transport;
    using random_source = system_random;
    using id_generator = bep42_id;
    using token_scheme = hmac_tokens;
    using refresh_strategy = adaptive_refresh;
    using eviction = ping_before_evict;
    using preferences = std::tuple<measured_rtt>;
    using lookup_strategy = single_path;
    using concurrency = adaptive_alpha;
    using timeouts = quantile_timeouts;
    using address_filter = martians_refused;
    using admission = per_ip_limit;
    using peer_store = memory_peer_store;
    using item_store = memory_item_store;
    using authenticator = unsigned_messages;
    using observers = std::tuple<>;
    using extensions = std::tuple<>;
};

namespace detail {

template <class Slot, class P>
inline constexpr bool fills = false;
template <class Slot, policy P>
inline constexpr bool fills<Slot, P> = std::is_same_v<typename P::policy_slot, Slot>;

/// The first of P... that claims Slot, else Default.
template <class Slot, class Default, class... P>
struct claimant {
    using type = Default;
};

template <class Slot, class Default, class First, class... Rest>
struct claimant<Slot, Default, First, Rest...> :
    std::conditional_t<fills<Slot, First>, std::type_identity<First>,
                       claimant<Slot, Default, Rest...>> {};
template <class Slot, class Default, class... P>
using claimant_t = typename claimant<Slot, Default, P...>::type;

/// All of P... that claim Slot, as a tuple.
template <class Slot, class... P>
using claimants_t = decltype(std::tuple_cat(
    std::declval<std::conditional_t<fills<Slot, P>, std::tuple<P>, std::tuple<>>>()...));

template <class Tuple, class Default>
using or_default = std::conditional_t<std::tuple_size_v<Tuple> == 0, Default, Tuple>;

template <bool Good, class T, class Default>
using if_good = std::conditional_t<Good, T, Default>;

template <template <class> class Trait, class Tuple>
inline constexpr bool all_of = false;
template <template <class> class Trait, class... T>
inline constexpr bool all_of<Trait, std::tuple<T...>> = (Trait<T>::value && ...);

template <class T>
using is_preference = std::bool_constant<preference<T>>;
template <class T>
using is_observer = std::bool_constant<observer<T>>;
template <class T>
using is_extension = std::bool_constant<extension<T>>;

} // namespace detail

/// Door one: policies in any order, each for the slot it claims; the other slots keep their
/// default.
template <class... P>
struct policies {
private:
    using d = default_policies;

public:
    using transport = detail::claimant_t<slots::transport, d::transport, P...>;
    using random_source = detail::claimant_t<slots::random_source, d::random_source, P...>;
    using id_generator = detail::claimant_t<slots::id_generator, d::id_generator, P...>;
    using token_scheme = detail::claimant_t<slots::token_scheme, d::token_scheme, P...>;
    using refresh_strategy = detail::claimant_t<slots::refresh_strategy, d::refresh_strategy, P...>;
    using eviction = detail::claimant_t<slots::eviction, d::eviction, P...>;
    using preferences =
        detail::or_default<detail::claimants_t<slots::preference, P...>, d::preferences>;
    using lookup_strategy = detail::claimant_t<slots::lookup_strategy, d::lookup_strategy, P...>;
    using concurrency = detail::claimant_t<slots::concurrency, d::concurrency, P...>;
    using timeouts = detail::claimant_t<slots::timeouts, d::timeouts, P...>;
    using address_filter = detail::claimant_t<slots::address_filter, d::address_filter, P...>;
    using admission = detail::claimant_t<slots::admission, d::admission, P...>;
    using peer_store = detail::claimant_t<slots::peer_store, d::peer_store, P...>;
    using item_store = detail::claimant_t<slots::item_store, d::item_store, P...>;
    using authenticator = detail::claimant_t<slots::authenticator, d::authenticator, P...>;
    using observers = detail::claimants_t<slots::observer, P...>;
    using extensions = detail::claimants_t<slots::extension, P...>;
};

namespace detail {

/// Holds each policy of the set T against its concept. A broken one is replaced by the default, so
/// that its sentence (see policy/sentences.hpp) is the only error.
template <class T>
struct verified {
    using d = default_policies;
    static constexpr bool random_ok = dht::random_source<typename T::random_source>;

    using random_source = if_good<random_ok, typename T::random_source, d::random_source>;

    static constexpr bool transport_ok = dht::transport<typename T::transport>;
    static constexpr bool id_ok = dht::id_generator<typename T::id_generator, random_source>;
    static constexpr bool token_ok = dht::token_scheme<typename T::token_scheme>;
    static constexpr bool refresh_ok =
        dht::refresh_strategy<typename T::refresh_strategy, random_source>;
    static constexpr bool eviction_ok = dht::eviction<typename T::eviction>;
    static constexpr bool preferences_ok = all_of<is_preference, typename T::preferences>;
    static constexpr bool lookup_ok =
        dht::lookup_strategy<typename T::lookup_strategy, random_source>;
    static constexpr bool concurrency_ok = dht::concurrency<typename T::concurrency>;
    static constexpr bool timeouts_ok = dht::timeouts<typename T::timeouts>;
    static constexpr bool filter_ok = dht::address_filter<typename T::address_filter>;
    static constexpr bool admission_ok = dht::admission<typename T::admission>;
    static constexpr bool peers_ok = dht::peer_store<typename T::peer_store>;
    static constexpr bool items_ok = dht::item_store<typename T::item_store>;
    static constexpr bool authenticator_ok = dht::authenticator<typename T::authenticator>;
    static constexpr bool observers_ok = all_of<is_observer, typename T::observers>;
    static constexpr bool extensions_ok = all_of<is_extension, typename T::extensions>;

    using transport = if_good<transport_ok, typename T::transport, d::transport>;
    using id_generator = if_good<id_ok, typename T::id_generator, d::id_generator>;
    using token_scheme = if_good<token_ok, typename T::token_scheme, d::token_scheme>;
    using refresh_strategy = if_good<refresh_ok, typename T::refresh_strategy, d::refresh_strategy>;
    using eviction = if_good<eviction_ok, typename T::eviction, d::eviction>;
    using preferences = if_good<preferences_ok, typename T::preferences, d::preferences>;
    using lookup_strategy = if_good<lookup_ok, typename T::lookup_strategy, d::lookup_strategy>;
    using concurrency = if_good<concurrency_ok, typename T::concurrency, d::concurrency>;
    using timeouts = if_good<timeouts_ok, typename T::timeouts, d::timeouts>;
    using address_filter = if_good<filter_ok, typename T::address_filter, d::address_filter>;
    using admission = if_good<admission_ok, typename T::admission, d::admission>;
    using peer_store = if_good<peers_ok, typename T::peer_store, d::peer_store>;
    using item_store = if_good<items_ok, typename T::item_store, d::item_store>;
    using authenticator = if_good<authenticator_ok, typename T::authenticator, d::authenticator>;
    using observers = if_good<observers_ok, typename T::observers, d::observers>;
    using extensions = if_good<extensions_ok, typename T::extensions, d::extensions>;
};

} // namespace detail

} // namespace dht::inline DHT_ABI

#endif
