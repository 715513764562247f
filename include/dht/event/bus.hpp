#ifndef DHT_EVENT_BUS_HPP
#define DHT_EVENT_BUS_HPP

#include <dht/event/events.hpp>

#include <tuple>

namespace dht::inline DHT_ABI::event {

/// Does O listen to E: has it `on(E const&)`?
template <class O, class E>
concept hears = requires(O& o, E const& e) {
    o.on(e);
};

template <class O, class List>
inline constexpr bool hears_any = false;
template <class O, class... E>
inline constexpr bool hears_any<O, list<E...>> = (hears<O, E> || ...);

/// Brings facts to listeners at compile time: a fact that nobody hears costs nothing.

template <class... Listeners>
class bus {
public:
    explicit constexpr bus(Listeners&... listeners) noexcept : listeners_{listeners...} {}

    template <class E>
    static constexpr bool heard = (hears<Listeners, E> || ...);

    template <class E>
    constexpr void publish(E const& fact) const noexcept {
        if constexpr (heard<E>) deliver(fact, std::index_sequence_for<Listeners...>{});
    }

private:
    template <class E, std::size_t... I>
    constexpr void deliver(E const& fact, std::index_sequence<I...>) const noexcept {
        (deliver(std::get<I>(listeners_), fact), ...);
    }

    template <class O, class E>
    static constexpr void deliver(O& listener, E const& fact) noexcept {
        if constexpr (hears<O, E>) listener.on(fact);
    }

    std::tuple<Listeners&...> listeners_;
};

} // namespace dht::inline DHT_ABI::event

#endif
