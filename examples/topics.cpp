/// News that reach their readers within seconds (BEP 50): whoever subscribes to a mutable item
/// finds the others through the DHT, and they push each update to each other. Here ten subscribers
/// in a simulated network; a real one does the same with its node.
#include <dht/content/topics.hpp>
#include <dht/dht.hpp>
#include <dht/sim/world.hpp>

#include <cstdio>

using dht::content::topics;
using node = dht::sim::node<topics>;

int main() {
    dht::ed25519_seed seed; // who has it may publish
    dht::system_entropy(seed);
    auto const owner = dht::ed25519_key_pair::from_seed(seed);

    dht::sim::world world{1};
    std::vector<dht::sim::node_host<node, topics>*> readers;
    for (std::uint32_t i = 0; i < 10; ++i) {
        auto& host = world.add<node>(dht::sim::public_v4(i), dht::settings{}, topics{});
        if (i > 0) host.bootstrap(dht::sim::public_v4(0));
        readers.push_back(&host);
    }

    //! [topics]
    for (auto* const reader : readers)
        reader->use([&](node& n, dht::instant now) {
            n.get<topics>().subscribe(now, owner.public_key());
            n.advance(now);
        });
    world.run_for(dht::minutes{1}); // they find each other

    readers[3]->use([&](node& n, dht::instant now) {
        n.get<topics>().publish(now, sign_item(owner, {}, 1, dht::as_bytes("11:hello world")));
        n.advance(now);
    });
    world.run_for(dht::seconds{2});

    std::size_t reached = 0;
    for (auto* const reader : readers)
        reader->use([&](node& n, dht::instant) {
            while (auto const update = n.get<topics>().poll())
                reached += update->item.seq == 1 ? 1U : 0U;
        });
    //! [topics]
    std::printf("%zu of 9 readers have it after two seconds\n", reached);
    return reached == 9 ? 0 : 1;
}
