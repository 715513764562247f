// E3: whether the tables of our nodes are captured by whoever has many ids on few networks. 10 000
// ids from 64 networks of 256 addresses connect within an hour, behave well, and turn at half time
// (A-TAB, sim/adversary.hpp), among nodes that come and go (W60). NODES, HOURS, ATTACKERS, NETS,
// ITEMS put and read in each hour; LIMITS=0: nodes that do not count who is of which network.
// R2: A_SKS=30, so many of a hundred who are there are S/Kademlia's adversary, well connected and
// each on a network of its own, and one datagram in a hundred is lost.

#include <dht/dht.hpp>
#include <dht/sim/adversary.hpp>
#include <dht/sim/churn.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>

namespace {

using namespace dht;

using our_host = sim::node_host<sim::node<>>;

std::uint32_t wish(char const* name, std::uint32_t usual) {
    char const* const text = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? usual : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

struct town {
    sim::world world;
    std::vector<our_host*> hosts;
    sim::conspiracy ring{2};
    std::map<sim::host const*, instant> came_at{}; ///< who has come back

    town(std::uint32_t nodes, sim::link const& roads) : world{1, roads} {
        settings with;
        if (wish("LIMITS", 1) == 0) with.contacts_per_site = with.contacts_per_provider = 255;
        for (std::uint32_t i = 0; i < nodes; ++i) {
            hosts.push_back(&world.add<sim::node<>>(sim::public_v4(i), with));
            if (i > 0) hosts.back()->bootstrap(hosts[i / 2]->at());
            world.run_for(milliseconds{20});
        }
        world.run_for(minutes{10});
        std::vector<node_contact> known;
        for (our_host const* h : hosts)
            known.push_back({h->inside().own_id(0), h->at()});
        ring.learn(known);
    }

    [[nodiscard]] std::vector<our_host*> living() const {
        std::vector<our_host*> all;
        std::copy_if(hosts.begin(), hosts.end(), std::back_inserter(all),
                     [](our_host const* h) { return h->up(); });
        return all;
    }

    our_host& any_living() {
        auto const there = living();
        return *there[below(world.workload(), there.size())];
    }

    /// Who has not come just now.
    our_host& any_settled() {
        while (true)
            if (our_host& h = any_living(); age_of(&h) > minutes{1}) return h;
    }

    item some_item() {
        item what;
        std::array<std::byte, 8> number;
        world.workload().fill(number);
        what.v.assign({std::byte{'8'}, std::byte{':'}});
        what.v.insert(what.v.end(), number.begin(), number.end());
        return what;
    }

    [[nodiscard]] duration age_of(our_host const* h) const {
        auto const came = came_at.find(h);
        return world.now() - (came == came_at.end() ? instant{} : came->second);
    }

    [[nodiscard]] double false_share_of(our_host const* h) const {
        double contacts = 0;
        double false_ones = 0;
        h->inside().for_each_contact(0, [&](contact const& c) {
            ++contacts;
            false_ones += ring.member_at(c.at) != nullptr ? 1 : 0;
        });
        return contacts == 0 ? 0 : false_ones / contacts;
    }

    /// How much of the tables is false whose nodes came so long ago.
    void print_shares(duration from, duration to) const {
        std::vector<double> shares;
        for (our_host const* h : living())
            if (age_of(h) >= from && age_of(h) < to) shares.push_back(100 * false_share_of(h));
        if (shares.empty()) return static_cast<void>(std::printf(" | none"));
        double const sum = std::accumulate(shares.begin(), shares.end(), 0.0);
        auto const beyond =
            std::count_if(shares.begin(), shares.end(), [](double share) { return share > 10; });
        std::printf(" | %zu: %.1f %%, at most %.1f, %td beyond 10", shares.size(),
                    sum / static_cast<double>(shares.size()),
                    *std::max_element(shares.begin(), shares.end()), beyond);
    }

    /// Of items put by one and read by ten others at once: how often they are found, and how long
    /// that takes. Who has come just now, and knows hardly anybody, is not asked.
    void read_items(unsigned count) {
        unsigned lookups = 0;
        unsigned read = 0;
        duration took{};
        double asked = 0;
        for (unsigned i = 0; i < count; ++i) {
            our_host& writer = any_settled();
            item const what = some_item();
            if (outcome const o = world.finish(writer, writer.put(what)); o.stored == 0)
                std::printf(" (not stored%s)", writer.up() ? "" : ": the writer has gone");
            std::vector<std::pair<our_host*, operation_id>> readers;
            for (int n = 0; n < 10; ++n) {
                our_host& reader = any_settled(); // time has passed: others have come and gone
                readers.emplace_back(&reader, reader.use([&](auto& node, instant now) {
                    return node.get(now, what.key());
                }));
            }
            for (auto const& [reader, operation] : readers) {
                outcome const o = world.finish(*reader, operation);
                if (!reader->up()) continue;
                ++lookups;
                read += o.item.has_value();
                took += o.took;
                asked += o.asked;
            }
            writer.forget_results();
            for (auto const& [reader, operation] : readers)
                reader->forget_results();
        }
        std::printf(", %u of %u lookups found it (%.0f ms, %.1f questions)", read, lookups,
                    static_cast<double>(took.count()) / 1e3 / lookups, asked / lookups);
    }
};

struct adversaries {
    std::vector<endpoint> at;
    sim::behaviour behaves;
};

/// 10 000 ids on 64 networks, who turn at that time.
adversaries turncoats(town& t, instant turns) {
    return {
        sim::crowded_addresses(wish("ATTACKERS", 10'000), wish("NETS", 64), wish("NODES", 1'000)),
        sim::turncoat{turns, sim::good_citizen{t.ring}, sim::diverter{t.ring}}};
}

/// S/Kademlia's, who are `percent` of all who are there.
adversaries lasting_diverters(town& t, std::uint32_t percent) {
    auto const honest = static_cast<std::uint32_t>(t.living().size());
    return {sim::scattered_addresses(honest * percent / (100 - percent), wish("NODES", 1'000)),
            sim::lasting_diverter{t.ring, sim::names::own}};
}

sim::link roads(double loss) {
    auto link = sim::link::across(sim::geographies::pl490);
    link.loss = loss;
    return link;
}

} // namespace

int main() {
    std::uint32_t const lasting = wish("A_SKS", 0);
    unsigned const hours_in_all = wish("HOURS", 24);
    town t{wish("NODES", 1'000), roads(lasting > 0 ? .01 : 0)};
    sim::churn comings{t.world, 3, sim::sessions::w60, sim::session_law::exponential(hours{1})};
    comings.on_return([&](sim::host& h) {
        t.came_at[&h] = t.world.now();
        static_cast<our_host&>(h).bootstrap(t.any_living().at());
    });
    for (our_host* h : t.hosts)
        comings.add(*h);

    instant const start = t.world.now();
    auto const [at, behaves] =
        lasting > 0 ? lasting_diverters(t, lasting) : turncoats(t, start + hours{hours_in_all} / 2);
    std::optional<sim::infiltration> coming;
    std::optional<sim::rule_guard> well_connected;
    if (!at.empty()) {
        t.ring.enlist(sim::identities(at, bep42_id{}, t.ring.chance()), never);
        auto& host = t.world.add_script(at, sim::answering(t.ring, behaves));
        coming.emplace(t.world, host, t.ring, hours{1});
        if (lasting > 0)
            well_connected = t.world.install(sim::well_connected(t.ring, milliseconds{20}));
    }
    std::printf(
        "tables of less than 1 min | 15 min | 1 h | 4 h | older: share of false contacts\n");
    constexpr std::array<duration, 6> ages{seconds{0}, minutes{1}, minutes{15},
                                           hours{1},   hours{4},   hours{24 * 365}};
    for (unsigned hour = 1; hour <= hours_in_all; ++hour) {
        t.world.run_for(start + hours{hour} - t.world.now());
        std::printf("hour %2u", hour);
        for (std::size_t i = 0; i + 1 < ages.size(); ++i)
            t.print_shares(ages[i], ages[i + 1]);
        t.read_items(wish("ITEMS", 10));
        std::printf("\n");
        std::fflush(stdout);
    }
}
