#ifndef DHT_BASE_ENDPOINT_HPP
#define DHT_BASE_ENDPOINT_HPP

#include <dht/base/address.hpp>

#include <compare>

namespace dht::inline DHT_ABI {

/// Address and UDP port. 18 bytes.
struct endpoint {
    address ip;
    std::uint16_t port = 0;

    friend constexpr bool operator==(endpoint const&, endpoint const&) noexcept = default;
    friend constexpr auto operator<=>(endpoint const&, endpoint const&) noexcept = default;
};

/// Nothing may be sent there or stored about it, on any network: port 0 or an unroutable address.
constexpr bool is_martian(endpoint const& e) noexcept {
    return e.port == 0 || is_unroutable(e.ip);
}

} // namespace dht::inline DHT_ABI

#endif
