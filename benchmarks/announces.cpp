// What it costs to announce 1 000 torrents from one node, and how many of the 8 nodes truly closest
// to each have stored it: among as many nodes as the first argument says, of which the second is
// the share in percent that has just died. Each kind of announcer is the first to meet the dead, in
// a world of its own. Book: a lookup by the book, with buckets of eight, three
// questions at a time, until the eight closest have answered. Apart: ours, which begins with the
// routing table alone. Sharing: with the nodes that earlier lookups have met, too. Again: the same
// torrents once more.

#include <dht/dht.hpp>
#include <dht/sim/world.hpp>

#include <algorithm>
#include <benchmark/benchmark.h>

namespace {

using namespace dht;

/// Kademlia's lookup as Maymounkov and Mazieres have it (2002, section 2.3).
struct by_the_book {
    using policy_slot = slots::lookup_strategy;

    struct state {};

    template <class Rng>
    lookup_step next(state&, lookup_view const& view, times, Rng&) const noexcept {
        unsigned closest = 0;
        bool waits = false;
        for (std::size_t i = 0; i < view.candidates.size() && closest < view.results; ++i) {
            candidate const& c = view.candidates[i];
            if (c.state == candidate_state::failed) continue;
            if (c.state == candidate_state::fresh)
                return {view.in_flight >= view.width ? lookup_step::kind::at_capacity
                                                     : lookup_step::kind::ask,
                        i, view.target};
            waits |= c.state != candidate_state::replied;
            ++closest;
        }
        return {waits ? lookup_step::kind::wait : lookup_step::kind::finished};
    }
};

using host = sim::node_host<sim::node<>>;
using book_node = sim::node<by_the_book, fixed_alpha>;
using book_host = sim::node_host<book_node, by_the_book, fixed_alpha>;

constexpr unsigned torrents = 1'000;

struct figures {
    double questions = 0; ///< get_peers per announce
    double reached = 0;   ///< share of the 8 closest living nodes that have it
    double stored = 0;    ///< nodes that have it
    double virtual_ms = 0;
};

class network {
public:
    explicit network(std::uint32_t nodes) {
        for (std::uint32_t i = 0; i < nodes; ++i) {
            hosts_.push_back(&world_.add<sim::node<>>(sim::public_v4(i)));
            if (i > 0) hosts_.back()->bootstrap(hosts_.front()->at());
            world_.run_for(milliseconds{20});
        }
    }

    template <class Host, class... Policy>
    Host& join(settings const& s, Policy... policies) {
        using node_type = std::remove_cvref_t<decltype(std::declval<Host&>().inside())>;
        auto const place = static_cast<std::uint32_t>(hosts_.size() + 1);
        Host& h = world_.add<node_type>(sim::public_v4(place), s, policies...);
        h.bootstrap(hosts_.front()->at());
        world_.run_for(minutes{2});
        return h;
    }

    void kill(unsigned percent) {
        for (host* h : hosts_)
            if (below(world_.workload(), 100) < percent) h->crash();
    }

    figures announce(auto& from) {
        figures sum;
        seeded_random chance{5};
        for (unsigned i = 0; i < torrents; ++i) {
            info_hash hash;
            chance.fill(hash.bytes);
            outcome const o = finish(from, from.announce(hash, {.port = 7'000}));
            sum.questions += o.asked;
            sum.stored += o.stored;
            sum.reached += reached(hash, from.at().ip);
            sum.virtual_ms += static_cast<double>(o.took.count()) / 1e3;
        }
        return {sum.questions / torrents, sum.reached / torrents, sum.stored / torrents,
                sum.virtual_ms / torrents};
    }

private:
    outcome finish(auto& h, operation_id id) {
        while (h.result(id) == nullptr)
            world_.run_for(milliseconds{10});
        outcome const o = *h.result(id);
        h.forget_results();
        return o;
    }

    double reached(info_hash const& hash, address const& announcer) {
        std::vector<host*> living;
        std::copy_if(hosts_.begin(), hosts_.end(), std::back_inserter(living),
                     [](host* h) { return h->up(); });
        std::partial_sort(living.begin(), living.begin() + 8, living.end(), [&](host* a, host* b) {
            return closer<160>(a->inside().own_id(0), b->inside().own_id(0), hash);
        });
        auto const holds = [&](host* h) { return has(*h, hash, announcer); };
        return static_cast<double>(std::count_if(living.begin(), living.begin() + 8, holds)) / 8;
    }

    static bool has(host& h, info_hash const& hash, address const& peer) {
        std::array<endpoint, 64> found;
        seeded_random chance{1};
        std::size_t const n = h.use([&](auto& node, instant now) {
            return node.template policy<slots::peer_store>().sample(now, hash, {peer.ip_family()},
                                                                    chance, found);
        });
        return std::any_of(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(n),
                           [&](endpoint const& e) { return e.ip == peer; });
    }

    sim::world world_{1};
    std::vector<host*> hosts_;
};

/// One pass over all torrents in a world of its own, or as many as asked for.
template <class Host, class... Policy>
std::vector<figures> passes(benchmark::State const& state, unsigned count, settings const& s,
                            Policy... policies) {
    network net{static_cast<std::uint32_t>(state.range(0))};
    Host& announcer = net.join<Host>(s, policies...);
    net.kill(static_cast<unsigned>(state.range(1)));
    std::vector<figures> all;
    while (all.size() < count)
        all.push_back(net.announce(announcer));
    return all;
}

void announces(benchmark::State& state) {
    settings by_itself;
    by_itself.met_nodes_max = 0;
    settings flat = by_itself;
    flat.buckets.shallow = {8, 8, 8, 8};
    settings many;
    many.met_nodes_max = 10 * torrents;
    figures book;
    figures apart;
    figures first;
    figures again;
    for (auto _ : state) {
        book = passes<book_host>(state, 1, flat, by_the_book{}, fixed_alpha{3})[0];
        apart = passes<host>(state, 1, by_itself)[0];
        auto const both = passes<host>(state, 2, many);
        first = both[0];
        again = both[1];
    }
    state.counters["book"] = book.questions;
    state.counters["apart"] = apart.questions;
    state.counters["sharing"] = first.questions;
    state.counters["again"] = again.questions;
    state.counters["reached_book"] = book.reached;
    state.counters["reached_apart"] = apart.reached;
    state.counters["reached_sharing"] = first.reached;
    state.counters["stored"] = first.stored;
    state.counters["ms_book"] = book.virtual_ms;
    state.counters["ms_apart"] = apart.virtual_ms;
    state.counters["ms_sharing"] = first.virtual_ms;
}

BENCHMARK(announces)
    ->Args({1'000, 0})
    ->Args({1'000, 20})
    ->Args({5'000, 0})
    ->Args({5'000, 20})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

} // namespace

BENCHMARK_MAIN();
