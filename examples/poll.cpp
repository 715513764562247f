/// The raw loop: a node on a POSIX socket, no library but ours. `poll ADDRESS:PORT INFOHASH` joins
/// the network of ADDRESS, announces the torrent and prints its peers. Without arguments the
/// network is a second node on loopback.

#include <dht/dht.hpp>

#include <arpa/inet.h>
#include <cstdio>
#include <ctime>
#include <poll.h>
#include <sys/socket.h>

/// One node and its socket.
struct host {
    dht::node<dht::allow_local> node;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

    explicit host(std::uint32_t ip) {
        sockaddr_in at{AF_INET, 0, {htonl(ip)}, {}};
        socklen_t size = sizeof at;
        if (bind(fd, reinterpret_cast<sockaddr*>(&at), size) != 0) std::perror("bind"), exit(1);
        getsockname(fd, reinterpret_cast<sockaddr*>(&at), &size);
        node.open(now(), endpoint_of(at));
    }

    static dht::instant now() {
        timespec t{};
        clock_gettime(CLOCK_MONOTONIC, &t);
        return dht::instant{dht::seconds{t.tv_sec} + dht::microseconds{t.tv_nsec / 1'000}};
    }

    static dht::endpoint endpoint_of(sockaddr_in const& s) {
        return {dht::address::v4(ntohl(s.sin_addr.s_addr)), ntohs(s.sin_port)};
    }

    //! [turn]
    /// Send what there is, sleep until input or deadline, hand in what came, let time pass.
    void turn(int longest_ms) {
        while (auto const t = node.poll_transmit()) {
            sockaddr_in const to{AF_INET, htons(t->to.port), {htonl(t->to.ip.v4_value())}, {}};
            sendto(fd, t->bytes.data(), t->bytes.size(), 0, reinterpret_cast<sockaddr const*>(&to),
                   sizeof to);
        }
        if (auto const next = node.next_deadline())
            longest_ms = static_cast<int>(std::clamp<long>(
                std::chrono::ceil<dht::milliseconds>(next->at - now()).count(), 0, longest_ms));
        pollfd input{fd, POLLIN, 0};
        poll(&input, 1, longest_ms);
        std::array<std::byte, 2'048> buffer;
        sockaddr_in from{};
        socklen_t size = sizeof from;
        for (ssize_t n; (n = recvfrom(fd, buffer.data(), buffer.size(), 0,
                                      reinterpret_cast<sockaddr*>(&from), &size)) >= 0;)
            node.receive(now(), 0, endpoint_of(from), {buffer.data(), static_cast<size_t>(n)});
        node.advance(now());
    }

    //! [turn]
};

int main(int argc, char** argv) {
    bool const alone = argc < 3;
    host us{alone ? INADDR_LOOPBACK : INADDR_ANY};
    host other{INADDR_LOOPBACK};
    auto const start = alone ? other.node.local(0) : dht::parse_endpoint(argv[1]);
    auto const hash = dht::info_hash::from_hex(alone ? std::string(40, 'a') : argv[2]);
    if (!start || !hash) return std::puts("usage: poll [ADDRESS:PORT INFOHASH]"), 2;
    //! [use]
    us.node.bootstrap(host::now(), *start);
    us.node.announce(host::now(), *hash, {.port = 6881});

    for (std::size_t peers = 0;; us.turn(alone ? 10 : 1'000)) {
        if (alone) other.turn(10);
        while (auto const o = us.node.poll_outcome()) {
            for (dht::endpoint const& peer : o->peers)
                std::printf("peer %s\n", std::string{dht::to_text(peer).view()}.c_str());
            peers += o->peers.size();
            if (!o->finished) continue;
            std::printf("%u nodes asked, %u stored our announcement\n", o->asked, o->stored);
            if (o->kind == dht::operation_kind::find_peers) return peers > 0 ? 0 : 1;
            us.node.find_peers(host::now(), *hash);
        }
    }
    //! [use]
}
