/// Asio with coroutines: announce a torrent, then find its peers. Without arguments a second node
/// on loopback stands for the network; `asio_coroutines ADDRESS:PORT INFOHASH` joins a real one.

#include <dht/dht.hpp>
#include <dht/io/asio_operations.hpp>
#include <dht/io/batch_transport.hpp>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>

#include <cstdio>

using node_type = dht::node<dht::allow_local, dht::io::batch_transport>;
using driver_type = dht::io::asio_driver<node_type>;

//! [share]
asio::awaitable<int> share(driver_type& driver, dht::info_hash hash) {
    using asio::use_awaitable;
    auto const announced =
        co_await dht::io::async_announce(driver, hash, {.port = 6881}, use_awaitable);
    std::printf("%u nodes stored our announcement\n", announced.stored);

    auto const found = co_await dht::io::async_find_peers(driver, hash, {}, use_awaitable);
    for (dht::endpoint const& peer : found.peers)
        std::printf("peer %s\n", std::string{dht::to_text(peer).view()}.c_str());
    co_return found.peers.empty() ? 1 : 0;
}

//! [share]

int main(int argc, char** argv) {
    auto const loopback = dht::address::v4(0x7f000001);
    asio::io_context io;
    node_type node, other;
    driver_type driver{io.get_executor(), node}, others{io.get_executor(), other};
    driver.open(dht::endpoint{argc > 2 ? dht::address::v4(0U) : loopback, 0});
    others.open(dht::endpoint{loopback, 0});

    auto const start = argc > 2 ? dht::parse_endpoint(argv[1]) : others.local(0);
    auto const hash = dht::info_hash::from_hex(argc > 2 ? argv[2] : std::string(40, 'a'));
    if (!start || !hash) return std::puts("usage: asio_coroutines [ADDRESS:PORT INFOHASH]"), 2;
    node.bootstrap(dht::io::steady_now(), *start);

    int status = 1;
    asio::co_spawn(io, share(driver, *hash), [&](std::exception_ptr error, int result) {
        status = error ? 1 : result;
        io.stop();
    });
    io.run();
    return status;
}
