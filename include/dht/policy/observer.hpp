#ifndef DHT_POLICY_OBSERVER_HPP
#define DHT_POLICY_OBSERVER_HPP

#include <dht/event/bus.hpp>
#include <dht/policy/slots.hpp>

/// Slot observer (any number): listens to facts. `void on(event::X const&)` for at least one X of
/// event::all. Observers get const facts and never the node: attaching one changes nothing that the
/// node does. They should be noexcept and quick; the node waits for them.
namespace dht::inline DHT_ABI {

template <class T>
concept observer = event::hears_any<T, event::all>;

} // namespace dht::inline DHT_ABI

#endif
