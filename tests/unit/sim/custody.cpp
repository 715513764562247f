#include <dht/sim/custody.hpp>
#include <dht/sim/stage.hpp>
#include <dht/sim/standard_client.hpp>

#include "../../catch.hpp"
#include "places.hpp"

// Who holds what was stored: told by who only watched, and counted in the stores themselves.

using namespace dht;
using namespace dht::test;

namespace {

std::string const torrent_text(20, 'x');
key160 const torrent = [] {
    key160 k;
    k.bytes.fill(std::byte{'x'});
    return k;
}();

std::string query_text(std::string const& method, std::string const& arguments) {
    return "d1:ad2:id20:" + std::string(20, 'q') + arguments + "e1:q" +
           std::to_string(method.size()) + ":" + method + "1:t2:aa1:y1:qe";
}

std::string const announce_text =
    query_text("announce_peer", "9:info_hash20:" + torrent_text + "4:porti7000e5:token1:t");
std::string const put_text = query_text("put", "5:token1:t1:v1:x");
std::string const yes = "d1:rd2:id20:" + std::string(20, 'r') + "e1:t2:aa1:y1:re";
std::string const no = "d1:eli203e3:bade1:t2:aa1:y1:ee";

/// One asks to store, the other answers what the test wants.
struct storing_pair {
    sim::world w{1, sim::link::fixed(milliseconds{10})};
    sim::custody watched;
    std::string answer;
    sim::scripted_host& keeper = w.add_script(here, [this](auto& h, sim::datagram const& d) {
        if (!answer.empty()) h.send(d.from, as_bytes(answer));
    });
    sim::scripted_host& asker = w.add_script(there, {});

    storing_pair() { w.attach(watched); }

    void ask(std::string const& what, std::string const& and_hear) {
        answer = and_hear;
        asker.send(here, as_bytes(what));
        w.run_for(seconds{1});
    }

    [[nodiscard]] bool keeps(key160 const& key) const {
        return watched.keeps(keeper, key, family::ipv4, w.now());
    }

    [[nodiscard]] bool is_due(key160 const& key) const {
        return watched.is_due(key, family::ipv4, w.now());
    }
};

sim::client& by_the_book(sim::world& w, std::vector<endpoint> at) {
    return w.add_host<sim::standard_client>(at.front());
}

/// What lies in the stores of all that live: one entry for each peer and torrent.
std::size_t in_stores(sim::stage const& s) {
    std::size_t all = 0;
    for (sim::client const* const c : s.members())
        all += c->up() ? static_cast<sim::standard_client const*>(c)->store().size() : 0;
    return all;
}

} // namespace

TEST_CASE("who says yes to an announce or a put keeps it, for its time") {
    key160 const item = immutable_item_key(as_bytes("1:x"));
    storing_pair p;
    p.ask(announce_text, "");
    CHECK_FALSE(p.keeps(torrent));
    p.ask(announce_text, no);
    CHECK_FALSE(p.keeps(torrent));
    CHECK_FALSE(p.is_due(torrent));
    p.ask(announce_text, yes);
    CHECK(p.keeps(torrent));
    CHECK(p.is_due(torrent));
    CHECK_FALSE(p.watched.keeps(p.keeper, torrent, family::ipv6, p.w.now()));
    CHECK_FALSE(p.watched.keeps(p.asker, torrent, family::ipv4, p.w.now()));
    CHECK_FALSE(p.keeps(item));
    p.ask(put_text, yes);
    CHECK(p.keeps(item));
    p.w.run_for(sim::custody::peers_kept);
    CHECK_FALSE(p.keeps(torrent));
    CHECK_FALSE(p.is_due(torrent));
    CHECK(p.keeps(item));
    p.w.run_for(sim::custody::items_kept);
    CHECK_FALSE(p.keeps(item));
}

TEST_CASE("who stops has nothing left, and what he was given is missed") {
    storing_pair p;
    p.ask(announce_text, yes);
    p.keeper.crash();
    CHECK_FALSE(p.keeps(torrent));
    CHECK(p.is_due(torrent));
    p.keeper.start();
    CHECK_FALSE(p.keeps(torrent));
    p.ask(announce_text, yes);
    CHECK(p.keeps(torrent));
}

TEST_CASE("an answer without a question, or to another one, stores nothing") {
    storing_pair p;
    p.keeper.send(there, as_bytes(yes));
    p.ask(query_text("get_peers", "9:info_hash20:" + torrent_text), yes);
    CHECK_FALSE(p.is_due(torrent));
    p.ask(announce_text, "");
    p.keeper.send(sim::public_v4(3), as_bytes(yes));
    CHECK_FALSE(p.is_due(torrent));
}

TEST_CASE("in a network of nine the eight others hold a torrent, until they stop") {
    using sim::verb;
    sim::scenario s;
    s.nodes = 9;
    s.settling = minutes{5};
    s.lasting = minutes{10};
    s.acts = {{minutes{1}, verb::announce, 5, 1}};
    auto const play = [&] {
        sim::stage stage{s, 1, by_the_book};
        sim::report const r = stage.run();
        REQUIRE(r.holdings.size() == 1);
        CHECK(r.holdings[0].stored_by == verb::announce);
        CHECK(r.holdings[0].what == 1);
        CHECK(r.holdings[0].holders == in_stores(stage));
        return r.holdings[0];
    };
    sim::holding all = play();
    CHECK(all.holders == 8);
    CHECK(all.closest == 8); // of nine, one of which announces
    CHECK((all.of_closest == 7 || all.of_closest == 8));

    // Two stop, one of them comes back with nothing: six hold it, all of them among the eight.
    s.acts.push_back({minutes{5}, verb::crash, 3});
    s.acts.push_back({minutes{5}, verb::crash, 4});
    s.acts.push_back({minutes{6}, verb::start, 3});
    all = play();
    CHECK(all.holders == 6);
    CHECK(all.closest == 8);
    CHECK(all.of_closest == 6);

    // All who held it are gone: it is missed all the same.
    for (std::uint32_t who : {0U, 1U, 2U, 6U, 7U, 8U})
        s.acts.push_back({minutes{7}, verb::crash, who});
    all = play();
    CHECK(all.holders == 0);
    CHECK(all.closest == 2);
    CHECK(all.of_closest == 0);

    // What is too old is not missed.
    s.lasting = minutes{40};
    sim::stage late{s, 1, by_the_book};
    CHECK(late.run().holdings.empty());
}

TEST_CASE("while hosts come and go, as many copies are seen as lie in the stores") {
    using sim::verb;
    sim::scenario s;
    s.nodes = 60;
    s.settling = minutes{5};
    s.lasting = minutes{25};
    s.staying = sim::session_law::exponential(minutes{30});
    s.away = sim::session_law::exponential(minutes{10});
    for (std::uint32_t i = 0; i < 20; ++i)
        s.acts.push_back({seconds{60 * i}, verb::announce, i % 2, i});
    sim::stage stage{s, 5, by_the_book};
    sim::report const r = stage.run();
    CHECK(r.holdings.size() == 20); // routers announce, who stay
    sim::holding const all = sum_of(r.holdings);
    CHECK(all.holders == in_stores(stage));
    CHECK(all.holders < 20 * 8);
    CHECK(all.holders > 20 * 3);
    CHECK(all.closest == 20 * 8);
    CHECK(all.of_closest <= all.holders);
    CHECK(all.of_closest > all.holders / 2);
    CHECK(r.announces.hops.count() == r.announces.count);
    CHECK(r.announces.hops.max() < 6);
}
