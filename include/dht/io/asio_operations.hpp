#ifndef DHT_IO_ASIO_OPERATIONS_HPP
#define DHT_IO_ASIO_OPERATIONS_HPP

#include <dht/io/asio_driver.hpp>

#include <asio/async_result.hpp>

#include <vector>

/// The operations of a node as asynchronous operations of Asio, with any completion token: a
/// callback, asio::use_future, asio::use_awaitable, asio::deferred, ...
///
/// All complete with void(std::error_code, dht::outcome), exactly once, on the executor that is
/// associated with the handler or else on the driver's. The outcome is that of the operation; the
/// code is its error, or asio::error::operation_aborted when it was cancelled or the driver is
/// gone; errc::limit_reached when operations_max is reached or the node was stopped. An error does
/// not make the outcome empty: a cancelled lookup tells what it had found (with coroutines,
/// as_tuple(use_awaitable) gives both). Progress goes to driver.on_outcome.
///
/// They may be started from any thread. Each can be cancelled alone by its cancellation slot (all
/// types of cancellation mean the same), emitted wherever the handler belongs.
namespace dht::inline DHT_ABI::io {

/// What a completion handler is called with.
using operation_signature = void(std::error_code, outcome);

/// Any operation: `verb(node, now) -> operation_id` starts it.
template <class Node, class Verb, class Token>
auto async_operation(asio_driver<Node>& driver, Verb verb, Token&& token) {
    return asio::async_initiate<Token, operation_signature>(
        [&driver](auto handler, Verb start) { driver.start(std::move(start), std::move(handler)); },
        token, std::move(verb));
}

/// node.ping: errc::timed_out when nobody answers.
template <class Node, class Token>
auto async_ping(asio_driver<Node>& driver, endpoint const& at, Token&& token) {
    return async_operation(
        driver, [at](Node& n, instant now) { return n.ping(now, at); }, std::forward<Token>(token));
}

/// node.find_node.
template <class Node, class Token>
auto async_find_node(asio_driver<Node>& driver, key160 const& target, Token&& token) {
    return async_operation(
        driver, [target](Node& n, instant now) { return n.find_node(now, target); },
        std::forward<Token>(token));
}

/// node.find_peers.
template <class Node, class Token>
auto async_find_peers(asio_driver<Node>& driver, info_hash const& hash,
                      find_peers_options const& options, Token&& token) {
    return async_operation(
        driver, [=](Node& n, instant now) { return n.find_peers(now, hash, options); },
        std::forward<Token>(token));
}

/// node.announce.
template <class Node, class Token>
auto async_announce(asio_driver<Node>& driver, info_hash const& hash,
                    announce_options const& options, Token&& token) {
    return async_operation(
        driver, [=](Node& n, instant now) { return n.announce(now, hash, options); },
        std::forward<Token>(token));
}

/// node.get of an immutable item.
template <class Node, class Token>
auto async_get(asio_driver<Node>& driver, item_key const& key, get_options const& options,
               Token&& token) {
    return async_operation(
        driver, [=](Node& n, instant now) { return n.get(now, key, options); },
        std::forward<Token>(token));
}

/// node.get of a mutable item.
template <class Node, class Token>
auto async_get(asio_driver<Node>& driver, ed25519_public_key const& k, byte_view salt,
               get_options const& options, Token&& token) {
    return async_operation(
        driver,
        [k, options, copy = std::vector<std::byte>(salt.begin(), salt.end())](
            Node& n, instant now) { return n.get(now, k, copy, options); },
        std::forward<Token>(token));
}

/// node.put of an immutable item, or of one that was signed somewhere.
template <class Node, class Token>
auto async_put(asio_driver<Node>& driver, item what, put_options const& options, Token&& token) {
    return async_operation(
        driver,
        [options, what = std::move(what)](Node& n, instant now) {
            return n.put(now, what, options);
        },
        std::forward<Token>(token));
}

/// node.put of a value that is signed now.
template <class Node, class Token>
auto async_put(asio_driver<Node>& driver, ed25519_key_pair const& owner, byte_view salt,
               byte_view v, put_options const& options, Token&& token) {
    return async_operation(
        driver,
        [owner, options, salt_copy = std::vector<std::byte>(salt.begin(), salt.end()),
         v_copy = std::vector<std::byte>(v.begin(), v.end())](Node& n, instant now) {
            return n.put(now, owner, salt_copy, v_copy, options);
        },
        std::forward<Token>(token));
}

/// node.sample: errc::timed_out when nobody answers.
template <class Node, class Token>
auto async_sample(asio_driver<Node>& driver, endpoint const& at, key160 const& target,
                  Token&& token) {
    return async_operation(
        driver, [=](Node& n, instant now) { return n.sample(now, at, target); },
        std::forward<Token>(token));
}

} // namespace dht::inline DHT_ABI::io

#endif
