#ifndef DHT_SIM_GUEST_HPP
#define DHT_SIM_GUEST_HPP

#include <dht/sim/id_network.hpp>

#include <queue>

namespace dht::inline DHT_ABI::sim {

/// A real node in a network of ids. Time passes while it has something to do. Answers come after 20
/// to 300 ms; of all datagrams some are lost.
template <class Node>
class guest {
public:
    guest(id_network& where, Node& node, std::uint64_t seed, double loss = 0.01)
        : where_{where},
          node_{node},
          chance_{seed},
          loss_{loss} {}

    /// What has been asked since it is here.
    struct count {
        unsigned all = 0;
        unsigned stores = 0; ///< of them
    };

    [[nodiscard]] count const& asked() const noexcept { return asked_; }

    [[nodiscard]] instant now() const noexcept { return now_; }

    /// Until an operation has ended.
    outcome finish(operation_id id) {
        for (;;) {
            send();
            while (auto o = node_.poll_outcome())
                if (o->operation == id && o->finished) return *o;
            auto const due = node_.next_deadline();
            if (!answers_.empty() && (!due || answers_.top().at <= due->at)) {
                letter const next = answers_.top();
                answers_.pop();
                now_ = std::max(now_, next.at);
                node_.receive(now_, 0, next.from, next.bytes);
            } else {
                DHT_ASSERT(due);
                now_ = std::max(now_, due->at);
                node_.advance(now_);
            }
        }
    }

private:
    struct letter {
        instant at;
        endpoint from;
        packet bytes;

        friend bool operator<(letter const& a, letter const& b) noexcept { return a.at > b.at; }
    };

    void send() {
        while (auto const out = node_.poll_transmit()) {
            krpc::message m;
            krpc::refusal why;
            if (krpc::decode(out->bytes, m, why) != errc::ok) continue;
            auto const* const query = std::get_if<krpc::query>(&m.body);
            if (query == nullptr) continue;
            ++asked_.all;
            asked_.stores += std::holds_alternative<krpc::announce_peer>(query->args) ? 1 : 0;
            if (chance_.happens(loss_)) continue;
            packet bytes = where_.answer(node_.local(0), out->to, out->bytes);
            if (bytes.empty() || chance_.happens(loss_)) continue;
            duration const trip = chance_.between(milliseconds{20}, milliseconds{300});
            answers_.push({now_ + trip, out->to, std::move(bytes)});
        }
    }

    id_network& where_;
    Node& node_;
    dice chance_;
    double loss_;
    instant now_{hours{1}};
    count asked_;
    std::priority_queue<letter> answers_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
