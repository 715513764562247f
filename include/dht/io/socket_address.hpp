#ifndef DHT_IO_SOCKET_ADDRESS_HPP
#define DHT_IO_SOCKET_ADDRESS_HPP

#include <dht/base/endpoint.hpp>

#if defined(__unix__) || defined(__APPLE__)
#    include <netinet/in.h>
#    include <sys/socket.h>

/// Between our endpoints and the addresses of the system's calls.
namespace dht::inline DHT_ABI::io {

union socket_address {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
};

/// How many bytes of `out` are used.
inline socklen_t write_address(socket_address& out, endpoint const& e) noexcept {
    if (e.ip.is_v4()) {
        out.v4 = {};
        out.v4.sin_family = AF_INET;
        out.v4.sin_port = htons(e.port);
        out.v4.sin_addr.s_addr = htonl(e.ip.v4_value());
        return sizeof out.v4;
    }
    out.v6 = {};
    out.v6.sin6_family = AF_INET6;
    out.v6.sin6_port = htons(e.port);
    std::memcpy(&out.v6.sin6_addr, e.ip.bytes().data(), sizeof out.v6.sin6_addr);
    return sizeof out.v6;
}

inline endpoint read_address(socket_address const& a) noexcept {
    if (a.any.sa_family == AF_INET)
        return {address::v4(ntohl(a.v4.sin_addr.s_addr)), ntohs(a.v4.sin_port)};
    return {address::from(std::as_bytes(std::span{a.v6.sin6_addr.s6_addr})), ntohs(a.v6.sin6_port)};
}

} // namespace dht::inline DHT_ABI::io

#endif

#endif
