/// The raw loop: a node on a POSIX socket, no library but ours. Without arguments two nodes meet on
/// loopback, one announces a torrent and the other finds it. `poll ADDRESS:PORT INFOHASH` joins the
/// network that ADDRESS belongs to and prints the torrent's peers.

#include <dht/dht.hpp>

#include <arpa/inet.h>
#include <cstdio>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using host = dht::node<dht::allow_local>;

dht::instant now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return dht::instant{std::chrono::seconds{t.tv_sec} + dht::microseconds{t.tv_nsec / 1'000}};
}

sockaddr_in to_system(dht::endpoint const& e) {
    sockaddr_in s{};
    s.sin_family = AF_INET;
    s.sin_addr.s_addr = htonl(e.ip.v4_value());
    s.sin_port = htons(e.port);
    return s;
}

int bind_socket(char const* address) {
    int const fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    sockaddr_in s = to_system({*dht::parse_address(address), 0});
    return bind(fd, reinterpret_cast<sockaddr*>(&s), sizeof s) == 0 ? fd : -1;
}

dht::endpoint local_endpoint(int fd) {
    sockaddr_in s{};
    socklen_t size = sizeof s;
    getsockname(fd, reinterpret_cast<sockaddr*>(&s), &size);
    return {dht::address::v4(ntohl(s.sin_addr.s_addr)), ntohs(s.sin_port)};
}

/// One turn: send what there is, sleep until input or deadline, hand in what came, let time pass.
void turn(host& node, int fd, int longest_ms) {
    while (auto const t = node.poll_transmit()) {
        sockaddr_in const to = to_system(t->to);
        sendto(fd, t->bytes.data(), t->bytes.size(), 0, reinterpret_cast<sockaddr const*>(&to),
               sizeof to);
    }
    if (auto const next = node.next_deadline()) {
        auto const left = std::chrono::ceil<dht::milliseconds>(next->at - now()).count();
        longest_ms = static_cast<int>(std::clamp<long>(left, 0, longest_ms));
    }
    pollfd input{fd, POLLIN, 0};
    poll(&input, 1, longest_ms);
    std::array<std::byte, 2'048> buffer;
    sockaddr_in from{};
    socklen_t size = sizeof from;
    ssize_t bytes = 0;
    while ((bytes = recvfrom(fd, buffer.data(), buffer.size(), 0,
                             reinterpret_cast<sockaddr*>(&from), &size)) >= 0)
        node.receive(now(), 0,
                     {dht::address::v4(ntohl(from.sin_addr.s_addr)), ntohs(from.sin_port)},
                     dht::byte_view{buffer}.first(static_cast<std::size_t>(bytes)));
    node.advance(now());
}

int main(int argc, char** argv) {
    bool const demo = argc < 3;
    host node;
    host friendly;
    int const fd = bind_socket(demo ? "127.0.0.1" : "0.0.0.0");
    int const friend_fd = bind_socket("127.0.0.1");
    if (fd < 0 || friend_fd < 0) return 1;
    node.open(now(), local_endpoint(fd));
    friendly.open(now(), local_endpoint(friend_fd));

    auto const hash =
        dht::info_hash::from_hex(demo ? "0123456789abcdef0123456789abcdef01234567" : argv[2]);
    auto const start = demo ? local_endpoint(friend_fd) : dht::parse_endpoint(argv[1]);
    if (!hash || !start) return std::puts("usage: poll [ADDRESS:PORT INFOHASH]"), 2;
    node.bootstrap(now(), *start);
    node.announce(now(), *hash, {6881, !demo, false});

    for (auto const end = now() + dht::seconds{demo ? 20 : 60}; now() < end;) {
        turn(node, fd, demo ? 10 : 1'000);
        if (demo) turn(friendly, friend_fd, 10);
        while (auto const o = node.poll_outcome()) {
            for (dht::endpoint const& peer : o->peers)
                std::printf("peer %s\n", std::string{dht::to_text(peer).view()}.c_str());
            if (!o->finished) continue;
            std::printf("%s: %u nodes stored it\n",
                        o->kind == dht::operation_kind::announce ? "announce" : "find", o->stored);
            if (o->kind == dht::operation_kind::announce)
                node.find_peers(now(), *hash);
            else
                return demo && o->peers.empty();
        }
    }
    return 1;
}
