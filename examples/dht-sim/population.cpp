#include "population.hpp"

#include <dht/node.hpp>
#include <dht/sim/standard_client.hpp>

namespace example {

dht::settings settings_of(population p) {
    dht::settings s;
    if (p == population::flat) s.buckets.shallow.fill(s.buckets.deep);
    return s;
}

dht::sim::client& add_one(population p, dht::sim::world& where,
                          std::vector<dht::endpoint> addresses) {
    if (p == population::standard)
        return where.add_host<dht::sim::standard_client>(addresses.front());
    return where.add<dht::sim::node<>>(std::move(addresses), settings_of(p));
}

} // namespace example
