#ifndef DHT_IO_DRAIN_HPP
#define DHT_IO_DRAIN_HPP

#include <dht/outcome.hpp>

#include <array>
#include <span>
#include <utility>

namespace dht::inline DHT_ABI::io {

/// Sends what waits in a node: send(std::span<transmit const>) with up to 64 datagrams at once,
/// all from the same local address. What a node hands out stays valid until its next step.
template <class Node, class Send>
void drain(Node& node, Send&& send) {
    std::array<transmit, 64> batch;
    std::size_t count = 0;
    while (auto const t = node.poll_transmit()) {
        if (count > 0 && (t->via != batch[0].via || count == batch.size()))
            send(std::span<transmit const>{batch}.first(std::exchange(count, 0)));
        batch[count++] = *t;
    }
    if (count > 0) send(std::span<transmit const>{batch}.first(count));
    node.flush();
}

} // namespace dht::inline DHT_ABI::io

#endif
