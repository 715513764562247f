#ifndef DHT_IO_ASIO_ENDPOINT_HPP
#define DHT_IO_ASIO_ENDPOINT_HPP

#include <dht/base/endpoint.hpp>

#include <asio/ip/udp.hpp>

/// Between our endpoints and Asio's.
namespace dht::inline DHT_ABI::io {

inline asio::ip::udp::endpoint to_asio(endpoint const& e) {
    if (e.ip.is_v4()) return {asio::ip::address_v4{e.ip.v4_value()}, e.port};
    asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), e.ip.bytes().data(), bytes.size());
    return {asio::ip::address_v6{bytes}, e.port};
}

inline endpoint from_asio(asio::ip::udp::endpoint const& e) {
    if (e.address().is_v4()) return {address::v4(e.address().to_v4().to_uint()), e.port()};
    auto const bytes = e.address().to_v6().to_bytes();
    return {address::from({reinterpret_cast<std::byte const*>(bytes.data()), bytes.size()}),
            e.port()};
}

} // namespace dht::inline DHT_ABI::io

#endif
