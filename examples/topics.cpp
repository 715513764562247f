/// News that reach their readers within seconds (BEP 50): whoever subscribes to a mutable item
/// finds the others through the DHT, and they push each update to each other.
#include <dht/content/topics.hpp>

#include "policy_demo.hpp"

using dht::content::topics;

int main() {
    //! [topics]
    auto const owner = dht::ed25519_key_pair::generate();
    dht::node reader{dht::settings{}, topics{}};
    dht::node writer{dht::settings{}, topics{}};
    dht::instant now{dht::seconds{1}};
    demo::introduce(reader, writer, now);
    for (auto* const node : {&reader, &writer})
        node->get<topics>().subscribe(now, owner.public_key());
    demo::converse(reader, writer, now, dht::minutes{1}); // they find each other

    auto const news = dht::sign_item(owner, {}, 1, dht::as_bytes("11:hello world"));
    writer.get<topics>().publish(now, news);
    demo::converse(reader, writer, now, dht::seconds{1});
    auto const update = reader.get<topics>().poll();
    //! [topics]
    return demo::shown(update && update->item == news);
}
