#include "host.hpp"

#include "../common/sockets.hpp"

template class dht::basic_node<example::tool_node::traits>;
template class dht::io::asio_driver<example::tool_node>;

namespace example {

host::host(asio::io_context& io, std::vector<dht::address> const& bind, std::uint16_t port,
           address_choice const& filter, extension_options const& extensions)
    : node_{dht::settings{}, filter, tally{}, dht::content::follower{extensions.follower},
            dht::content::indexer{extensions.indexer}},
      driver_{io.get_executor(), node_} {
    node_.get<dht::content::indexer>().pause(); // a saved one would go on whatever is asked for
    driver_.on_outcome = [this](dht::outcome&& o) { latest_[o.operation] = std::move(o); };
    for (auto& socket : bind_sockets(io, bind, port))
        driver_.open(std::move(socket));
}

void host::bootstrap(dht::endpoint const& at) {
    node_.bootstrap(now(), at);
    go();
}

dht::outcome const* host::latest(dht::operation_id id) const {
    auto const found = latest_.find(id);
    return found == latest_.end() ? nullptr : &found->second;
}

std::size_t host::good_contacts() const {
    std::size_t good = 0;
    for (dht::via_index via = 0; via < node_.addresses(); ++via)
        good += node_.good_contacts(via);
    return good;
}

} // namespace example
