#ifndef DHT_IO_PACKET_INFO_HPP
#define DHT_IO_PACKET_INFO_HPP

#include <dht/base/address.hpp>

#include <optional>

#if defined(__unix__) || defined(__APPLE__)
#    include <netinet/in.h>
#    include <sys/socket.h>
#endif

#if defined(IP_PKTINFO) && defined(IPV6_RECVPKTINFO)

/// Control messages that tell, or say, to and from which of our addresses a datagram goes.
namespace dht::inline DHT_ABI::io {

namespace detail {

/// Room for one control message of either family.
union control_buffer {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(in_pktinfo))];
};

/// The address that a received datagram was sent to; nothing where it was not told.
inline std::optional<address> destination(msghdr& message) noexcept {
    for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            in_pktinfo info;
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            return address::v4(ntohl(info.ipi_spec_dst.s_addr)); // our own, also of a broadcast
        }
        if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            in6_pktinfo info;
            std::memcpy(&info, CMSG_DATA(c), sizeof info);
            if (info.ipi6_addr.s6_addr[0] == 0xff) return std::nullopt; // multicast
            return address::from(std::as_bytes(std::span{info.ipi6_addr.s6_addr}));
        }
    }
    return std::nullopt;
}

template <class Info>
void put_control(msghdr& message, control_buffer& control, int level, int type, Info const& info) {
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(sizeof info);
    cmsghdr* const c = CMSG_FIRSTHDR(&message);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(c), &info, sizeof info);
}

/// Has a datagram leave from that address of ours.
inline void put_source(msghdr& message, control_buffer& control, address const& source) noexcept {
    control = {};
    if (source.is_v4()) {
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(source.v4_value());
        put_control(message, control, IPPROTO_IP, IP_PKTINFO, info);
    } else {
        in6_pktinfo info{};
        std::memcpy(&info.ipi6_addr, source.bytes().data(), sizeof info.ipi6_addr);
        put_control(message, control, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
}

} // namespace detail

} // namespace dht::inline DHT_ABI::io

#endif

#endif
