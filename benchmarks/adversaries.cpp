// What adversaries do to 500 of our nodes with the default policies: whether lookups still find the
// honest nodes among the closest, and how many Sybils (whose ids fit their addresses) beside them;
// how much a reflector gains; how many guessed tokens are taken. And how fast a conspiracy of
// 100 000 answers.

#include <dht/dht.hpp>
#include <dht/sim/adversary.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace dht;

using our_host = sim::node_host<sim::node<>>;

constexpr std::uint32_t honest_nodes = 500;

struct town {
    sim::world world{1};
    std::vector<our_host*> hosts;
    sim::conspiracy ring{2};

    town() {
        for (std::uint32_t i = 0; i < honest_nodes; ++i) {
            hosts.push_back(&world.add<sim::node<>>(sim::public_v4(i)));
            if (i > 0) hosts.back()->bootstrap(hosts.front()->at());
            world.run_for(milliseconds{50});
        }
        world.run_for(minutes{10}); // all know by now who they are
        std::vector<node_contact> known;
        for (our_host const* h : hosts)
            known.push_back({h->inside().own_id(0), h->at()});
        ring.learn(known);
    }

    [[nodiscard]] std::vector<endpoint> addresses() const {
        std::vector<endpoint> all;
        for (our_host const* h : hosts)
            all.push_back(h->at());
        return all;
    }

    /// Random lookups: of the honest nodes among the eight closest of all, the share that is found;
    /// and how many of the eight found are Sybils, though how many should be.
    void look_around(benchmark::State& state, int lookups) {
        double honest = 0;
        double found = 0;
        double sybils = 0;
        double asked = 0;
        for (int i = 0; i < lookups; ++i) {
            our_host& h = *hosts[below(world.workload(), hosts.size())];
            key160 const target = sim::random_key(world.workload());
            outcome const o = world.finish(h, h.find_node(target));
            h.forget_results();
            for (node_contact const& n : ring.closest(target, 8, world.now())) {
                if (ring.member_at(n.at) != nullptr) continue;
                ++honest;
                found += std::find(o.nodes.begin(), o.nodes.end(), n) != o.nodes.end() ? 1 : 0;
            }
            for (std::size_t n = 0; n < std::min<std::size_t>(8, o.nodes.size()); ++n)
                sybils += ring.member_at(o.nodes[n].at) != nullptr ? 1 : 0;
            asked += o.asked;
        }
        state.counters["found"] = found / honest;
        state.counters["sybils"] = sybils / lookups;
        state.counters["sybils_fair"] = 8 - honest / lookups;
        state.counters["asked"] = asked / lookups;
    }
};

enum class kind { diverters, lasting_diverters };

void diverted_lookups(benchmark::State& state, kind what) {
    auto const percent = static_cast<std::uint32_t>(state.range(0));
    for (auto _ : state) {
        town t;
        auto const at =
            sim::scattered_addresses(honest_nodes * percent / (100 - percent), honest_nodes);
        t.ring.enlist(sim::identities(at, bep42_id{}, t.ring.chance()), never);
        sim::behaviour diverts = sim::diverter{t.ring};
        if (what == kind::lasting_diverters)
            diverts = sim::lasting_diverter{t.ring, sim::names::own};
        double questions = 0;
        auto const counted = [&](sim::question const& q) {
            questions += q.target() ? 1 : 0;
            return diverts(q);
        };
        auto& host = t.world.add_script(at, sim::answering(t.ring, counted));
        sim::infiltration const coming{t.world, host, t.ring, hours{1}};
        t.world.run_for(minutes{70});
        questions = 0;
        t.look_around(state, 200);
        state.counters["sybils_asked"] = questions / 200;
    }
}

BENCHMARK_CAPTURE(diverted_lookups, A_SK, kind::diverters)
    ->Arg(20)
    ->Arg(50)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(diverted_lookups, A_SKs, kind::lasting_diverters)
    ->Arg(20)
    ->Arg(50)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

void reflected(benchmark::State& state) {
    for (auto _ : state) {
        town t;
        endpoint const victim = sim::public_v4(7'000'000);
        t.world.add_script(victim, {});
        auto& from = t.world.add_script(sim::public_v4(7'000'001), {});
        sim::reflector const attack{t.world, from, victim, t.addresses(), 2'000, 3};
        t.world.run_for(seconds{30});
        state.counters["amplification"] = attack.amplification();
        state.counters["spent_bytes"] = static_cast<double>(attack.spent_bytes());
    }
}

BENCHMARK(reflected)->Iterations(1)->Unit(benchmark::kSecond);

void guessed_tokens(benchmark::State& state) {
    for (auto _ : state) {
        town t;
        auto& from = t.world.add_script(sim::public_v4(7'000'001), {});
        sim::token_guesser const attack{t.world, from, {t.hosts[0]->at(), {}}, 3};
        t.world.run_for(seconds{10});
        state.counters["guesses"] = static_cast<double>(attack.guesses());
        state.counters["taken"] = static_cast<double>(attack.taken());
    }
}

BENCHMARK(guessed_tokens)->Iterations(1)->Unit(benchmark::kSecond);

/// Queries to the members of a large conspiracy, answered.
void sybil_answers(benchmark::State& state) {
    auto const members = static_cast<std::uint32_t>(state.range(0));
    sim::world world{1, sim::link::fixed(milliseconds{1})};
    sim::conspiracy ring{2};
    ring.enlist(sim::identities(sim::scattered_addresses(members), random_id{}, ring.chance()));
    world.add_script(ring.addresses(), sim::answering(ring, sim::diverter{ring}));
    auto& asker = world.add_script(sim::public_v4(7'000'000), {});
    for (auto _ : state) {
        sim::packet const query = sim::find_node_spam(world.workload());
        asker.send(ring.members()[below(world.workload(), members)].at, query);
        world.run_for(milliseconds{2});
    }
    state.counters["answered"] = static_cast<double>(asker.datagrams_received());
}

BENCHMARK(sybil_answers)->Arg(1'000)->Arg(100'000);

} // namespace

BENCHMARK_MAIN();
