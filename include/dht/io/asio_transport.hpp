#ifndef DHT_IO_ASIO_TRANSPORT_HPP
#define DHT_IO_ASIO_TRANSPORT_HPP

#include <dht/io/udp_socket.hpp>
#include <dht/policy/transport.hpp>

#include <memory>
#include <vector>

namespace dht::inline DHT_ABI::io {

/// The sockets of one node, in the order of its local addresses. Null: none for that address.
using udp_sockets = std::vector<std::unique_ptr<udp_socket>>;

/// Slot transport: sends each datagram at once, instead of queueing it until the end of the step.
/// asio_driver attaches its sockets to it; without sockets nothing can be sent. Saves the queue's
/// copy and its memory; in return a burst that the system does not take is lost, where the queue
/// would keep what is most wanted.
class asio_transport {
public:
    using policy_slot = slots::transport;

    /// Null: none. They must outlive the node, or be detached.
    void attach(udp_sockets* sockets) noexcept { sockets_ = sockets; }

    byte_span reserve(reservation const& r) noexcept {
        reserved_ = r;
        bool const possible = sockets_ != nullptr && r.via < sockets_->size() &&
                              (*sockets_)[r.via] != nullptr && r.bytes_max <= datagram_.size() &&
                              (*sockets_)[r.via]->takes_more();
        if (!possible) reserved_.bytes_max = 0;
        return byte_span{datagram_}.first(reserved_.bytes_max);
    }

    void commit(std::size_t bytes) noexcept {
        DHT_ASSERT(bytes <= reserved_.bytes_max);
        if (bytes == 0 || bytes > reserved_.bytes_max) return;
        (*sockets_)[reserved_.via]->send(reserved_.to, byte_view{datagram_}.first(bytes));
        reserved_.bytes_max = 0;
    }

private:
    udp_sockets* sockets_ = nullptr;
    reservation reserved_{};
    std::array<std::byte, 2'048> datagram_;
};

static_assert(transport<asio_transport>);

} // namespace dht::inline DHT_ABI::io

#endif
