// Whole networks in the standard world (latencies of PL490, last miles, 5 % jitter, 1 % loss),
// where hosts come and go as in BitTorrent (W60): ours beside the standard client, same seed, same
// hosts, same sessions. Everybody settled; some time passes; then two thousand find_peers, of
// torrents that stand where perfect announces would have put them.
//
//   worlds/KIND/NODES/SECONDS/LOOKUPS   KIND 0: our default node; 1: ours with k = 8 in all
//                                       buckets; 2: standard. LOOKUPS: per second, in the end
//
// A million are all up, and for seconds only: for the memory they take, and the pace. Tables of
// ours have in the beginning whoever is up; those of the standard client also who has just left,
// which takes them half an hour to notice.
//
// first_* are milliseconds until the first peer came, done_* until the lookup had ended. asked:
// questions per lookup. dead: share of contacts in tables whose host is away. upkeep_Bps: bytes per
// second and node that is up, before the first lookup. bytes: of the heap, per host, all told; GiB:
// what the process has resident. events_per_s: of the simulator, x: simulated seconds, both per
// second of CPU.

#include <dht/dht.hpp>
#include <dht/sim/churn.hpp>
#include <dht/sim/settled.hpp>
#include <dht/sim/standard_crowd.hpp>

#include <algorithm>
#include <array>
#include <benchmark/benchmark.h>
#include <ctime>
#include <fstream>
#include <malloc.h>
#include <map>
#include <unistd.h>

namespace {

using namespace dht;

constexpr unsigned lookups = 2'000;
constexpr std::uint32_t million = 1'000'000; ///< all of them up, and for seconds only

enum kind : long { ours, flat, standard };

/// That malloc has given out.
double heap_bytes() {
    return static_cast<double>(mallinfo2().uordblks + mallinfo2().hblkhd);
}

double resident_gib() {
    std::ifstream file{"/proc/self/statm"};
    double all = 0;
    double resident = 0;
    file >> all >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1U << 30U);
}

settings settings_of(kind k) {
    settings s;
    if (k == flat) s.buckets.shallow.fill(8);
    return s;
}

/// Lookups under way, and how long they took.
class stopwatch final : public sim::watcher {
public:
    void start(sim::client const& by, operation_id id) {
        if (id) running_[{&by, id.index, id.generation}] = {now(), never};
    }

    void on_progress(sim::host const& of, outcome const& o) override {
        if (auto const at = find(of, o); at != running_.end() && !o.peers.empty())
            at->second.first = std::min(at->second.first, now());
    }

    void on_outcome(sim::host const& of, outcome const& o) override {
        auto const at = find(of, o);
        if (at == running_.end()) return;
        instant first = o.peers.empty() ? never : std::min(at->second.first, now());
        if (dynamic_cast<sim::standard_client const*>(&of) != nullptr) { // tells of no progress
            auto const value = static_cast<sim::standard_outcome const&>(o).first_value;
            first = value ? at->second.begun + *value : never;
        }
        if (first != never) first_ms.push_back(ms(first - at->second.begun));
        done_ms.push_back(ms(o.took));
        asked += o.asked;
        running_.erase(at);
    }

    std::function<instant()> now;
    std::vector<double> first_ms;
    std::vector<double> done_ms;
    double asked = 0;

private:
    struct times_of {
        instant begun;
        instant first;
    };

    using name = std::tuple<sim::host const*, std::uint32_t, std::uint32_t>;

    static double ms(duration d) { return static_cast<double>(d.count()) / 1e3; }

    std::map<name, times_of>::iterator find(sim::host const& of, outcome const& o) {
        return running_.find({&of, o.operation.index, o.operation.generation});
    }

    std::map<name, times_of> running_;
};

class experiment {
public:
    experiment(kind what, std::uint32_t nodes) : what_{what} {
        watch_.now = [this] { return world_.now(); };
        world_.attach(watch_);
        if (what == standard) {
            crowd_.emplace(world_, nodes, 1, sim::settled_start{0});
            for (std::uint32_t i = 0; i < nodes; ++i)
                nodes_.push_back(&(*crowd_)[i]);
        } else {
            for (std::uint32_t i = 0; i < nodes; ++i)
                nodes_.push_back(&world_.add<sim::node<>>(sim::public_v4(i), settings_of(what)));
            settled_.emplace(nodes_, 1, settings_of(what));
        }
        comings_.on_return([this](sim::host& h) {
            auto& c = static_cast<sim::client&>(h);
            for (int i = 0; i < 4; ++i)
                c.bootstrap(any_up().at());
        });
        if (nodes < million)
            for (sim::client* const c : nodes_)
                comings_.add(*c);
        if (settled_) settled_->fill();
    }

    void live(duration d) { world_.run_for(d); }

    void look_up(duration between) {
        for (unsigned i = 0; i < lookups; ++i) {
            info_hash const hash = to_info_hash(sim::random_key(chance_));
            keep(hash);
            sim::client& by = any_up();
            watch_.start(by, by.find_peers(hash));
            live(between);
        }
        live(seconds{20});
    }

    [[nodiscard]] double dead_share() const {
        std::map<endpoint, bool> up;
        for (auto const* c : nodes_)
            up[c->at()] = c->up();
        double all = 0;
        double dead = 0;
        for (auto const* c : nodes_)
            if (c->up())
                c->for_each_contact(0, [&](contact const& k) {
                    all += 1;
                    dead += up[k.at] ? 0 : 1;
                });
        return all == 0 ? 0 : dead / all;
    }

    [[nodiscard]] double up() const {
        return static_cast<double>(
            std::count_if(nodes_.begin(), nodes_.end(), [](auto const* c) { return c->up(); }));
    }

    [[nodiscard]] sim::world& world() noexcept { return world_; }

    [[nodiscard]] stopwatch const& watch() const noexcept { return watch_; }

private:
    sim::client& any_up() {
        for (;;) {
            auto* const c = nodes_[static_cast<std::size_t>(below(chance_, nodes_.size()))];
            if (c->up()) return *c;
        }
    }

    /// At the eight closest that are up, as by an announce of perfect knowledge.
    void keep(info_hash const& hash) {
        endpoint const peer =
            sim::public_v4(static_cast<std::uint32_t>(chance_.next() % 1'000'000));
        sim::population const& all =
            what_ == standard ? crowd_->all() : settled_->all(family::ipv4);
        auto const is_up = [&](std::uint32_t who) { return nodes_[who]->up(); };
        for (auto const& m : all.true_closest(hash, 8, is_up))
            if (what_ == standard)
                (*crowd_)[m.who].keep(hash, peer);
            else
                static_cast<sim::node_host<sim::node<>>&>(*nodes_[m.who])
                    .use([&](auto& n, instant now) {
                        n.template policy<slots::peer_store>().announce(now, hash, {peer, false});
                    });
    }

    kind what_;
    sim::world world_{1, sim::standard};
    stopwatch watch_;
    std::vector<sim::client*> nodes_;
    std::optional<sim::standard_crowd> crowd_;
    std::optional<sim::settled> settled_;
    sim::churn comings_{world_, 1, sim::sessions::w60, sim::session_law::exponential(hours{1})};
    sim::dice chance_{2};
};

void tell(benchmark::State& state, std::string const& of, std::vector<double> times) {
    std::sort(times.begin(), times.end());
    for (auto const& [name, share] :
         {std::pair{"_p50", 0.5}, {"_p90", 0.9}, {"_p99", 0.99}, {"_p99.9", 0.999}})
        state.counters[of + name] =
            times.empty()
                ? 0
                : times[static_cast<std::size_t>(share * static_cast<double>(times.size() - 1))];
    state.counters[of + "_count"] = static_cast<double>(times.size());
}

void worlds(benchmark::State& state) {
    auto const nodes = static_cast<std::uint32_t>(state.range(1));
    seconds const upkeep{state.range(2)};
    for (auto _ : state) {
        double const before = heap_bytes();
        experiment e{static_cast<kind>(state.range(0)), nodes};
        if (nodes < million) e.live(minutes{1}); // who comes back looks around
        std::clock_t const begun = std::clock();
        std::uint64_t const sent = e.world().counts().sent_bytes;
        std::uint64_t const steps = e.world().steps();
        e.live(upkeep);
        auto const upkeep_s = static_cast<double>(upkeep.count());
        state.counters["upkeep_Bps"] =
            static_cast<double>(e.world().counts().sent_bytes - sent) / upkeep_s / e.up();
        state.counters["dead"] = e.dead_share();
        state.counters["GiB"] = resident_gib();
        state.counters["bytes"] = (heap_bytes() - before) / nodes;
        double const took = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
        state.counters["events_per_s"] = static_cast<double>(e.world().steps() - steps) / took;
        state.counters["x"] = upkeep_s / took;
        e.look_up(seconds{1} / state.range(3));
        state.counters["asked"] = e.watch().asked / static_cast<double>(e.watch().done_ms.size());
        tell(state, "first", e.watch().first_ms);
        tell(state, "done", e.watch().done_ms);
    }
}

void arguments(benchmark::internal::Benchmark* b) {
    constexpr std::array<long, 3> sizes[] = {
        {1'000, 1'800, 20}, {10'000, 1'800, 20}, {100'000, 300, 100}, {1'000'000, 10, 500}};
    for (auto const& [nodes, upkeep_s, lookups_per_s] : sizes)
        for (long const what : {ours, flat, standard}) {
            bool const notices = what == standard && nodes == 100'000;
            b->Args({what, nodes, notices ? 1'800 : upkeep_s, lookups_per_s});
        }
}

BENCHMARK(worlds)->Apply(arguments)->Iterations(1)->Unit(benchmark::kSecond);

} // namespace

BENCHMARK_MAIN();
