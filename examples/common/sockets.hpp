#ifndef DHT_EXAMPLES_COMMON_SOCKETS_HPP
#define DHT_EXAMPLES_COMMON_SOCKETS_HPP

#include <dht/base/endpoint.hpp>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>

#include <vector>

namespace example {

/// One bound UDP socket per address, all with the same port. Port 0: one that is free on every
/// address. Throws std::system_error with a sentence that names the address.
std::vector<asio::ip::udp::socket>
bind_sockets(asio::io_context& io, std::vector<dht::address> const& addresses, std::uint16_t port);

} // namespace example

#endif
