// How hard it is to hide what is stored under a key (A-VERT: Sybils between the key and its closest
// honest node), from nodes that do no more than BEP 5 says, among whom one of ours stores and
// another one reads.
//
//   density/SYBILS          The density test of a lookup, whose node knows the size of the network
//                           from 64 lookups of its own: how often a lookup is suspicious, and
//                           crowded. Ids of 1 000 000 nodes. LOOKUPS, else 1 000 000.
//   hidden/SYBILS/HOLD/KIND One of ours announces, another finds peers; the rest is ids
//                           (sim/id_network.hpp), 1 000 000 nodes. HOLD 0: Sybils came an hour ago;
//                           1: long ago. KIND 0: ours; 1: plain Kademlia, which stores on eight.
//                           2: ours, against one who knows the rules: as many Sybils around each of
//                           both mirrors, too. DRAWS, else 1 000.
//
//   besieged/SYBILS/KIND    The same among 20 000 standard clients who come and go (W60) in the
//                           standard world. Of KEYS keys (else 50) each has so many Sybils, who
//                           introduce themselves every ten minutes for an hour; then eight of ours
//                           announce, and eight others find. KIND 0: ours, to whom Sybils are as
//                           plausible as others; 1: standard clients do both. CLIENTS, SEED.
//
// `found` and `at_least`: the share, and the lower end of its 95 % interval (Wilson 1927). publish,
// read: questions of each; stores: of the announces among them; holders: honest ones.

#include <dht/dht.hpp>
#include <dht/sim/adversary.hpp>
#include <dht/sim/churn.hpp>
#include <dht/sim/guest.hpp>
#include <dht/sim/node_host.hpp>
#include <dht/sim/sampling.hpp>
#include <dht/sim/standard_crowd.hpp>

#include <benchmark/benchmark.h>
#include <cstdlib>

namespace {

using namespace dht;

/// Whose ids have nothing to do with addresses, so that Sybils are as plausible as others.
using our_node = sim::node<random_id>;

constexpr std::uint32_t nodes = 1'000'000;

unsigned number(char const* name, unsigned otherwise) {
    char const* const wanted = std::getenv(name);
    return wanted == nullptr ? otherwise : static_cast<unsigned>(std::strtoul(wanted, nullptr, 10));
}

struct interval {
    double low;
    double high;
};

interval interval_of(double share, double draws) {
    constexpr double z = 1.96;
    double const middle = share + z * z / (2 * draws);
    double const half = z * std::sqrt((share * (1 - share) + z * z / (4 * draws)) / draws);
    return {(middle - half) / (1 + z * z / draws), (middle + half) / (1 + z * z / draws)};
}

sim::id_network& network() {
    static sim::id_network one{{.nodes = nodes, .dead = number("DEAD", 10) / 100.0}, 1};
    return one;
}

/// The estimate of a node that has looked up 64 random keys.
size_estimate some_estimate(seeded_random& chance) {
    size_estimate size;
    for (unsigned i = 0; i < 64; ++i) {
        key160 const target = sim::random_key(chance);
        std::vector<key160> ids;
        for (auto const& m : network().alive_closest(target, 8))
            ids.push_back(m.id);
        size.observe(target, ids);
    }
    return size;
}

density look(key160 const& target, std::size_t sybils, size_estimate const& size,
             seeded_random& chance) {
    std::vector<key160> ids;
    for (auto const& m : network().alive_closest(target, 20))
        ids.push_back(m.id);
    for (node_id const& id : sim::vertical_ids(target, ids.front(), sybils, chance))
        ids.push_back(id);
    std::sort(ids.begin(), ids.end(),
              [&](key160 const& a, key160 const& b) { return closer(a, b, target); });
    std::array<double, 20> expected{};
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] = size.expected_within(ids[i] ^ target);
    return density_of(expected, size.certainty());
}

void density_test(benchmark::State& state) {
    constexpr unsigned lookups_of_one = 100;
    unsigned const lookups = number("LOOKUPS", 1'000'000);
    seeded_random chance{1};
    double suspicious = 0;
    double crowded = 0;
    for (auto _ : state)
        for (unsigned i = 0; i < lookups; i += lookups_of_one) {
            size_estimate const size = some_estimate(chance);
            for (unsigned n = 0; n < lookups_of_one; ++n) {
                density const around = look(sim::random_key(chance),
                                            static_cast<std::size_t>(state.range(0)), size, chance);
                suspicious += around.suspicious() ? 1 : 0;
                crowded += around.crowded() ? 1 : 0;
            }
        }
    interval const bounds = interval_of(suspicious / lookups, lookups);
    state.counters["suspicious"] = suspicious / lookups;
    state.counters["at_least"] = bounds.low;
    state.counters["at_most"] = bounds.high;
    state.counters["crowded"] = crowded / lookups;
}

BENCHMARK(density_test)
    ->Name("density")
    ->Arg(0)
    ->Arg(8)
    ->Arg(12)
    ->Arg(16)
    ->Arg(20)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

enum kind : long { ours, plain, known };

/// A node of ours that has been there for long.
class visitor {
public:
    visitor(std::uint32_t number, kind what, seeded_random& chance)
        : node_{settings_of(what), seeded_random{chance.next()}} {
        endpoint const at = network().guest_address(number);
        node_.set_unix_time(guest_.now(), unix_time{});
        node_.open(guest_.now(), at);
        double const size = what == plain ? 0 : some_size(chance);
        sim::dice dice{chance.next()};
        node_.restore(guest_.now(), network().snapshot_for(at, to_node_id(sim::random_key(chance)),
                                                           size, settings{}.buckets, dice));
    }

    sim::guest<our_node>& guest() noexcept { return guest_; }

    our_node& node() noexcept { return node_; }

private:
    static settings settings_of(kind what) {
        settings s;
        if (what == plain) s.store_nodes_max = s.results;
        if (what == plain) s.store_providers_min = 0;
        return s;
    }

    static double some_size(seeded_random& chance) { return some_estimate(chance).nodes(); }

    our_node node_;
    sim::guest<our_node> guest_{network(), node_, 1};
};

/// The places that somebody who knows the rules takes for each key.
std::vector<key160> places_of(key160 const& key, kind what) {
    std::vector<key160> all{key};
    if (what != known) return all;
    unsigned const depth = engine::region_depth(nodes, settings{}.results);
    for (unsigned const bit : {depth, depth - 1}) {
        all.push_back(key);
        all.back().flip_bit(bit);
    }
    return all;
}

void hidden(benchmark::State& state) {
    auto const sybils = static_cast<std::size_t>(state.range(0));
    auto const how = static_cast<sim::id_network::hold>(state.range(1));
    auto const what = static_cast<kind>(state.range(2));
    unsigned const draws = number("DRAWS", 1'000);
    seeded_random chance{static_cast<std::uint64_t>(7 + state.range(0))};
    double found = 0, publish = 0, read = 0, stores = 0, holders = 0, suspicious = 0;
    for (auto _ : state)
        for (unsigned i = 0; i < draws; ++i) {
            info_hash const key = to_info_hash(sim::random_key(chance));
            network().besiege(places_of(key, what), sybils, how, chance);
            visitor publisher{2 * i, what, chance};
            auto const stored = publisher.guest().finish(
                publisher.node().announce(publisher.guest().now(), key, {.port = 7'000}));
            publish += publisher.guest().asked().all;
            stores += publisher.guest().asked().stores;
            holders += static_cast<double>(network().holders());
            suspicious += stored.suspicious ? 1 : 0;
            visitor reader{2 * i + 1, what, chance};
            auto const seen =
                reader.guest().finish(reader.node().find_peers(reader.guest().now(), key));
            read += reader.guest().asked().all;
            found += seen.peers.empty() ? 0 : 1;
        }
    state.counters["found"] = found / draws;
    state.counters["at_least"] = interval_of(found / draws, draws).low;
    state.counters["publish"] = publish / draws;
    state.counters["stores"] = stores / draws;
    state.counters["holders"] = holders / draws;
    state.counters["read"] = read / draws;
    state.counters["suspicious"] = suspicious / draws;
}

BENCHMARK(hidden)
    ->ArgsProduct({{0, 8, 16, 20, 32, 64, 128, 1'000}, {0, 1}, {ours, plain, known}})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

// -- in a world

class besieged_town {
public:
    besieged_town(std::uint32_t clients, bool with_ours)
        : crowd_{world_, clients, seed_, {}},
          with_ours_{with_ours} {
        for (std::uint32_t i = 0; i < clients; ++i)
            comings_.add(crowd_[i]);
        comings_.on_return([this](sim::host& h) {
            for (int i = 0; i < 4; ++i)
                static_cast<sim::client&>(h).bootstrap(any_up().at());
        });
        for (std::uint32_t i = 0; i < 16; ++i) {
            auto& one = world_.add<our_node>(sim::public_v4(6'000'000 + i));
            for (int n = 0; n < 8; ++n)
                one.bootstrap(any_up().at());
            guests_.push_back(&one);
        }
        world_.run_for(minutes{5});
        for (int i = 0; i < 64; ++i) // what they know of the size comes from these
            for (our_host* const one : guests_) {
                world_.finish(*one, one->find_node(sim::random_key(chance_)));
                one->forget_results();
            }
    }

    void besiege(std::vector<key160> const& keys, std::size_t sybils) {
        std::vector<node_contact> up;
        for (std::uint32_t i = 0; i < crowd_.size(); ++i)
            if (crowd_.is_up(i)) up.push_back({crowd_[i].id(), crowd_[i].at()});
        ring_.learn(up);
        std::vector<node_id> ids;
        for (key160 const& key : keys) {
            key160 const nearest = ring_.closest_honest(key, 1).front().id;
            for (node_id const& id : sim::vertical_ids(key, nearest, sybils, ring_.chance()))
                ids.push_back(id);
        }
        if (ids.empty()) return world_.run_for(hours{1});
        auto const at = sim::scattered_addresses(static_cast<std::uint32_t>(ids.size()), 7'000'000);
        ring_.enlist(sim::identities(ids, at), never);
        auto& host = world_.add_script(at, sim::answering(ring_, sim::diverter{ring_}));
        for (int i = 0; i < 6; ++i) {
            sim::infiltration const coming{world_, host, ring_, minutes{9}};
            world_.run_for(minutes{10});
        }
    }

    /// Announces, or finds; who is the n-th of eight.
    outcome look(info_hash const& key, std::size_t who, bool announces) {
        sim::client& one = with_ours_ ? static_cast<sim::client&>(*guests_[who]) : any_up();
        auto const id = announces ? one.announce(key, {.port = 7'000}) : one.find_peers(key);
        outcome o;
        world_.run_until([&] { return one.result(id) != nullptr || !one.up(); }, minutes{3});
        if (outcome const* const found = one.up() ? one.result(id) : nullptr) {
            o = *found;
            if (!with_ours_ && static_cast<sim::standard_outcome const&>(*found).first_value)
                o.peers.push_back(one.at());
        }
        one.forget_results();
        return o;
    }

    seeded_random chance_{number("SEED", 1)};

private:
    using our_host = sim::node_host<our_node>;

    sim::standard_client& any_up() {
        for (;;) {
            auto const who = static_cast<std::uint32_t>(below(chance_, crowd_.size()));
            if (crowd_.is_up(who)) return crowd_[who];
        }
    }

    unsigned seed_ = number("SEED", 1);
    sim::world world_{seed_, sim::standard};
    sim::standard_crowd crowd_;
    bool with_ours_;
    std::vector<our_host*> guests_;
    sim::conspiracy ring_{seed_};
    sim::churn comings_{world_, seed_, sim::sessions::w60, sim::session_law::exponential(hours{1})};
};

void besieged(benchmark::State& state) {
    unsigned const draws = number("KEYS", 50);
    double found = 0, publish = 0, read = 0, stored = 0, suspicious = 0;
    for (auto _ : state) {
        besieged_town t{number("CLIENTS", 20'000), state.range(1) == 0};
        std::vector<key160> keys(draws);
        for (key160& key : keys)
            key = sim::random_key(t.chance_);
        t.besiege(keys, static_cast<std::size_t>(state.range(0)));
        for (std::size_t i = 0; i < keys.size(); ++i) {
            info_hash const key = to_info_hash(keys[i]);
            outcome const put = t.look(key, i % 8, true);
            publish += put.asked + put.stored;
            stored += put.stored;
            suspicious += put.suspicious ? 1 : 0;
            outcome const seen = t.look(key, 8 + i % 8, false);
            read += seen.asked;
            found += seen.peers.empty() ? 0 : 1;
        }
    }
    state.counters["found"] = found / draws;
    state.counters["at_least"] = interval_of(found / draws, draws).low;
    state.counters["publish"] = publish / draws;
    state.counters["stores"] = stored / draws;
    state.counters["read"] = read / draws;
    state.counters["suspicious"] = suspicious / draws;
}

BENCHMARK(besieged)
    ->ArgsProduct({{0, 8, 64, 1'000}, {0, 1}})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

} // namespace

BENCHMARK_MAIN();
