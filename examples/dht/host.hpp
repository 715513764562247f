#ifndef DHT_EXAMPLES_DHT_HOST_HPP
#define DHT_EXAMPLES_DHT_HOST_HPP

#include <dht/content/follower.hpp>
#include <dht/content/indexer.hpp>
#include <dht/dht.hpp>
#include <dht/io/asio_driver.hpp>

#include "../common/address_choice.hpp"
#include "tally.hpp"
#include <map>

namespace example {

/// The node of this program: the default one, but for a filter of our own, an observer that counts,
/// and two extensions that do nothing until they are told to.
using tool_node = dht::node<address_choice, tally, dht::content::follower, dht::content::indexer>;

} // namespace example

// Compiled in host.cpp, once.
extern template class dht::basic_node<example::tool_node::traits>;
extern template class dht::io::asio_driver<example::tool_node>;

namespace example {

/// How those extensions go about it.
struct extension_options {
    dht::content::follower_options follower{};
    dht::content::indexer_options indexer{};
};

/// One node on its sockets, which keeps the outcomes until somebody asks for them.
class host {
public:
    /// Throws std::system_error when an address cannot be bound.
    host(asio::io_context& io, std::vector<dht::address> const& bind, std::uint16_t port,
         address_choice const& filter, extension_options const& extensions = {});

    tool_node& node() noexcept { return node_; }

    tally const& counted() noexcept { return node_.get<tally>(); }

    [[nodiscard]] dht::instant now() const { return dht::io::steady_now(); }

    void bootstrap(dht::endpoint const& at);

    /// The node was given something to do: call this after each of its operations.
    void go() { driver_.kick(); }

    /// The same for its extensions.
    void advance() {
        node_.advance(now());
        go();
    }

    /// The latest that this operation had to say; null: nothing yet.
    dht::outcome const* latest(dht::operation_id id) const;

    [[nodiscard]] std::size_t good_contacts() const;

private:
    tool_node node_;
    dht::io::asio_driver<tool_node> driver_;
    std::map<dht::operation_id, dht::outcome> latest_;
};

} // namespace example

#endif
