#ifndef DHT_SIM_ROADS_HPP
#define DHT_SIM_ROADS_HPP

#include <dht/sim/nat.hpp>
#include <dht/sim/rule.hpp>

namespace dht::inline DHT_ABI::sim {

enum class direction : std::uint8_t { out, in };

/// From door to door: what links do to datagrams between two hosts. The seed and the addresses of
/// the hosts decide how far they are apart; the seed, the ends, the instant and how many the sender
/// sent before it in that instant decide the rest of a datagram's fate. Bursts of losses and queues
/// remember more: what went through the same door before.
class roads {
public:
    /// The links may change, but must outlive this.
    roads(std::uint64_t seed, link const& network, link const& usual_door) noexcept
        : key_{key_for(seed, purpose::network)},
          network_{network},
          usual_door_{usual_door} {}

    /// All chance that a datagram needs.
    [[nodiscard]] dice dice_for(host& sender, datagram const& d) const noexcept {
        if (sender.burst_at_ != d.at) sender.burst_ = 0;
        sender.burst_at_ = d.at;

        struct {
            endpoint from;
            endpoint to;
            std::uint32_t ordinal;
            duration::rep at;
        } const name{d.from, d.to, sender.burst_++, d.at.time_since_epoch().count()};

        return dice{object_hash{}(key_, name)};
    }

    /// Through the sender's door, the network, and the receiver's door; queues not included.
    fate cross(host& from, datagram const& d, host& to, dice& chance) const noexcept {
        std::array<hop, 3> const way{
            hop{door_of(from), number_of(from), {}, {}, &from.bursts_[0]},
            hop{network_, ends_of(d), place_of(from), place_of(to), &from.bursts_[1]},
            hop{door_of(to), number_of(to), {}, {}, &to.bursts_[2]}};
        return travel(way, d.bytes.size(), chance);
    }

    /// How long the queue of a door holds up what comes now; nothing: it is full.
    std::optional<duration> wait(host& h, direction to, instant now, std::size_t bytes) const {
        link const& door = door_of(h);
        if (door.bytes_per_second == 0) return duration{};
        if (h.queues_ == nullptr) h.queues_ = std::make_unique<std::array<door_queue, 2>>();
        return (*h.queues_)[static_cast<std::size_t>(to)].pass(door, now, bytes);
    }

    /// How far local time is ahead of UTC where that host is, or the outermost NAT before it.
    [[nodiscard]] duration zone_of(host const& h) const noexcept {
        host const* outside = &h;
        while (outside->behind() != nullptr)
            outside = outside->behind();
        return network_.map == nullptr ? duration{}
                                       : network_.map->zone_of(place_of(*outside).where);
    }

private:
    [[nodiscard]] link const& door_of(host const& h) const noexcept {
        return h.door != nullptr ? *h.door : usual_door_;
    }

    [[nodiscard]] std::uint64_t number_of(host const& h) const noexcept {
        return object_hash{}(key_, h.at());
    }

    [[nodiscard]] geography::place place_of(host const& h) const noexcept {
        if (network_.map == nullptr) return {};
        std::uint64_t const number = number_of(h);
        return {h.region ? *h.region : network_.map->region_of(number), number};
    }

    /// The same for both directions.
    [[nodiscard]] std::uint64_t ends_of(datagram const& d) const noexcept {
        struct {
            address low;
            address high;
        } const ends{std::min(d.from.ip, d.to.ip), std::max(d.from.ip, d.to.ip)};

        return object_hash{}(key_, ends);
    }

    hash_key key_;
    link const& network_;
    link const& usual_door_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
