// A node with the policies and settings that everybody gets, on one socket and one thread.
//
// usage: ours ADDRESS:PORT [--statistics]
//
// It pings every ADDRESS:PORT that comes on its standard input.

#include <dht/dht.hpp>
#include <dht/io/drain.hpp>
#include <dht/io/steady_clock.hpp>
#include <dht/io/udp_socket.hpp>
#include <dht/observe/statistics.hpp>

#include <asio/io_context.hpp>

#include "batch_socket.hpp"
#include <iostream>
#include <poll.h>
#include <string>

namespace {

using namespace dht;

endpoint endpoint_of(std::string const& text) {
    compare::place const p = compare::place_of(text);
    return {address::v4(p.ip), p.port};
}

template <class Node>
class server {
public:
    explicit server(endpoint const& at) : socket_{context_.get_executor(), at} {
        node_.open(io::steady_now(), socket_.local());
    }

    [[noreturn]] void run() {
        for (;;) {
            answer();
            wait();
        }
    }

private:
    /// From three quarters of a limit on the store turns newcomers away, which is quicker than to
    /// keep them.
    static settings roomy() {
        settings s;
        s.torrents_max = 400'000;
        s.peers_max = 8'000'000;
        return s;
    }

    void answer() {
        bool const came = socket_.receive(input_) == io::udp_socket::input::datagram;
        instant const now = io::steady_now();
        node_.expect(input_.datagrams());
        for (auto const& d : input_.datagrams())
            if (came) node_.receive(now, 0, d.from, d.bytes);
        if (auto const next = node_.next_deadline(); next && next->at <= now) node_.advance(now);
        io::drain(node_, [this](std::span<transmit const> batch) { socket_.send(batch); });
        while (node_.poll_outcome()) {
        }
    }

    /// For a datagram, a deadline or a line.
    void wait() {
        pollfd inputs[]{{socket_.native().native_handle(), POLLIN, 0}, {lines_, POLLIN, 0}};
        int timeout_ms = -1;
        if (auto const next = node_.next_deadline()) {
            auto const left = std::chrono::ceil<milliseconds>(next->at - io::steady_now());
            timeout_ms = static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
        }
        poll(inputs, 2, timeout_ms);
        if (inputs[1].revents != 0) obey();
    }

    void obey() {
        std::string line;
        if (std::getline(std::cin, line))
            node_.ping(io::steady_now(), endpoint_of(line));
        else
            lines_ = -1;
    }

    asio::io_context context_;
    io::udp_socket socket_;
    Node node_{roomy()};
    io::input_batch input_;
    int lines_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) return 2;
    endpoint const at = endpoint_of(argv[1]);
    if (argc > 2 && argv[2] == std::string_view{"--statistics"})
        server<node<allow_local, observe::statistics>>{at}.run();
    server<node<allow_local>>{at}.run();
}
