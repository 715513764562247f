#ifndef DHT_TESTS_UNIT_IO_LOOP_HPP
#define DHT_TESTS_UNIT_IO_LOOP_HPP

#include <dht/dht.hpp>
#include <dht/io/asio_operations.hpp>

#include <asio/io_context.hpp>

namespace dht::inline DHT_ABI {

// Compiled in loop.cpp, once.
extern template class basic_node<node<allow_local>::traits>;
extern template class io::asio_driver<node<allow_local>>;

} // namespace dht::inline DHT_ABI

/// Real sockets on loopback and the real clock. Nothing here waits for a time to pass: the loop
/// runs until something has happened, and a test that it never happens to fails after a minute.
namespace dht::test {

inline address const loopback = address::v4(0x7f000001);
inline info_hash const torrent = *info_hash::from_hex("0123456789abcdef0123456789abcdef01234567");

/// An address of the loopback network that is its own site, as real nodes have.
inline address loopback_of(unsigned n) {
    return address::v4(0x7f000001U + (n << 8U));
}

template <class Done>
bool run_until(asio::io_context& io, Done done) {
    auto const end = std::chrono::steady_clock::now() + std::chrono::minutes{1};
    while (!done() && std::chrono::steady_clock::now() < end) {
        io.restart();
        io.run_one_for(std::chrono::milliseconds{100});
    }
    return done();
}

/// A node on a socket of its own.
template <class Node = dht::node<allow_local>>
struct driven {
    Node node;
    io::asio_driver<Node> driver;

    template <class... P>
    driven(asio::io_context& io, address const& at, P... policies)
        : node{settings{}, std::move(policies)...},
          driver{io.get_executor(), node} {
        driver.open(endpoint{at, 0});
    }

    [[nodiscard]] endpoint at() const { return driver.local(0); }

    void bootstrap(endpoint const& other) {
        node.bootstrap(io::steady_now(), other);
        driver.kick();
    }
};

/// One that gives up soon.
using impatient = driven<dht::node<allow_local, fixed_timeouts>>;
inline fixed_timeouts const soon{milliseconds{50}, milliseconds{100}};

/// An endpoint of ours where nobody answers.
struct silent_socket {
    io::udp_socket socket;

    explicit silent_socket(asio::io_context& io)
        : socket{io.get_executor(), endpoint{loopback, 0}} {}

    [[nodiscard]] endpoint at() const { return socket.local(); }
};

} // namespace dht::test

#endif
