#ifndef DHT_POLICY_PREFERENCE_HPP
#define DHT_POLICY_PREFERENCE_HPP

#include <dht/base/time.hpp>
#include <dht/kad/contact.hpp>
#include <dht/policy/slots.hpp>

#include <optional>

/// Slot preference (any number): what a contact costs.
///
/// | expression            | type                        | meaning                              |
/// |-----------------------|-----------------------------|--------------------------------------|
/// | `t.cost(contact, at)` | std::optional<milliseconds> | expected cost; nothing: never ask it |
///
/// noexcept. Costs of all preferences add up. Lookups ask the cheapest of the candidates that are
/// about equally close, and eviction policies are told. Default: `measured_rtt`.
namespace dht::inline DHT_ABI {

template <class T>
concept preference = requires(T const& t, contact const& c, times at) {
    { t.cost(c, at) }
    noexcept->std::same_as<std::optional<milliseconds>>;
};

/// What all preferences of a node together say of a contact, in milliseconds, for other policies:
/// cost_never where one of them refuses it. Valid during the call that passes it.
class contact_costs {
public:
    /// `ground.cost_of(contact)` is what it says.
    template <class Ground>
    explicit contact_costs(Ground const& ground) noexcept
        : ground_{&ground},
          cost_{[](void const* g, contact const& c) noexcept {
              return static_cast<Ground const*>(g)->cost_of(c);
          }} {}

    std::uint16_t operator()(contact const& c) const noexcept { return cost_(ground_, c); }

private:
    void const* ground_;
    std::uint16_t (*cost_)(void const*, contact const&) noexcept;
};

/// The smoothed round trip; strangers cost as much as a typical one (150 ms).
struct measured_rtt {
    using policy_slot = slots::preference;
    static constexpr milliseconds stranger{150};

    [[nodiscard]] std::optional<milliseconds> cost(contact const& c, times) const noexcept {
        return c.rtt_ms == contact::rtt_unknown ? stranger : milliseconds{c.rtt_ms};
    }
};

} // namespace dht::inline DHT_ABI

#endif
