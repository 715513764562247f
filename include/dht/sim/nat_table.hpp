#ifndef DHT_SIM_NAT_TABLE_HPP
#define DHT_SIM_NAT_TABLE_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/endpoint.hpp>
#include <dht/sim/nat_kind.hpp>

#include <algorithm>

namespace dht::inline DHT_ABI::sim {

/// What a NAT remembers: as which endpoint one inside is seen from where, and who may answer it.
/// Who may answer belongs to a mapping: an address-and-port-dependent NAT is what RFC 3489 calls
/// symmetric. Datagrams from inside alone keep entries alive. IPv6 endpoints keep their addresses.
/// O(1), but for what comes when the table is full, or nearly all ports are in use.
class nat_table {
public:
    nat_table(nat_kind const& kind, std::uint64_t seed)
        : kind_{kind},
          chance_{seed},
          last_port_{random_port()},
          mappings_{kind.entries_max, {}},
          outer_{kind.entries_max, {}},
          guests_{kind.entries_max, {}} {}

    /// Of mappings, dead ones included.
    [[nodiscard]] std::size_t size() const noexcept { return mappings_.size(); }

    /// The endpoint of `ip` that `to` sees; nothing: the table is full.
    std::optional<endpoint> outward(instant now, endpoint const& from, endpoint const& to,
                                    address const& ip) {
        make_room(now);
        flow const name{from, seen(ip.is_v4() ? kind_.mapping : nat_behaviour{}, to)};
        auto const outer = find_or_open(now, name, ip);
        if (!outer) return std::nullopt;
        instant* const guest = guests_.find_or_insert({*outer, seen(kind_.filtering, to)});
        if (guest == nullptr) return std::nullopt;
        *guest = now;
        mappings_.find(*outer)->used = now;
        return outer;
    }

    /// The endpoint inside to which a datagram goes; nothing: it may not enter.
    [[nodiscard]] std::optional<endpoint> inward(instant now, endpoint const& from,
                                                 endpoint const& to) const noexcept {
        instant const* const guest = guests_.find({to, seen(kind_.filtering, from)});
        if (guest == nullptr || is_dead(now, *guest)) return std::nullopt;
        return mappings_.find(to)->name.end;
    }

private:
    /// Below are the ports of servers, which NATs leave alone (RFC 4787, section 4.2.2).
    static constexpr std::uint16_t first_port = 1'024;
    static constexpr std::size_t ports = 65'536 - first_port;

    /// An endpoint, inside or outside, and what is told apart of the other end.
    struct flow {
        endpoint end;
        endpoint peer;

        friend bool operator==(flow const&, flow const&) noexcept = default;
    };

    struct mapping {
        flow name;
        instant used{};
    };

    static endpoint seen(nat_behaviour depends, endpoint const& peer) noexcept {
        return depends == nat_behaviour::endpoint_independent ? endpoint{}
               : depends == nat_behaviour::address_dependent  ? endpoint{peer.ip, 0}
                                                              : peer;
    }

    [[nodiscard]] bool is_dead(instant now, instant used) const noexcept {
        return now - used > kind_.life;
    }

    std::optional<endpoint> find_or_open(instant now, flow const& name, address const& ip) {
        if (endpoint const* const outer = outer_.find(name)) {
            if (!is_dead(now, mappings_.find(*outer)->used)) return *outer;
            forget(endpoint{*outer});
        }
        auto const outer = mappings_.full() ? std::nullopt : free_endpoint(now, name.end.port, ip);
        if (!outer) return std::nullopt;
        mappings_.find_or_insert(*outer)->name = name;
        *outer_.find_or_insert(name) = *outer;
        return outer;
    }

    std::optional<endpoint> free_endpoint(instant now, std::uint16_t inner, address const& ip) {
        endpoint candidate{ip, ip.is_v4() ? wanted_port(inner) : inner};
        for (std::size_t i = 0; i < ports; ++i) {
            mapping const* const owner = mappings_.find(candidate);
            bool const dead = owner != nullptr && is_dead(now, owner->used);
            if (dead) forget(candidate);
            if (dead || owner == nullptr) return candidate;
            candidate.port = after(candidate.port);
        }
        return std::nullopt;
    }

    std::uint16_t wanted_port(std::uint16_t inner) noexcept {
        if (kind_.ports == port_allocation::preserving) return inner;
        if (kind_.ports == port_allocation::random) return random_port();
        return last_port_ = after(last_port_);
    }

    std::uint16_t random_port() noexcept {
        return static_cast<std::uint16_t>(first_port + chance_.next() % ports);
    }

    static std::uint16_t after(std::uint16_t port) noexcept {
        return port == 65'535 ? first_port : static_cast<std::uint16_t>(port + 1);
    }

    void forget(endpoint const& outer) noexcept {
        outer_.erase(flow{mappings_.find(outer)->name});
        mappings_.erase(outer);
    }

    /// What is dead goes when something is full, but nobody looks before the next can have died.
    void make_room(instant now) {
        if (now < next_death_ || !(mappings_.full() || guests_.full())) return;
        instant oldest = now;
        for (std::size_t i = guests_.size(); i-- > 0;) {
            auto const guest = guests_.at(i);
            if (is_dead(now, guest.value))
                guests_.erase(guest.key);
            else
                oldest = std::min(oldest, guest.value);
        }
        for (std::size_t i = mappings_.size(); i-- > 0;)
            if (is_dead(now, mappings_.at(i).value.used)) forget(endpoint{mappings_.at(i).key});
        next_death_ = oldest + kind_.life;
    }

    nat_kind kind_;
    dice chance_;
    std::uint16_t last_port_;
    dense_map<endpoint, mapping, object_hash> mappings_; // by outer endpoint
    dense_map<flow, endpoint, object_hash> outer_;       // by endpoint inside and peer
    dense_map<flow, instant, object_hash> guests_;       // by outer endpoint and peer
    instant next_death_{};
};

} // namespace dht::inline DHT_ABI::sim

#endif
