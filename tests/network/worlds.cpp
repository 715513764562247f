#include <dht/sim/saved_world.hpp>
#include <dht/sim/settled.hpp>

#include "world.hpp"
#include <map>
#include <set>

// Worlds that do not begin with a thousand joins: settled from the oracle, or resumed from bytes.

using namespace dht;
using namespace dht::test;

namespace {

std::vector<sim::client*> add_nodes(sim::world& w, std::uint32_t count,
                                    address_plan plan = only_v4) {
    std::vector<sim::client*> nodes;
    for (std::uint32_t i = 0; i < count; ++i)
        nodes.push_back(&w.add<sim::node<>>(plan(i)));
    return nodes;
}

/// Of the 8 closest to some random keys, over IPv4.
double recall_of(sim::world& w, sim::population const& all,
                 std::vector<sim::client*> const& nodes) {
    double found = 0;
    constexpr unsigned lookups = 20;
    sim::dice chance{7};
    for (unsigned i = 0; i < lookups; ++i) {
        key160 const target = sim::random_key(chance);
        auto const asker = static_cast<std::size_t>(below(chance, nodes.size()));
        std::vector<node_id> closest;
        for (auto const& m :
             all.true_closest(target, 8, [&](std::uint32_t who) { return who != asker; }))
            closest.push_back(to_node_id(m.id));
        outcome const o = w.finish(*nodes[asker], nodes[asker]->find_node(target));
        found += recall(o.nodes, closest) / lookups;
    }
    return found;
}

std::size_t contacts_in(std::vector<sim::client*> const& nodes, via_index via = 0) {
    std::size_t count = 0;
    for (auto const* n : nodes)
        n->for_each_contact(via, [&](contact const&) { ++count; });
    return count;
}

} // namespace

TEST_CASE("a settled world finds the closest from its first moment") {
    checked_world w{51};
    auto const nodes = add_nodes(w, 600);
    sim::settled start{nodes, 51};
    start.fill();
    // Six hundred: 128, 64, 32, 16 and some times 8 in the buckets of each.
    CHECK(contacts_in(nodes) > 600 * (128 + 64 + 32 + 16 + 8));
    CHECK(recall_of(w, start.all(family::ipv4), nodes) > 0.99);
    // Ids fit their addresses: the votes of others change nothing.
    for (auto const& m : start.all(family::ipv4).everybody())
        CHECK(nodes[m.who]->own_id(0) == m.id);
}

TEST_CASE("settled contacts were heard at any time of the last minutes, and upkeep goes on") {
    checked_world w{56};
    auto const nodes = add_nodes(w, 200);
    sim::settled{nodes, 56}.fill();
    std::map<std::int64_t, double> heard; // by how many minutes ago
    for (auto const* n : nodes)
        n->for_each_contact(
            0, [&](contact const& c) { ++heard[age(c.last_heard, n->clock()) / minutes{1}]; });
    double const each = static_cast<double>(contacts_in(nodes)) / 10;
    CHECK(heard.size() <= 11); // the tenth minute ends with a second of rounding
    for (std::int64_t minute = 0; minute < 10; ++minute) {
        CHECK(heard[minute] > 0.8 * each);
        CHECK(heard[minute] < 1.2 * each);
    }
    auto const sent = [&] { return static_cast<double>(w.counts().sent); };
    w.run_for(minutes{2});
    double const first = sent();
    w.run_for(minutes{18});
    double const second = (sent() - first) / 9; // per two minutes
    CHECK(first > 0.6 * second);                // nobody waited until all were stale
    CHECK(first < 2.0 * second);
}

TEST_CASE("tables settle on those who are up") {
    checked_world w{55};
    auto const nodes = add_nodes(w, 200);
    sim::settled start{nodes, 55};
    std::set<endpoint> gone;
    for (std::size_t i = 0; i < nodes.size(); i += 3) {
        nodes[i]->crash();
        gone.insert(nodes[i]->at());
    }
    start.fill();
    std::size_t contacts = 0;
    for (auto const* n : nodes) {
        if (!n->up()) continue;
        n->for_each_contact(0, [&](contact const& c) {
            CHECK_FALSE(gone.contains(c.at));
            ++contacts;
        });
    }
    CHECK(contacts > 100 * 100);
    CHECK_FALSE(nodes[0]->up());
    CHECK(start.all(family::ipv4).size() == 200); // all have their ids, for when they come back
}

TEST_CASE("both families settle, each by itself") {
    checked_world w{52};
    auto const nodes = add_nodes(w, 100, dual_stack);
    sim::settled start{nodes, 52};
    start.fill();
    CHECK(start.all(family::ipv6).size() == 100);
    for (via_index via = 0; via < 2; ++via)
        CHECK(contacts_in(nodes, via) > 80 * 100);
    CHECK(recall_of(w, start.all(family::ipv4), nodes) > 0.99);
}

TEST_CASE("a saved world goes on: same ids, same contacts, same peers, and the same each time") {
    std::vector<std::byte> saved;
    info_hash hash;
    std::vector<node_id> ids;
    {
        checked_world w{53};
        auto const nodes = add_nodes(w, 80);
        sim::settled{nodes, 53}.fill();
        hash = w.draw_hash();
        CHECK(w.finish(*nodes[3], nodes[3]->announce(hash, {.port = 7'000})).stored >= 8);
        nodes[5]->crash();
        nodes[6]->jump_clock(minutes{3});
        w.run_for(minutes{5});
        for (auto const* n : nodes)
            ids.push_back(n->up() ? n->own_id(0) : node_id{});
        saved = sim::save_world(std::vector<sim::client const*>{nodes.begin(), nodes.end()});
    }
    std::vector<std::uint64_t> traces;
    for (int again = 0; again < 2; ++again) {
        checked_world w{54};
        std::vector<sim::client*> nodes;
        auto const add = [&](std::vector<endpoint> addresses) -> sim::client& {
            nodes.push_back(&w.add<sim::node<>>(std::move(addresses)));
            return *nodes.back();
        };
        REQUIRE(sim::resume_world(saved, add) == errc::ok);
        REQUIRE(nodes.size() == 80);
        for (std::size_t i = 0; i < nodes.size(); ++i)
            CHECK((nodes[i]->up() ? nodes[i]->own_id(0) : node_id{}) == ids[i]);
        CHECK(!nodes[5]->up());
        CHECK(nodes[6]->clock_ahead() == minutes{3});
        CHECK(w.finish(*nodes[9], nodes[9]->find_peers(hash)).peers ==
              std::vector{endpoint{nodes[3]->at().ip, 7'000}});
        w.run_for(minutes{10});
        traces.push_back(w.trace());
    }
    CHECK(traces[0] == traces[1]);

    // Damaged bytes add nobody.
    for (std::size_t const at : {std::size_t{0}, saved.size() / 2, saved.size() - 1}) {
        auto damaged = saved;
        damaged[at] ^= std::byte{1};
        bool any = false;
        auto const add = [&](std::vector<endpoint> const&) -> sim::client& {
            any = true;
            throw 0; // nobody may come
        };
        CHECK(sim::resume_world(damaged, add) != errc::ok);
        CHECK(!any);
    }
}
