#ifndef DHT_SIM_SCRIPTED_HOST_HPP
#define DHT_SIM_SCRIPTED_HOST_HPP

#include <dht/sim/host.hpp>

#include <deque>

namespace dht::inline DHT_ABI::sim {

/// The bytes of a datagram.
using packet = std::vector<std::byte>;

/// A host that is no node: adversaries, routers, stand-ins for other programs. It calls a function
/// for each datagram, and sends any bytes. It may have any number of addresses, at 66 bytes each: a
/// hundred thousand Sybils are one host.
class scripted_host final : public host {
public:
    using script = std::function<void(scripted_host&, datagram const&)>;

    scripted_host(ground& world, std::vector<endpoint> addresses, script on_datagram)
        : host{world, std::move(addresses)},
          on_datagram_{std::move(on_datagram)} {}

    void send(endpoint const& to, byte_view bytes, via_index via = 0) {
        send_as(at(via), to, bytes);
    }

    /// As if it came from there: another address of its own, or that of somebody else. Travels as
    /// fast as if it did.
    void send_as(endpoint const& from, endpoint const& to, byte_view bytes) {
        if (!up()) return;
        outbox_.push_back({from, to, {bytes.begin(), bytes.end()}});
        world().settle(*this);
    }

private:
    struct letter {
        endpoint from;
        endpoint to;
        packet bytes;
    };

    void begin() override {}

    void end() override { outbox_.clear(); }

    void arrive(datagram const& d) override {
        if (on_datagram_) on_datagram_(*this, d);
    }

    void receive(instant, via_index, endpoint const&, byte_view) override {} // see arrive

    [[nodiscard]] endpoint const& source(via_index) const noexcept override {
        return sending_.from;
    }

    void advance(instant) override {}

    [[nodiscard]] std::optional<deadline> next_deadline() const override { return std::nullopt; }

    std::optional<transmit> poll_transmit() override {
        if (outbox_.empty()) return std::nullopt;
        sending_ = std::move(outbox_.front());
        outbox_.pop_front();
        return transmit{0, sending_.to, sending_.bytes};
    }

    void take_outcomes() override {}

    script on_datagram_;
    std::deque<letter> outbox_;
    letter sending_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
