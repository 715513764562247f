#include "sockets.hpp"

#include <dht/base/address_text.hpp>
#include <dht/io/asio_endpoint.hpp>

#include <asio/ip/v6_only.hpp>

#include <string>

namespace example {

namespace {

using asio::ip::udp;

udp::socket bind_socket(asio::io_context& io, dht::endpoint const& local) {
    udp::endpoint const at = dht::io::to_asio(local);
    udp::socket socket{io, at.protocol()};
    if (at.protocol() == udp::v6()) socket.set_option(asio::ip::v6_only{true});
    std::error_code error;
    socket.bind(at, error);
    if (error)
        throw std::system_error{error, "cannot bind " + std::string{dht::to_text(local).view()}};
    return socket;
}

std::vector<udp::socket> bind_all(asio::io_context& io, std::vector<dht::address> const& addresses,
                                  std::uint16_t port) {
    std::vector<udp::socket> sockets;
    for (dht::address const& ip : addresses) {
        sockets.push_back(bind_socket(io, {ip, port}));
        port = sockets.front().local_endpoint().port();
    }
    return sockets;
}

} // namespace

std::vector<udp::socket>
bind_sockets(asio::io_context& io, std::vector<dht::address> const& addresses, std::uint16_t port) {
    for (int attempts_left = port == 0 ? 50 : 1;;) {
        try {
            return bind_all(io, addresses, port);
        } catch (std::system_error const& e) { // free on one address, taken on another
            if (--attempts_left == 0 || e.code() != std::errc::address_in_use) throw;
        }
    }
}

} // namespace example
