#ifndef DHT_IO_UDP_SOCKET_HPP
#define DHT_IO_UDP_SOCKET_HPP

#include <dht/io/asio_endpoint.hpp>
#include <dht/io/return_paths.hpp>

#include <asio/ip/v6_only.hpp>

#include <cerrno>
#include <optional>
#include <span>
#include <system_error>

#if defined(__unix__) || defined(__APPLE__)
#    include <netinet/in.h>
#    include <poll.h>
#    include <sys/socket.h>
#endif

namespace dht::inline DHT_ABI::io {

/// A bound UDP socket that never blocks, and whose answers leave from the address that was asked
/// (BEP 45), also when it is bound to the wildcard address: there the system would choose by
/// route, and who asked drops what comes from elsewhere. That takes IP_PKTINFO and
/// IPV6_RECVPKTINFO; where the system has neither, bind each address instead of the wildcard.
class udp_socket {
public:
    using native_type = asio::ip::udp::socket;

    enum class input : std::uint8_t {
        datagram,
        error, ///< of one datagram, most often an ICMP answer to an earlier one: read on
        none,
    };

    /// Takes a bound socket. Throws std::system_error when it cannot be used: not open, or an IPv6
    /// wildcard that also takes IPv4 (set asio::ip::v6_only before bind; IPv4 wants a socket of its
    /// own, since it has an id and a table of its own: BEP 32).
    explicit udp_socket(native_type socket) : socket_{std::move(socket)} {
        local_ = from_asio(socket_.local_endpoint());
        socket_.non_blocking(true);
        std::error_code ignored; // a larger buffer is welcome, not needed
        socket_.set_option(asio::socket_base::receive_buffer_size{receive_buffer_bytes}, ignored);
        if (!is_unroutable(local_.ip)) return; // no wildcard
        if (!local_.ip.is_v4()) demand_v6_only();
        if (wants_packet_info()) paths_.emplace();
    }

    /// Binds a socket of its own. Port 0: any that is free. Throws std::system_error.
    udp_socket(asio::any_io_executor const& executor, endpoint const& local)
        : udp_socket{bound(executor, local)} {}

    [[nodiscard]] endpoint const& local() const noexcept { return local_; }

    /// For waiting, and for options of one's own.
    [[nodiscard]] native_type& native() noexcept { return socket_; }

    /// One datagram; of one that does not fit, the part that does (make the buffer longer than what
    /// the node accepts, 4096 bytes, and it refuses the rest). One system call.
    input receive(byte_span buffer, endpoint& from, std::size_t& bytes) noexcept;

    /// False: the system's buffer is full. Other errors are about one datagram, which is lost as
    /// any datagram may be. One system call.
    bool send(endpoint const& to, byte_view datagram) noexcept;

    /// Whether a datagram would be taken now. No system call unless the last one was not.
    bool takes_more() noexcept;

private:
    /// Bursts of answers overrun the usual 208 KiB.
    static constexpr int receive_buffer_bytes = 1 << 20;

    static native_type bound(asio::any_io_executor const& executor, endpoint const& local) {
        asio::ip::udp::endpoint const at = to_asio(local);
        native_type socket{executor, at.protocol()};
        if (!local.ip.is_v4()) socket.set_option(asio::ip::v6_only{true});
        socket.bind(at);
        return socket;
    }

    void demand_v6_only() const {
        asio::ip::v6_only only;
        socket_.get_option(only);
        if (!only.value())
            throw std::system_error{std::make_error_code(std::errc::invalid_argument),
                                    "dht: an IPv6 wildcard socket must be v6_only before bind"};
    }

    bool wants_packet_info() noexcept;

    native_type socket_;
    endpoint local_;
    std::optional<return_paths> paths_; ///< wildcard sockets only
    bool full_ = false;
};

#if defined(IP_PKTINFO) && defined(IPV6_RECVPKTINFO)

namespace detail {

/// Room for one control message of either family.
union control_buffer {
    cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(in6_pktinfo)) + CMSG_SPACE(sizeof(in_pktinfo))];
};

/// A message of one piece, from or to `peer`, without control messages. Refers to both.
inline msghdr message_with(asio::ip::udp::endpoint& peer, std::size_t peer_bytes,
                           iovec& piece) noexcept {
    msghdr message{};
    message.msg_name = peer.data();
    message.msg_namelen = static_cast<socklen_t>(peer_bytes);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    return message;
}

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

inline bool udp_socket::wants_packet_info() noexcept {
    int const on = 1;
    return local_.ip.is_v4()
               ? ::setsockopt(socket_.native_handle(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on) == 0
               : ::setsockopt(socket_.native_handle(), IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
                              sizeof on) == 0;
}

inline udp_socket::input udp_socket::receive(byte_span buffer, endpoint& from,
                                             std::size_t& bytes) noexcept {
    asio::ip::udp::endpoint sender;
    iovec piece{buffer.data(), buffer.size()};
    detail::control_buffer control;
    msghdr message = detail::message_with(sender, sender.capacity(), piece);
    if (paths_) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
    }
    auto const size = ::recvmsg(socket_.native_handle(), &message, 0);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? input::none : input::error;
    sender.resize(message.msg_namelen);
    from = from_asio(sender);
    bytes = static_cast<std::size_t>(size);
    if (paths_)
        if (auto const asked = detail::destination(message)) paths_->note(from, *asked);
    return input::datagram;
}

inline bool udp_socket::send(endpoint const& to, byte_view datagram) noexcept {
    asio::ip::udp::endpoint receiver = to_asio(to);
    iovec piece{const_cast<std::byte*>(datagram.data()), datagram.size()};
    detail::control_buffer control;
    msghdr message = detail::message_with(receiver, receiver.size(), piece);
    if (address const* const source = paths_ ? paths_->find(to) : nullptr)
        detail::put_source(message, control, *source);
    if (::sendmsg(socket_.native_handle(), &message, 0) >= 0) return true;
    full_ = errno == EAGAIN || errno == EWOULDBLOCK;
    if (!full_ && message.msg_control != nullptr) { // that address may have left us
        paths_->forget(to);
        message.msg_control = nullptr;
        message.msg_controllen = 0;
        static_cast<void>(::sendmsg(socket_.native_handle(), &message, 0));
    }
    return !full_;
}

inline bool udp_socket::takes_more() noexcept {
    if (!full_) return true;
    pollfd room{socket_.native_handle(), POLLOUT, 0};
    full_ = ::poll(&room, 1, 0) <= 0;
    return !full_;
}

#else

inline bool udp_socket::wants_packet_info() noexcept {
    return false;
}

inline udp_socket::input udp_socket::receive(byte_span buffer, endpoint& from,
                                             std::size_t& bytes) noexcept {
    asio::ip::udp::endpoint sender;
    std::error_code error;
    bytes = socket_.receive_from(asio::buffer(buffer.data(), buffer.size()), sender, 0, error);
    if (error == asio::error::would_block || error == asio::error::try_again) return input::none;
    from = from_asio(sender);
    return error ? input::error : input::datagram;
}

inline bool udp_socket::send(endpoint const& to, byte_view datagram) noexcept {
    std::error_code error;
    socket_.send_to(asio::buffer(datagram.data(), datagram.size()), to_asio(to), 0, error);
    return error != asio::error::would_block && error != asio::error::try_again;
}

inline bool udp_socket::takes_more() noexcept {
    return true;
}

#endif

} // namespace dht::inline DHT_ABI::io

#endif
