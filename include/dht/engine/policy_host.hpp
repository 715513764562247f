#ifndef DHT_ENGINE_POLICY_HOST_HPP
#define DHT_ENGINE_POLICY_HOST_HPP

#include <dht/policy/policies.hpp>

#include <tuple>

namespace dht::inline DHT_ABI::engine {

namespace detail {

template <class T, class Tuple>
inline constexpr bool contains = false;
template <class T, class... U>
inline constexpr bool contains<T, std::tuple<U...>> = (std::is_same_v<T, U> || ...);

template <class T, class Tuple>
inline constexpr std::size_t position_of = 0;
template <class T, class First, class... Rest>
inline constexpr std::size_t position_of<T, std::tuple<First, Rest...>> =
    std::is_same_v<T, First> ? 0 : 1 + position_of<T, std::tuple<Rest...>>;

template <class Tuple>
struct bus_of_all;

template <class... T>
struct bus_of_all<std::tuple<T...>> {
    using type = event::bus<T...>;
};

/// The argument of type T if there is one, else a default one.
template <class T, class Arguments>
T take(Arguments& arguments) {
    if constexpr (contains<T, Arguments>) {
        return std::get<T>(std::move(arguments));
    } else if constexpr (std::is_default_constructible_v<T>) {
        return T{};
    } else {
        static_assert(std::is_default_constructible_v<T>,
                      "dht: a policy without a default constructor must be passed to the "
                      "constructor of the node");
    }
}

} // namespace detail

/// The policies of one node, made by type, found by slot or by type. Empty ones take no room.
template <class Set>
class policy_host {
    using single_slots =
        std::tuple<slots::transport, slots::random_source, slots::id_generator, slots::token_scheme,
                   slots::refresh_strategy, slots::eviction, slots::lookup_strategy,
                   slots::concurrency, slots::timeouts, slots::address_filter, slots::admission,
                   slots::peer_store, slots::item_store, slots::authenticator>;
    using singles =
        std::tuple<typename Set::transport, typename Set::random_source, typename Set::id_generator,
                   typename Set::token_scheme, typename Set::refresh_strategy,
                   typename Set::eviction, typename Set::lookup_strategy, typename Set::concurrency,
                   typename Set::timeouts, typename Set::address_filter, typename Set::admission,
                   typename Set::peer_store, typename Set::item_store, typename Set::authenticator>;
    using all_policies = decltype(std::tuple_cat(
        std::declval<singles>(), std::declval<typename Set::preferences>(),
        std::declval<typename Set::observers>(), std::declval<typename Set::extensions>()));

public:
    template <class... P>
    explicit policy_host(std::tuple<P...> arguments) : all_{make<all_policies>(arguments)} {
        static_assert((detail::contains<P, all_policies> && ...),
                      "dht: an argument of the node's constructor is none of its policies");
    }

    template <class Slot>
    auto& in() noexcept {
        static_assert(detail::contains<Slot, single_slots>,
                      "dht: that slot has many policies; use get<T>() with the policy's type");
        return std::get<detail::position_of<Slot, single_slots>>(all_);
    }

    template <class Slot>
    auto const& in() const noexcept {
        return const_cast<policy_host*>(this)->template in<Slot>();
    }

    template <class T>
    T& get() noexcept {
        return std::get<T>(all_);
    }

    template <class T>
    T const& get() const noexcept {
        return std::get<T>(all_);
    }

    /// f(policy) for every policy: callers pick by concept.
    template <class F>
    void for_each(F&& f) {
        visit(f, all_, places{});
    }

    template <class F>
    void for_each(F&& f) const {
        visit(f, all_, places{});
    }

    template <class E>
    void publish(E const& fact) noexcept {
        if constexpr (bus::template heard<E>) publish(fact, places{});
    }

private:
    using bus = typename detail::bus_of_all<all_policies>::type;
    using places = std::make_index_sequence<std::tuple_size_v<all_policies>>;

    // Both without std::apply: compilers would ask for each call whether it could throw.

    template <class F, class All, std::size_t... I>
    static void visit(F& f, All& all, std::index_sequence<I...>) {
        (f(std::get<I>(all)), ...);
    }

    template <class E, std::size_t... I>
    void publish(E const& fact, std::index_sequence<I...>) noexcept {
        bus{std::get<I>(all_)...}.publish(fact);
    }

    template <class Tuple>
    struct maker;

    template <class... T>
    struct maker<std::tuple<T...>> {
        template <class Arguments>
        static std::tuple<T...> from(Arguments& arguments) {
            return std::tuple<T...>{detail::take<T>(arguments)...};
        }
    };

    template <class Tuple, class Arguments>
    static Tuple make(Arguments& arguments) {
        return maker<Tuple>::from(arguments);
    }

    all_policies all_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
