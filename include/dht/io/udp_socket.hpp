#ifndef DHT_IO_UDP_SOCKET_HPP
#define DHT_IO_UDP_SOCKET_HPP

#include <dht/io/asio_endpoint.hpp>
#include <dht/io/input_batch.hpp>
#include <dht/io/packet_info.hpp>
#include <dht/io/return_paths.hpp>
#include <dht/outcome.hpp>

#include <asio/ip/v6_only.hpp>

#include <cerrno>
#include <optional>
#include <span>
#include <system_error>

#if defined(__unix__) || defined(__APPLE__)
#    include <poll.h>
#endif
#if defined(__linux__)
#    include <linux/sock_diag.h>
#endif

namespace dht::inline DHT_ABI::io {

/// How a socket is bound.
struct socket_options {
    /// Asked of the system, which may give less (Linux: net.core.rmem_max). Bursts of queries
    /// overrun the usual 208 KiB.
    int receive_buffer_bytes = 1 << 20;
    /// SO_REUSEPORT (Linux, BSD): several sockets on one address and port, for a node on each core.
    /// The system chooses the socket by the address that a datagram comes from, answers to our
    /// questions included: ask from another port, or hand on what has no transaction.
    bool shares_port = false;
};

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
    explicit udp_socket(native_type socket, socket_options const& options = {})
        : socket_{std::move(socket)} {
        local_ = from_asio(socket_.local_endpoint());
        socket_.non_blocking(true);
        std::error_code ignored; // a larger buffer is welcome, not needed
        asio::socket_base::receive_buffer_size const wanted{options.receive_buffer_bytes};
        socket_.set_option(wanted, ignored);
        if (!is_unroutable(local_.ip)) return; // no wildcard
        if (!local_.ip.is_v4()) demand_v6_only();
        if (wants_packet_info()) paths_.emplace();
    }

    /// Binds a socket of its own. Port 0: any that is free. Throws std::system_error.
    udp_socket(asio::any_io_executor const& executor, endpoint const& local,
               socket_options const& options = {})
        : udp_socket{bound(executor, local, options), options} {}

    [[nodiscard]] endpoint const& local() const noexcept { return local_; }

    /// For waiting, and for options of one's own.
    [[nodiscard]] native_type& native() noexcept { return socket_; }

    /// One datagram; of one that does not fit, the part that does (make the buffer longer than what
    /// the node accepts, 4096 bytes, and it refuses the rest). One system call.
    input receive(byte_span buffer, endpoint& from, std::size_t& bytes) noexcept;

    /// As many datagrams as are there and have room in `in`, with one system call where the system
    /// has recvmmsg.
    input receive(input_batch& in);

    /// False: the system's buffer is full. Other errors are about one datagram, which is lost as
    /// any datagram may be. One system call.
    bool send(endpoint const& to, byte_view datagram) noexcept;

    /// Datagrams in their order, with one system call for 64 where the system has sendmmsg. False:
    /// its buffer is full, and the rest is lost.
    bool send(std::span<transmit const> batch) noexcept;

    /// Whether a datagram would be taken now. No system call unless the last one was not.
    bool takes_more() noexcept;

    /// SO_RCVBUF, without what Linux adds for its own overhead. 0: not told.
    [[nodiscard]] std::size_t receive_buffer_bytes() const noexcept {
        asio::socket_base::receive_buffer_size size;
        std::error_code error;
        socket_.get_option(size, error);
        return error ? 0 : static_cast<std::size_t>(size.value());
    }

    /// How many datagrams the system has dropped since this socket was bound, because its buffer
    /// was full or they were damaged; modulo 2^32. Nothing where it does not tell (Linux does, by
    /// SO_MEMINFO).
    [[nodiscard]] std::optional<std::uint32_t> dropped() const noexcept;

private:
    static native_type bound(asio::any_io_executor const& executor, endpoint const& local,
                             socket_options const& options) {
        asio::ip::udp::endpoint const at = to_asio(local);
        native_type socket{executor, at.protocol()};
        if (!local.ip.is_v4()) socket.set_option(asio::ip::v6_only{true});
        if (options.shares_port) share_port(socket);
        socket.bind(at);
        return socket;
    }

    static void share_port(native_type& socket) {
#if defined(SO_REUSEPORT)
        socket.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>{true});
#else
        throw std::system_error{std::make_error_code(std::errc::not_supported),
                                "dht: sockets cannot share a port here (no SO_REUSEPORT)"};
#endif
    }

    void demand_v6_only() const {
        asio::ip::v6_only only;
        socket_.get_option(only);
        if (!only.value())
            throw std::system_error{std::make_error_code(std::errc::invalid_argument),
                                    "dht: an IPv6 wildcard socket must be v6_only before bind"};
    }

    bool wants_packet_info() noexcept;

    /// Where the system has no recvmmsg.
    input receive_singly(input_batch& in) {
        for (in.clear(); in.datagrams().size() < in.capacity();) {
            endpoint from;
            std::size_t bytes = 0;
            input const got = receive(in.room(in.datagrams().size()), from, bytes);
            if (got != input::datagram) return in.datagrams().empty() ? got : input::datagram;
            in.add(from, bytes);
        }
        return input::datagram;
    }

    /// With one sendmmsg. How many were sent, or given up.
    std::size_t send_some(std::span<transmit const> batch) noexcept;

    native_type socket_;
    endpoint local_;

    std::optional<return_paths> paths_; ///< wildcard sockets only
    bool full_ = false;
};

#if defined(IP_PKTINFO) && defined(IPV6_RECVPKTINFO)

namespace detail {

/// A message of one piece, from or to `peer`, without control messages. Refers to both.
inline msghdr message_with(socket_address& peer, std::size_t peer_bytes, iovec& piece) noexcept {
    msghdr message{}; // its members' order is the system's affair
    message.msg_name = &peer;
    message.msg_namelen = static_cast<socklen_t>(peer_bytes);
    message.msg_iov = &piece;
    message.msg_iovlen = 1;
    return message;
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
    socket_address sender;
    iovec piece{buffer.data(), buffer.size()};
    detail::control_buffer control;
    msghdr message = detail::message_with(sender, sizeof sender, piece);
    if (paths_) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
    }
    auto const size = ::recvmsg(socket_.native_handle(), &message, 0);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? input::none : input::error;
    from = read_address(sender);
    bytes = static_cast<std::size_t>(size);
    if (paths_)
        if (auto const asked = detail::destination(message)) paths_->note(from, *asked);
    return input::datagram;
}

inline bool udp_socket::send(endpoint const& to, byte_view datagram) noexcept {
    socket_address receiver;
    socklen_t const name_bytes = write_address(receiver, to);
    iovec piece{const_cast<std::byte*>(datagram.data()), datagram.size()};
    detail::control_buffer control;
    msghdr message = detail::message_with(receiver, name_bytes, piece);
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

#    if defined(__linux__)

inline udp_socket::input udp_socket::receive(input_batch& in) {
    in.clear();
    std::size_t const most = in.capacity();
    std::array<mmsghdr, input_batch::size_max> messages;
    std::array<iovec, input_batch::size_max> pieces;
    std::array<socket_address, input_batch::size_max> senders;
    std::array<detail::control_buffer, input_batch::size_max> controls;
    for (std::size_t i = 0; i < most; ++i) {
        pieces[i] = {in.room(i).data(), input_batch::datagram_bytes};
        messages[i].msg_hdr = detail::message_with(senders[i], sizeof senders[i], pieces[i]);
        if (!paths_) continue;
        messages[i].msg_hdr.msg_control = controls[i].bytes;
        messages[i].msg_hdr.msg_controllen = sizeof controls[i].bytes;
    }
    int const came = ::recvmmsg(socket_.native_handle(), messages.data(),
                                static_cast<unsigned>(most), 0, nullptr);
    if (came < 0 && (errno == ENOSYS || errno == EPERM)) return receive_singly(in); // or a sandbox
    if (came < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? input::none : input::error;
    for (std::size_t i = 0; i < static_cast<std::size_t>(came); ++i) {
        endpoint const from = read_address(senders[i]);
        in.add(from, messages[i].msg_len);
        if (paths_)
            if (auto const asked = detail::destination(messages[i].msg_hdr))
                paths_->note(from, *asked);
    }
    return input::datagram;
}

inline std::size_t udp_socket::send_some(std::span<transmit const> batch) noexcept {
    constexpr std::size_t most = 64;
    std::size_t const count = std::min(batch.size(), most);
    std::array<mmsghdr, most> messages;
    std::array<iovec, most> pieces;
    std::array<socket_address, most> receivers;
    std::array<detail::control_buffer, most> controls;
    for (std::size_t i = 0; i < count; ++i) {
        pieces[i] = {const_cast<std::byte*>(batch[i].bytes.data()), batch[i].bytes.size()};
        socklen_t const name_bytes = write_address(receivers[i], batch[i].to);
        messages[i].msg_hdr = detail::message_with(receivers[i], name_bytes, pieces[i]);
        if (address const* const source = paths_ ? paths_->find(batch[i].to) : nullptr)
            detail::put_source(messages[i].msg_hdr, controls[i], *source);
    }
    int const sent =
        ::sendmmsg(socket_.native_handle(), messages.data(), static_cast<unsigned>(count), 0);
    if (sent > 0) return static_cast<std::size_t>(sent);
    send(batch[0].to, batch[0].bytes); // knows what to do about what it cannot send
    return 1;
}

inline bool udp_socket::send(std::span<transmit const> batch) noexcept {
    full_ = false;
    while (!batch.empty() && !full_)
        batch = batch.subspan(send_some(batch));
    return !full_;
}

inline std::optional<std::uint32_t> udp_socket::dropped() const noexcept {
    std::array<std::uint32_t, SK_MEMINFO_VARS> told{}; // since Linux 4.12
    socklen_t size = sizeof told;
    int const fd = const_cast<native_type&>(socket_).native_handle();
    bool const known = ::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, told.data(), &size) == 0;
    return known && size == sizeof told ? std::optional{told[SK_MEMINFO_DROPS]} : std::nullopt;
}

#    endif

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

#if !defined(__linux__)

inline udp_socket::input udp_socket::receive(input_batch& in) {
    return receive_singly(in);
}

inline bool udp_socket::send(std::span<transmit const> batch) noexcept {
    for (transmit const& t : batch)
        if (!send(t.to, t.bytes)) return false;
    return true;
}

inline std::optional<std::uint32_t> udp_socket::dropped() const noexcept {
    return std::nullopt;
}

#endif

} // namespace dht::inline DHT_ABI::io

#endif
