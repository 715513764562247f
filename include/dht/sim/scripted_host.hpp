#ifndef DHT_SIM_SCRIPTED_HOST_HPP
#define DHT_SIM_SCRIPTED_HOST_HPP

#include <dht/sim/host.hpp>
#include <dht/sim/rule.hpp>

#include <deque>

namespace dht::inline DHT_ABI::sim {

/// A host that is no node: adversaries, routers, stand-ins for other programs. It calls a function
/// for each datagram, and sends any bytes.
class scripted_host final : public host {
public:
    using script = std::function<void(scripted_host&, datagram const&)>;

    scripted_host(ground& world, std::vector<endpoint> addresses, script on_datagram)
        : host{world, std::move(addresses)},
          on_datagram_{std::move(on_datagram)} {}

    void send(endpoint const& to, byte_view bytes, via_index via = 0) {
        if (!up()) return;
        outbox_.push_back({via, to, {bytes.begin(), bytes.end()}});
        world().settle(*this);
    }

private:
    struct letter {
        via_index via = 0;
        endpoint to;
        std::vector<std::byte> bytes;
    };

    void begin() override {}

    void end() override { outbox_.clear(); }

    void receive(instant now, via_index via, endpoint const& from, byte_view bytes) override {
        if (on_datagram_) on_datagram_(*this, {now, from, at(via), bytes});
    }

    void advance(instant) override {}

    [[nodiscard]] std::optional<deadline> next_deadline() const override { return std::nullopt; }

    std::optional<transmit> poll_transmit() override {
        if (outbox_.empty()) return std::nullopt;
        sending_ = std::move(outbox_.front());
        outbox_.pop_front();
        return transmit{sending_.via, sending_.to, sending_.bytes};
    }

    void take_outcomes() override {}

    script on_datagram_;
    std::deque<letter> outbox_;
    letter sending_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
