#ifndef DHT_IO_ASIO_DRIVER_HPP
#define DHT_IO_ASIO_DRIVER_HPP

#include <dht/io/asio_endpoint.hpp>
#include <dht/io/steady_clock.hpp>
#include <dht/node.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <memory>

namespace dht::inline DHT_ABI::io {

/// Drives a node with a queueing transport on an Asio executor: reads its sockets, keeps its
/// deadlines, sends what it has to send and hands out its outcomes. Node and driver belong to one
/// strand; the node must outlive the driver. Destroying the driver is safe at any time outside of
/// on_outcome.
template <class Node>
class asio_driver {
public:
    using socket_type = asio::ip::udp::socket;

    asio_driver(asio::any_io_executor executor, Node& node)
        : executor_{std::move(executor)},
          node_{node},
          timer_{executor_} {
        node_.set_unix_time(steady_now(), unix_now());
    }

    asio_driver(asio_driver const&) = delete;
    asio_driver& operator=(asio_driver const&) = delete;

    /// Called with each outcome, from the executor and never from inside another call.
    std::function<void(outcome&&)> on_outcome;

    /// Takes a bound socket: the node gets that address. The order of calls numbers the addresses.
    /// Throws std::system_error when the socket is not usable.
    via_index open(socket_type socket) {
        socket.non_blocking(true);
        std::error_code
            ignored; // a larger buffer is welcome, not needed: bursts of answers overrun 208 KiB
        socket.set_option(asio::socket_base::receive_buffer_size{receive_buffer_bytes}, ignored);
        endpoint const local = from_asio(socket.local_endpoint());
        sockets_.push_back(std::make_unique<socket_type>(std::move(socket)));
        via_index const via = node_.open(steady_now(), local);
        wait_for_input(via);
        kick();
        return via;
    }

    /// The node was called directly: sends, reports and sleeps anew, soon.
    void kick() {
        if (std::exchange(kicked_, true)) return;
        asio::post(executor_, guarded([this] {
                       kicked_ = false;
                       drain();
                   }));
    }

private:
    static constexpr int receive_buffer_bytes = 1 << 20;
    static constexpr int batch_max = 64; ///< datagrams read before others get their turn

    /// A handler that does nothing once the driver is gone.
    template <class F>
    auto guarded(F f) {
        return [alive = std::weak_ptr<int>{alive_},
                f = std::move(f)](auto const&... arguments) mutable {
            if (!alive.expired()) f(arguments...);
        };
    }

    void wait_for_input(via_index via) {
        sockets_[via]->async_wait(socket_type::wait_read,
                                  guarded([this, via](std::error_code error) {
                                      if (error == asio::error::operation_aborted) return;
                                      read(via);
                                      drain();
                                      wait_for_input(via);
                                  }));
    }

    /// Errors here are about one datagram (an ICMP answer to an earlier one): never the end.
    void read(via_index via) {
        for (int i = 0; i < batch_max; ++i) {
            asio::ip::udp::endpoint from;
            std::error_code error;
            std::size_t const size = sockets_[via]->receive_from(
                asio::buffer(buffer_.data(), buffer_.size()), from, 0, error);
            if (error == asio::error::would_block || error == asio::error::try_again) return;
            if (!error)
                node_.receive(steady_now(), via, from_asio(from), byte_view{buffer_}.first(size));
            send();
        }
    }

    void send() {
        while (auto const t = node_.poll_transmit()) {
            std::error_code ignored; // UDP: what cannot be sent is lost
            sockets_[t->via]->send_to(asio::buffer(t->bytes.data(), t->bytes.size()),
                                      to_asio(t->to), 0, ignored);
        }
    }

    void drain() {
        send();
        std::weak_ptr<int> const alive{alive_};
        while (auto o = node_.poll_outcome()) {
            if (on_outcome) on_outcome(std::move(*o));
            if (alive.expired()) return;
        }
        send();
        sleep();
    }

    void sleep() {
        auto const next = node_.next_deadline();
        if (!next) return static_cast<void>(timer_.cancel());
        timer_.expires_at(to_steady(next->at));
        timer_.async_wait(guarded([this](std::error_code error) {
            if (error) return;
            node_.advance(steady_now());
            drain();
        }));
    }

    asio::any_io_executor executor_;
    Node& node_;
    std::vector<std::unique_ptr<socket_type>> sockets_;
    asio::steady_timer timer_;
    std::array<std::byte, 4'096> buffer_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
    bool kicked_ = false;
};

} // namespace dht::inline DHT_ABI::io

#endif
