#ifndef DHT_SIM_NAT_KIND_HPP
#define DHT_SIM_NAT_KIND_HPP

#include <dht/sim/geography.hpp>

#include <optional>

/// Kinds of network address translators in the terms of RFC 4787, and how often they are met.
namespace dht::inline DHT_ABI::sim {

/// On what of the other end something depends (RFC 4787, sections 4.1 and 5).
enum class nat_behaviour : std::uint8_t {
    endpoint_independent,
    address_dependent,
    address_and_port_dependent,
};

/// Which port a new mapping gets (RFC 4787, section 4.2). One that is taken gives way to the next.
enum class port_allocation : std::uint8_t {
    preserving, ///< that of the host inside
    sequential, ///< one more than the last one: whoever knows one can predict the next
    random,
};

struct nat_kind {
    nat_behaviour mapping = nat_behaviour::endpoint_independent;
    nat_behaviour filtering = nat_behaviour::address_and_port_dependent;
    port_allocation ports = port_allocation::preserving;
    duration life = seconds{120}; ///< of a mapping, since the last datagram from inside
    bool hairpins = false;        ///< hosts behind it reach each other by their outer endpoints
    bool blocks_udp = false;

    /// Of mappings, and of others who may answer; what would need one more is dropped. As many as
    /// home routers track by default.
    std::size_t entries_max = 16'384;
};

/// The four kinds of RFC 3489, by which they are still known, and two more that are met.
namespace nat_kinds {

inline constexpr nat_kind full_cone{nat_behaviour::endpoint_independent,
                                    nat_behaviour::endpoint_independent};
inline constexpr nat_kind restricted_cone{nat_behaviour::endpoint_independent,
                                          nat_behaviour::address_dependent};
inline constexpr nat_kind port_restricted_cone{nat_behaviour::endpoint_independent,
                                               nat_behaviour::address_and_port_dependent};
inline constexpr nat_kind symmetric{nat_behaviour::address_and_port_dependent,
                                    nat_behaviour::address_and_port_dependent,
                                    port_allocation::random};
/// As symmetric, but others can guess the next port.
inline constexpr nat_kind predictable{nat_behaviour::address_and_port_dependent,
                                      nat_behaviour::address_and_port_dependent,
                                      port_allocation::sequential};
inline constexpr nat_kind blocked{{}, {}, {}, seconds{120}, false, true};

} // namespace nat_kinds

/// How long mappings live, in seconds: four quantiles as reported, the ends are ours.
inline constexpr quantile_curve nat_lives{{0, 20},    {0.05, 30}, {0.25, 60},
                                          {0.5, 120}, {0.9, 300}, {1, 600}};

/// Shares of the hosts of a network by what stands before them; the rest is blocked.
struct nat_mix {
    double open = 1;
    double full_cone = 0;
    double restricted = 0; ///< half by address, half by address and port
    double symmetric_predictable = 0;
    double symmetric_random = 0;

    friend constexpr bool operator==(nat_mix const&, nat_mix const&) noexcept = default;

    /// What stands before a host; nothing: it is open.
    [[nodiscard]] constexpr std::optional<nat_kind> draw(dice& chance) const noexcept {
        double left = chance.fraction();
        auto const is = [&](double share) { return (left -= share) < 0; };
        if (is(open)) return std::nullopt;
        nat_kind kind = is(full_cone)               ? nat_kinds::full_cone
                        : is(restricted / 2)        ? nat_kinds::restricted_cone
                        : is(restricted / 2)        ? nat_kinds::port_restricted_cone
                        : is(symmetric_predictable) ? nat_kinds::predictable
                        : is(symmetric_random)      ? nat_kinds::symmetric
                                                    : nat_kinds::blocked;
        double const life = nat_lives.at(chance.fraction());
        kind.life = duration{static_cast<duration::rep>(life * 1e6)};
        return kind;
    }
};

namespace nat_mixes {

/// Homes: chosen so that seven or eight of ten simultaneous attempts to punch a hole succeed.
inline constexpr nat_mix homes{0.30, 0.10, 0.42, 0.08, 0.06};
/// Many hosts behind carriers' NATs.
inline constexpr nat_mix mobile{0.12, 0, 0.45, 0.13, 0.24};

} // namespace nat_mixes

} // namespace dht::inline DHT_ABI::sim

#endif
