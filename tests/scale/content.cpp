#include <dht/content/indexer.hpp>
#include <dht/content/republisher.hpp>

#include "../network/stand_in.hpp"
#include <cstdio>
#include <map>
#include <set>

// What the wing of content promises at the scale that it is made for.

using namespace dht;
using namespace dht::test;

namespace {

/// What goes over the wire between one host and all others, by the second.
struct meter {
    std::map<std::int64_t, unsigned> in_second{};

    void count(instant at) { ++in_second[at.time_since_epoch() / seconds{1}]; }

    [[nodiscard]] unsigned most() const {
        unsigned most = 0;
        for (auto const& [second, n] : in_second)
            most = std::max(most, n);
        return most;
    }

    [[nodiscard]] double mean() const {
        double sum = 0;
        for (auto const& [second, n] : in_second)
            sum += n;
        return sum / static_cast<double>(in_second.rbegin()->first - in_second.begin()->first + 1);
    }
};

/// Hears what an indexer asks, and until when each node wanted to be left alone.
struct manners {
    endpoint indexer;
    std::vector<instant> asked{};
    std::map<endpoint, instant> not_before{};
    unsigned too_early = 0;

    sim::verdict hear(sim::datagram const& d) {
        if (d.from != indexer && d.to != indexer) return sim::pass();
        letter const l{d.at, d.from, d.bytes};
        if (l.reply() != nullptr && l.reply()->has_samples)
            not_before[d.from] = d.at + seconds{l.reply()->interval_s};
        if (l.query() == nullptr || l.query()->method != "sample_infohashes" || d.from != indexer)
            return sim::pass();
        asked.push_back(d.at);
        too_early += d.at < not_before[d.to] ? 1U : 0U;
        return sim::pass();
    }

    /// Did that many questions ever fall into less than a second?
    [[nodiscard]] bool exceeds(std::size_t per_second) const {
        for (std::size_t i = per_second; i < asked.size(); ++i)
            if (asked[i] - asked[i - per_second] < seconds{1}) return true;
        return false;
    }
};

/// Puts each hash on the eight nodes that are closest to it, with a peer of its own.
std::set<info_hash> store_everywhere(checked_world& w, network<>& net, std::uint32_t hashes) {
    std::set<info_hash> stored;
    auto const ids = ids_of(net.hosts);
    std::vector<std::size_t> order(ids.size());
    unsigned refused = 0;
    for (std::size_t k = 0; k < order.size(); ++k)
        order[k] = k;
    for (std::uint32_t i = 0; i < hashes; ++i) {
        info_hash const hash = w.draw_hash();
        stored.insert(hash);
        std::nth_element(
            order.begin(), order.begin() + 8, order.end(),
            [&](std::size_t a, std::size_t b) { return closer<160>(ids[a], ids[b], hash); });
        for (std::size_t k = 0; k < 8; ++k)
            net.hosts[order[k]]->use([&](auto& n, instant now) {
                auto& store = n.template policy<slots::peer_store>();
                auto const verdict = store.announce(now, hash, {sim::public_v4(100'000 + i)});
                refused += verdict == store_verdict::stored ? 0U : 1U;
            });
    }
    CHECK(refused == 0);
    return stored;
}

using indexer_node = sim::node<content::indexer>;
using indexer_host = sim::node_host<indexer_node, content::indexer>;

template <class F>
auto with_indexer(indexer_host& h, F&& f) {
    return h.use([&](indexer_node& n, instant now) {
        auto const result = f(n.get<content::indexer>(), now);
        n.advance(now);
        return result;
    });
}

std::size_t collect(indexer_host& h, std::set<info_hash>& into) {
    return with_indexer(h, [&](content::indexer& i, instant) {
        while (auto const hash = i.poll())
            into.insert(*hash);
        return into.size();
    });
}

} // namespace

TEST_CASE("a thousand items are put again evenly: no second has twice its share") {
    checked_world w{3'600};
    network<> net{w};
    net.grow(60, only_v4, 0, settings{.items_per_source_max = 1'000});
    w.run_for(minutes{2});
    content::republisher_options options;
    options.item_period = minutes{4}; // a share is four items, so that it can be measured at all
    using keeper_node = sim::node<content::republisher>;
    auto& keeper =
        w.add<keeper_node>(sim::public_v4(900), settings{}, content::republisher{options});
    keeper.bootstrap(net.hosts[0]->at());
    w.run_for(minutes{2});

    meter puts;
    auto const guard = w.install([&](sim::datagram const& d) {
        if (d.from == keeper.at() && as_text(d.bytes).find("1:q3:put") != std::string_view::npos)
            puts.count(d.at);
        return sim::pass();
    });
    keeper.use([](auto& n, instant now) {
        auto& r = n.template get<content::republisher>();
        for (int i = 0; i < 1'000; ++i) {
            item one;
            std::string const v = "i" + std::to_string(i) + "e";
            one.v.assign(as_bytes(v).begin(), as_bytes(v).end());
            REQUIRE(r.keep(now, one));
        }
        n.advance(now);
    });
    w.run_for(minutes{9});
    std::printf("1000 items each 4 minutes: %.1f puts per second, at most %u\n", puts.mean(),
                puts.most());
    CHECK(puts.mean() > 8 * 1'000 / 240.0 * 0.95);
    CHECK(puts.most() <= 2 * puts.mean());
}

TEST_CASE("an indexer finds 20 000 torrents on 1 000 nodes, politely, and survives its end") {
    constexpr std::uint32_t hashes = 20'000;
    checked_world w{51};
    network<> net{w};
    net.grow(1'000, only_v4, 0, {}, milliseconds{10});
    w.run_for(minutes{1});
    std::set<info_hash> const stored = store_everywhere(w, net, hashes);

    manners m{sim::public_v4(90'000)};
    auto const guard = w.install([&](sim::datagram const& d) { return m.hear(d); });
    auto& crawler = w.add<indexer_node>(m.indexer, settings{}, content::indexer{});
    with_indexer(crawler, [&](content::indexer& i, instant now) {
        return i.visit(now, net.hosts[0]->at());
    });
    std::set<info_hash> found;
    auto const run_for = [&](minutes limit) {
        w.run_for(limit);
        collect(crawler, found);
        std::printf("20000 torrents: %zu found with %zu questions\n", found.size(), m.asked.size());
    };
    run_for(minutes{1});
    std::size_t const found_before = found.size();
    std::vector<std::byte> saved;
    std::size_t const nodes_before = with_indexer(crawler, [&](content::indexer& i, instant now) {
        i.save({now, w.unix_now()}, saved);
        return i.nodes();
    });
    crawler.crash();
    w.run_for(seconds{20});
    crawler.start();
    std::uint64_t const position = with_indexer(crawler, [&](content::indexer& i, instant now) {
        CHECK(i.restore({now, w.unix_now()}, saved) == errc::ok);
        CHECK(i.nodes() == nodes_before);
        return i.asked();
    });
    CHECK(position == m.asked.size());
    run_for(minutes{7});

    CHECK(std::includes(stored.begin(), stored.end(), found.begin(), found.end()));
    CHECK(found_before > hashes / 4);
    CHECK(found.size() >= hashes * 95 / 100);
    CHECK(m.too_early == 0);
    CHECK_FALSE(m.exceeds(content::indexer_options{}.questions_per_second));
}
