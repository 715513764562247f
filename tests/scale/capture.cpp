#include <dht/dht.hpp>
#include <dht/sim/adversary.hpp>
#include <dht/sim/churn.hpp>

#include "../catch.hpp"
#include <map>

// Tables among many ids on few networks that behave well (A-TAB). For a day, and with more nodes:
// benchmarks/capture.cpp.

using namespace dht;

namespace {

using our_host = sim::node_host<sim::node<>>;

/// 200 nodes that come and go.
struct crowded_town {
    sim::world world{1, sim::link::across(sim::geographies::pl490)};
    std::vector<our_host*> hosts;
    std::map<sim::host const*, instant> came_at;
    sim::conspiracy ring{2};
    sim::churn comings{world, 3, sim::sessions::w60, sim::session_law::exponential(hours{1})};

    crowded_town() {
        for (std::uint32_t i = 0; i < 200; ++i) {
            hosts.push_back(&world.add<sim::node<>>(sim::public_v4(i)));
            if (i > 0) hosts.back()->bootstrap(hosts[i / 2]->at());
            world.run_for(milliseconds{20});
        }
        world.run_for(minutes{5});
        std::vector<node_contact> known;
        for (our_host const* h : hosts)
            known.push_back({h->inside().own_id(0), h->at()});
        ring.learn(known);
        comings.on_return([this](sim::host& h) {
            came_at[&h] = world.now();
            static_cast<our_host&>(h).bootstrap(any_living().at());
        });
        for (our_host* h : hosts)
            comings.add(*h);
    }

    our_host& any_living() {
        while (true)
            if (our_host* h = hosts[below(world.workload(), hosts.size())]; h->up()) return *h;
    }

    /// The largest share of false contacts in a table that is older than a minute.
    double largest_false_share() {
        double largest = 0;
        for (our_host const* h : hosts) {
            if (!h->up() || world.now() - came_at[h] < minutes{1}) continue;
            double contacts = 0;
            double false_ones = 0;
            h->inside().for_each_contact(0, [&](contact const& c) {
                ++contacts;
                false_ones += ring.member_at(c.at) != nullptr ? 1 : 0;
            });
            largest = std::max(largest, false_ones / contacts);
        }
        return largest;
    }
};

} // namespace

TEST_CASE("ten ids for each honest node, on few networks, have few places in any table") {
    crowded_town t;
    auto const at = sim::crowded_addresses(2'000, 20, 1'000);
    t.ring.enlist(sim::identities(at, bep42_id{}, t.ring.chance()), never);
    auto& host = t.world.add_script(at, sim::answering(t.ring, sim::good_citizen{t.ring}));
    sim::infiltration coming{t.world, host, t.ring, minutes{20}};
    t.world.run_for(minutes{10}); // while they come somebody may have met only one of each network
    for (int i = 0; i < 5; ++i) {
        t.world.run_for(minutes{10});
        CHECK(t.largest_false_share() < .1);
    }
}
