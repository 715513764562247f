#ifndef DHT_BENCHMARKS_COMPARE_BATCH_SOCKET_HPP
#define DHT_BENCHMARKS_COMPARE_BATCH_SOCKET_HPP

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace compare {

using ipv4 = std::uint32_t; ///< in host order

struct place {
    ipv4 ip = 0;
    std::uint16_t port = 0;

    friend bool operator==(place, place) = default;
};

inline place place_of(std::string_view text) {
    auto const colon = text.find(':');
    in_addr ip{};
    if (inet_pton(AF_INET, std::string{text.substr(0, colon)}.c_str(), &ip) != 1)
        throw std::invalid_argument{"no IPv4 address: " + std::string{text}};
    int const port = colon == text.npos ? 0 : std::stoi(std::string{text.substr(colon + 1)});
    return {ntohl(ip.s_addr), static_cast<std::uint16_t>(port)};
}

inline sockaddr_in name_of(place p) {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(p.port);
    name.sin_addr.s_addr = htonl(p.ip);
    return name;
}

inline void bind_to(int fd, place at) {
    sockaddr_in const name = name_of(at);
    if (::bind(fd, reinterpret_cast<sockaddr const*>(&name), sizeof name) != 0)
        throw std::system_error{errno, std::generic_category(), "bind"};
}

/// No datagram of any server is longer. An odd number of cache lines, so that buffers in a row do
/// not compete for the same ones.
inline constexpr std::size_t buffer_bytes = 321 * 64;

struct datagram {
    ipv4 own = 0; ///< the address of ours that it came to, or leaves from
    place peer;
    std::string_view bytes;
};

/// A socket that has all the addresses of this host, and reads and writes many datagrams at once.
class batch_socket {
public:
    static constexpr std::size_t batch = 16;

    explicit batch_socket(place at) : fd_{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)} {
        int const on = 1;
        int const bytes = 8 << 20;
        ::setsockopt(fd_, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes); // as root only
        bind_to(fd_, at);
    }

    ~batch_socket() { ::close(fd_); }

    batch_socket(batch_socket const&) = delete;

    [[nodiscard]] int native_handle() const { return fd_; }

    /// Calls `take(datagram)` for what has come.
    template <class Take>
    void receive(Take take) {
        prepare(in_);
        int const n = ::recvmmsg(fd_, in_.messages.data(), batch, MSG_DONTWAIT, nullptr);
        for (int i = 0; i < n; ++i) {
            auto const at = static_cast<std::size_t>(i);
            take(datagram{destination(in_.messages[at].msg_hdr),
                          place_in(in_.names[at]),
                          {in_.buffers[at].data(), in_.messages[at].msg_len}});
        }
    }

    /// It leaves with the next flush(), or when the batch is full.
    void send(datagram const& d) {
        if (waiting_ == batch) flush();
        std::size_t const bytes = d.bytes.copy(out_.buffers[waiting_].data(), buffer_bytes);
        out_.names[waiting_] = name_of(d.peer);
        prepare(out_, waiting_, bytes);
        put_source(out_.messages[waiting_].msg_hdr, d.own);
        ++waiting_;
    }

    void flush() {
        std::size_t done = 0;
        while (done < waiting_) {
            int const n = ::sendmmsg(fd_, &out_.messages[done],
                                     static_cast<unsigned>(waiting_ - done), MSG_DONTWAIT);
            if (n < 0 && errno != EAGAIN) ++done; // its error is that datagram's alone
            if (n > 0) done += static_cast<std::size_t>(n);
        }
        waiting_ = 0;
    }

private:
    struct batch_of {
        std::array<std::array<char, buffer_bytes>, batch> buffers;
        std::array<sockaddr_in, batch> names;
        std::array<iovec, batch> pieces;
        std::array<mmsghdr, batch> messages;

        struct alignas(cmsghdr) control {
            char bytes[CMSG_SPACE(sizeof(in_pktinfo))];
        };

        std::array<control, batch> controls;
    };

    static place place_in(sockaddr_in const& name) {
        return {ntohl(name.sin_addr.s_addr), ntohs(name.sin_port)};
    }

    static void prepare(batch_of& b, std::size_t i, std::size_t bytes) {
        b.pieces[i] = {b.buffers[i].data(), bytes};
        b.messages[i] = {};
        msghdr& m = b.messages[i].msg_hdr;
        m.msg_name = &b.names[i];
        m.msg_namelen = sizeof b.names[i];
        m.msg_iov = &b.pieces[i];
        m.msg_iovlen = 1;
        m.msg_control = b.controls[i].bytes;
        m.msg_controllen = sizeof b.controls[i].bytes;
    }

    static void prepare(batch_of& b) {
        for (std::size_t i = 0; i < batch; ++i)
            prepare(b, i, buffer_bytes);
    }

    static ipv4 destination(msghdr& message) {
        cmsghdr* const c = CMSG_FIRSTHDR(&message);
        if (c == nullptr || c->cmsg_type != IP_PKTINFO) return 0;
        in_pktinfo info;
        std::memcpy(&info, CMSG_DATA(c), sizeof info);
        return ntohl(info.ipi_addr.s_addr);
    }

    static void put_source(msghdr& message, ipv4 own) {
        cmsghdr* const c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = IPPROTO_IP;
        c->cmsg_type = IP_PKTINFO;
        c->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
        in_pktinfo info{};
        info.ipi_spec_dst.s_addr = htonl(own);
        std::memcpy(CMSG_DATA(c), &info, sizeof info);
    }

    int fd_;
    batch_of in_{};
    batch_of out_{};
    std::size_t waiting_ = 0;
};

} // namespace compare

#endif
