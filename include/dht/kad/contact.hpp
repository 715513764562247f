#ifndef DHT_KAD_CONTACT_HPP
#define DHT_KAD_CONTACT_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/slab.hpp>
#include <dht/base/time.hpp>
#include <dht/kad/id.hpp>

namespace dht::inline DHT_ABI {

/// Whole seconds since the origin of `instant`, 0: never. Contacts are many, so their times are
/// small.
enum class coarse_time : std::uint32_t { unset = 0 };

constexpr coarse_time coarse(instant now) noexcept {
    auto const s = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
    return static_cast<coarse_time>(s < 1 ? 1 : s); // an event at the origin is still an event
}

/// How long ago; hours(24 * 365) when it never happened.
constexpr duration age(coarse_time then, instant now) noexcept {
    if (then == coarse_time::unset) return hours{24 * 365};
    auto const d = static_cast<std::int64_t>(coarse(now)) - static_cast<std::int64_t>(then);
    return seconds{d < 0 ? 0 : d};
}

/// A node as the routing table knows it. 52 bytes for 160-bit keys.
template <std::size_t Bits>
struct basic_contact {
    static constexpr std::uint16_t rtt_unknown = 0xffff;

    key<Bits> id{};
    endpoint at{};
    std::uint16_t rtt_ms = rtt_unknown; ///< smoothed round trip
    std::uint8_t failures = 0;          ///< unanswered questions since the last answer
    bool plausible = false;             ///< its id fits its address (BEP 42)
    coarse_time last_reply{};           ///< it answered a question of ours
    coarse_time last_heard{};           ///< it sent us anything

    /// It has answered us at least once: nobody else is ever handed out.
    [[nodiscard]] constexpr bool verified() const noexcept {
        return last_reply != coarse_time::unset;
    }

    /// Good in the sense of BEP 5: answered within `fresh_for`, or ever answered and heard of since
    /// then; and nothing failed meanwhile.
    [[nodiscard]] constexpr bool good(instant now, duration fresh_for) const noexcept {
        return verified() && failures == 0 && age(last_heard, now) <= fresh_for;
    }

    /// A round trip was measured: moves an eighth of the way, like TCP (RFC 6298).
    constexpr void measured(duration round_trip) noexcept {
        auto ms = std::chrono::duration_cast<milliseconds>(round_trip).count();
        ms = ms < 0 ? 0 : ms > 60'000 ? 60'000 : ms;
        rtt_ms = static_cast<std::uint16_t>(rtt_ms == rtt_unknown ? ms : (7 * rtt_ms + ms) / 8);
    }
};

using contact = basic_contact<160>;

/// A node by name and place, without what we know of it.
struct node_contact {
    node_id id;
    endpoint at;
    friend constexpr bool operator==(node_contact const&, node_contact const&) noexcept = default;
};

} // namespace dht::inline DHT_ABI

#endif
