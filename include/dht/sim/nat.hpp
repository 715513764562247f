#ifndef DHT_SIM_NAT_HPP
#define DHT_SIM_NAT_HPP

#include <dht/sim/host.hpp>
#include <dht/sim/nat_table.hpp>

namespace dht::inline DHT_ABI::sim {

/// A machine between the network and any number of hosts, or other NATs: a carrier's. It gives
/// IPv4 datagrams one of its own addresses, always the same to one host ("paired", RFC 4787,
/// section 4.1), and lets in what its kind allows. IPv6 it only filters, as a home router does
/// (RFC 6092). When it restarts it has forgotten everything.
class nat final : public host {
public:
    nat(ground& world, std::vector<address> const& outer, nat_kind const& kind)
        : host{world, any_port(outer)},
          kind_{kind} {}

    [[nodiscard]] nat_kind const& kind() const noexcept { return kind_; }

    /// Live and dead ones. What is dead goes when its place is wanted.
    [[nodiscard]] std::size_t mappings() const noexcept { return table_.size(); }

    /// From now on that host stands behind this NAT. See world::put_behind.
    void admit(host& h) {
        DHT_ASSERT(h.behind_ == nullptr);
        h.behind_ = this;
        for (endpoint const& e : h.addresses()) {
            DHT_ASSERT(inside_.find(e) == nullptr);
            *inside_.find_or_insert(e) = &h;
        }
    }

    /// Who behind it has that endpoint, or that address if it is a NAT; nullptr: nobody.
    [[nodiscard]] host* find_inside(endpoint const& e) const noexcept {
        auto const* exact = inside_.find(e);
        auto const* found = exact != nullptr ? exact : inside_.find({e.ip, 0});
        return found == nullptr ? nullptr : *found;
    }

    [[nodiscard]] bool owns(address const& ip) const noexcept {
        for (endpoint const& e : addresses())
            if (e.ip == ip) return true;
        return false;
    }

    /// The endpoint from which `to` sees a datagram of `from`; nothing: it does not get out.
    std::optional<endpoint> outward(instant now, endpoint const& from, endpoint const& to) {
        if (!up() || kind_.blocks_udp) return std::nullopt;
        return table_.outward(now, from, to, outer_address(from.ip));
    }

    /// The endpoint inside to which a datagram from `from` to `to` goes; nothing: it is filtered.
    [[nodiscard]] std::optional<endpoint> inward(instant now, endpoint const& from,
                                                 endpoint const& to) const noexcept {
        if (!up() || kind_.blocks_udp) return std::nullopt;
        return table_.inward(now, from, to);
    }

private:
    static std::vector<endpoint> any_port(std::vector<address> const& outer) {
        std::vector<endpoint> all;
        for (address const& ip : outer)
            all.push_back({ip, 0});
        return all;
    }

    [[nodiscard]] address const& outer_address(address const& inner) const noexcept {
        if (!inner.is_v4()) return inner;
        return addresses()[inner.v4_value() % addresses().size()].ip;
    }

    host* recipient(instant now, endpoint const& from, endpoint& to) override {
        auto const inner = inward(now, from, to);
        if (!inner) return nullptr;
        to = *inner;
        host* const next = find_inside(to);
        return next == nullptr ? nullptr : next->recipient(now, from, to);
    }

    void begin() override { table_ = nat_table{kind_, world().seed_for(at(), life())}; }

    void end() override {}

    void receive(instant, via_index, endpoint const&, byte_view) override {}

    void advance(instant) override {}

    [[nodiscard]] std::optional<deadline> next_deadline() const override { return std::nullopt; }

    std::optional<transmit> poll_transmit() override { return std::nullopt; }

    void take_outcomes() override {}

    nat_kind kind_;
    nat_table table_{kind_, 0};
    dense_map<endpoint, host*, object_hash> inside_{0xffffffff, {}};
};

/// Where a datagram goes that a host sends.
struct way_out {
    host* at = nullptr; ///< nullptr: a NAT holds it back
    bool stays = false; ///< `at` gets it without the network: both are behind one NAT
};

/// Through all NATs before the host, which give the datagram another sender.
inline way_out leave(host& h, instant now, endpoint& from, endpoint const& to) {
    way_out way{&h};
    for (nat* gate = h.behind(); gate != nullptr; gate = gate->behind()) {
        if (host* const neighbour = gate->find_inside(to)) return {neighbour, true};
        auto const outer = gate->outward(now, from, to);
        if (!outer) return {};
        from = *outer;
        way.at = gate;
        if (gate->owns(to.ip)) return gate->kind().hairpins ? way_out{gate, true} : way_out{};
        if (!to.ip.is_v4()) break; // carriers translate IPv4 only
    }
    return way;
}

} // namespace dht::inline DHT_ABI::sim

#endif
