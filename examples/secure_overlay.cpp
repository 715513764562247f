/// A secure overlay inside today's Mainline.
///
/// Its nodes have ids that follow from keys and cost work, prove them before they enter a table,
/// sign what they say, and look up so that no liar decides whom is asked. To everybody else they are
/// nodes like any: they fit BEP 42, answer everybody, and what they add is ignored.
#include <dht/dht.hpp>
#include <dht/secure/fair_source.hpp>
#include <dht/secure/id_challenge.hpp>
#include <dht/secure/signed_messages.hpp>
#include <dht/secure/single_use_tokens.hpp>
#include <dht/sim/world.hpp>

#include <cstdio>
#include <cstdlib>

namespace sim = dht::sim;

//! [overlay]
/// What all members have agreed on. In earnest: 16 and 20 bits, a second for a key and a third of
/// one for an id, each day.
constexpr dht::puzzle_rules work{.static_bits = 4, .dynamic_bits = 8};

using member = sim::node<dht::puzzle_id, dht::id_challenge, dht::signed_messages,
                         dht::fair_source<>, dht::single_use_tokens>;

/// The key is searched for once, and its seed is kept: it is the identity.
dht::puzzle_key find_key(dht::ed25519_seed const& random) {
    dht::key_search search{work, random};
    while (!search.advance(100)) {
    }
    return *dht::puzzle_key::from_seed(work, search.seed());
}

auto& join(sim::world& w, std::uint32_t i, dht::endpoint const& known) {
    dht::ed25519_seed random;
    w.workload().fill(random);
    dht::puzzle_key const key = find_key(random);
    auto& host = w.add<member>(sim::public_v4(i), {}, dht::puzzle_id{key},
                               dht::id_challenge{key.pair(), {.puzzle = work}},
                               dht::signed_messages{key.pair()});
    host.bootstrap(known);
    w.run_for(dht::seconds{1});
    return host;
}

//! [overlay]

int main() {
    sim::world w{7};
    std::vector<sim::node_host<sim::node<>>*> others; // today's Mainline
    for (std::uint32_t i = 0; i < 30; ++i) {
        others.push_back(&w.add<sim::node<>>(sim::public_v4(i)));
        others.back()->bootstrap(others.front()->at());
    }
    auto& first = join(w, 100, others.front()->at());
    auto& second = join(w, 101, first.at());
    for (std::uint32_t i = 102; i < 120; ++i)
        join(w, i, first.at());
    w.run_for(dht::minutes{5});

    unsigned strangers = 0;
    second.inside().for_each_contact(0, [&](dht::contact const& c) {
        for (auto const* o : others)
            strangers += o->at() == c.at;
    });
    dht::info_hash const hash{};
    auto const stored = w.finish(first, first.announce(hash, {.port = 6'881})).stored;
    auto const found = w.finish(second, second.find_peers(hash, {})).peers.size();
    auto const by_others = w.finish(*others[5], others[5]->ping(second.at())).nodes.size();
    std::printf("%zu contacts, %u of them strangers; stored on %u members, found %zu; answered a "
                "stranger: %zu\n",
                second.inside().good_contacts(0), strangers, stored, found, by_others);
    bool const good = strangers == 0 && stored >= 8 && found == 1 && by_others == 1;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
