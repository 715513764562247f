// E3: whether the tables of our nodes are captured by whoever has many ids on few networks. 10 000
// ids from 64 networks of 256 addresses connect within an hour, behave well, and turn at half time
// (A-TAB, sim/adversary.hpp), among nodes that come and go (W60). NODES, HOURS, ATTACKERS, NETS.

#include <dht/dht.hpp>
#include <dht/sim/adversary.hpp>
#include <dht/sim/churn.hpp>

#include <cstdio>
#include <cstdlib>
#include <map>

namespace {

using namespace dht;

using our_host = sim::node_host<sim::node<>>;

std::uint32_t wish(char const* name, std::uint32_t usual) {
    char const* const text = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return text == nullptr ? usual : static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
}

struct town {
    sim::world world{1, sim::link::across(sim::geographies::pl490)};
    std::vector<our_host*> hosts;
    sim::conspiracy ring{2};
    std::map<sim::host const*, instant> came_at{}; ///< who has come back

    explicit town(std::uint32_t nodes) {
        for (std::uint32_t i = 0; i < nodes; ++i) {
            hosts.push_back(&world.add<sim::node<>>(sim::public_v4(i)));
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

    item some_item() {
        item what;
        std::array<std::byte, 8> number;
        world.workload().fill(number);
        what.v.assign({std::byte{'8'}, std::byte{':'}});
        what.v.insert(what.v.end(), number.begin(), number.end());
        return what;
    }

    struct shares {
        double mean = 0;
        double most = 0;
        double contacts = 0;
        std::size_t tables = 0;
    };

    /// Of nodes that have been there for so long.
    [[nodiscard]] shares captured(duration at_least) const {
        shares all;
        auto there = living();
        std::erase_if(there, [&](our_host const* h) {
            auto const came = came_at.find(h);
            return came != came_at.end() && world.now() - came->second < at_least;
        });
        all.tables = there.size();
        for (our_host const* h : there) {
            double contacts = 0;
            double false_ones = 0;
            h->inside().for_each_contact(0, [&](contact const& c) {
                ++contacts;
                false_ones += ring.member_at(c.at) != nullptr ? 1 : 0;
            });
            double const share = contacts == 0 ? 0 : false_ones / contacts;
            all.mean += share / static_cast<double>(there.size());
            all.contacts += contacts / static_cast<double>(there.size());
            all.most = std::max(all.most, share);
        }
        return all;
    }

    /// Of items put by one and read by another at once, how many are read; and how long it takes.
    void read_items(unsigned count) {
        unsigned read = 0;
        duration took{};
        double asked = 0;
        for (unsigned i = 0; i < count; ++i) {
            our_host& writer = any_living();
            item const what = some_item();
            world.finish(writer, writer.put(what));
            our_host& reader = any_living(); // time has passed: others have come and gone
            auto const wanted = [&](auto& node, instant now) { return node.get(now, what.key()); };
            outcome const o = world.finish(reader, reader.use(wanted));
            read += o.item.has_value();
            took += o.took;
            asked += o.asked;
            writer.forget_results(), reader.forget_results();
        }
        std::printf(", %u of %u items read (%.0f ms, %.1f questions)", read, count,
                    static_cast<double>(took.count()) / 1e3 / count, asked / count);
    }
};

} // namespace

int main() {
    std::uint32_t const nodes = wish("NODES", 1'000);
    std::uint32_t const attackers = wish("ATTACKERS", 10'000);
    unsigned const hours_in_all = wish("HOURS", 24);
    town t{nodes};
    sim::churn comings{t.world, 3, sim::sessions::w60, sim::session_law::exponential(hours{1})};
    comings.on_return([&](sim::host& h) {
        t.came_at[&h] = t.world.now();
        static_cast<our_host&>(h).bootstrap(t.any_living().at());
    });
    for (our_host* h : t.hosts)
        comings.add(*h);

    auto const at = sim::crowded_addresses(attackers, wish("NETS", 64), nodes);
    instant const turns = t.world.now() + hours{hours_in_all} / 2;
    if (attackers > 0) t.ring.enlist(sim::identities(at, bep42_id{}, t.ring.chance()), never);
    auto& host =
        t.world.add_script(at.empty() ? std::vector{sim::public_v4(9'000'000)} : at,
                           sim::answering(t.ring, sim::turncoat{turns, sim::good_citizen{t.ring},
                                                                sim::diverter{t.ring}}));
    std::optional<sim::infiltration> coming;
    if (attackers > 0) coming.emplace(t.world, host, t.ring, hours{1});
    for (unsigned hour = 1; hour <= hours_in_all; ++hour) {
        t.world.run_for(hours{1});
        std::printf("hour %2u", hour);
        for (int const age : {0, 1, 4}) {
            auto const s = t.captured(hours{age});
            std::printf(", %zu tables of %d h: %.0f contacts, %.1f %% false, %.1f %% at most",
                        s.tables, age, s.contacts, 100 * s.mean, 100 * s.most);
        }
        t.read_items(wish("ITEMS", 100));
        std::printf("\n");
        std::fflush(stdout);
    }
}
