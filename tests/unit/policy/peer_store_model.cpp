#include "../../catch.hpp"
#include "peer_samples.hpp"
#include <map>
#include <set>

// The store against a naive model, a map of maps: the same answers at each step. And its limits
// under random announces.

using namespace dht;
using namespace dht::test;

namespace {

struct life {
    stored_peer peer;
    instant expires{};
};

/// What memory_peer_store does where no limit is met. Lives end with the second.
class peer_model {
public:
    store_verdict announce(instant now, info_hash const& h, stored_peer const& p) {
        bool const known = lives(now, h).contains(p.at.ip);
        torrents_[h][p.at.ip] = {p, std::chrono::floor<seconds>(now) + minutes{45}};
        return known ? store_verdict::renewed : store_verdict::stored;
    }

    bool restore(instant now, info_hash const& h, stored_peer const& p, instant expires) {
        expires = std::min(std::chrono::floor<seconds>(expires),
                           std::chrono::floor<seconds>(now) + minutes{45});
        if (expires <= now || lives(now, h).contains(p.at.ip)) return false;
        torrents_[h][p.at.ip] = {p, expires};
        return true;
    }

    std::map<address, life> lives(instant now, info_hash const& h) const {
        std::map<address, life> living;
        if (!torrents_.contains(h)) return living;
        for (auto const& [ip, l] : torrents_.at(h))
            if (now < l.expires) living[ip] = l;
        return living;
    }

    std::set<endpoint> sample(instant now, info_hash const& h, peer_wish wish) const {
        std::set<endpoint> all;
        for (auto const& [ip, l] : lives(now, h))
            if (ip.ip_family() == wish.ip && !(wish.noseed && l.peer.seed)) all.insert(l.peer.at);
        return all;
    }

private:
    std::map<info_hash, std::map<address, life>> torrents_;
};

std::map<info_hash, std::map<address, life>> contents(memory_peer_store const& s) {
    std::map<info_hash, std::map<address, life>> all;
    s.for_each([&](info_hash const& h, stored_peer const& p, instant expires) {
        REQUIRE_FALSE(all[h].contains(p.at.ip));
        all[h][p.at.ip] = {p, expires};
    });
    return all;
}

void check_contents(memory_peer_store const& s, peer_model const& model, instant now,
                    std::uint32_t torrents) {
    auto const all = contents(s);
    REQUIRE(all.size() == s.keys());
    std::size_t peers = 0;
    for (auto const& [h, there] : all)
        peers += there.size();
    REQUIRE(peers == s.peers());
    for (std::uint32_t n = 0; n < torrents; ++n) {
        auto const expected = model.lives(now, hash(n));
        std::map<address, life> living;
        if (all.contains(hash(n)))
            for (auto const& [ip, l] : all.at(hash(n)))
                if (now < l.expires) living[ip] = l;
        REQUIRE(living.size() == expected.size());
        for (auto const& [ip, l] : expected) {
            REQUIRE(living.contains(ip));
            REQUIRE(living[ip].peer.at == l.peer.at);
            REQUIRE(living[ip].peer.seed == l.peer.seed);
            REQUIRE(living[ip].expires == l.expires);
        }
    }
}

} // namespace

TEST_CASE("the store answers what a naive one does, step by step") {
    std::uint64_t const seed = GENERATE(1U, 2U, 3U, 44U, 2026U);
    CAPTURE(seed);
    seeded_random rng{seed};
    auto const draw = [&](std::uint64_t bound) {
        return static_cast<std::uint32_t>(below(rng, bound));
    };
    auto const any_peer = [&] {
        stored_peer p = draw(3) == 0 ? peer6(draw(30), draw(2) == 0) : peer(draw(60), draw(2) == 0);
        p.at.port = static_cast<std::uint16_t>(1 + draw(3));
        return p;
    };
    constexpr std::uint32_t torrents = 12;
    memory_peer_store store = peer_store_of({}, seed);
    peer_model model;
    instant now = second(10);
    for (int step = 0; step < 20'000; ++step) {
        CAPTURE(step);
        info_hash const h = hash(draw(torrents));
        std::uint32_t const what = draw(100);
        if (what < 50) {
            stored_peer const p = any_peer();
            REQUIRE(store.accepts(now, h, p.at.ip));
            REQUIRE(store.announce(now, h, p) == model.announce(now, h, p));
        } else if (what < 70) {
            peer_wish const wish{draw(2) == 0 ? family::ipv4 : family::ipv6, draw(2) == 0};
            auto const got = all_of(store, now, h, wish);
            std::set<endpoint> const distinct(got.begin(), got.end());
            REQUIRE(distinct.size() == got.size());
            REQUIRE(distinct == model.sample(now, h, wish));
        } else if (what < 75) {
            stored_peer const p = any_peer();
            instant const expires = now + seconds{draw(4'000)} - seconds{500};
            REQUIRE(store.restore(now, h, p, expires) == model.restore(now, h, p, expires));
        } else if (what < 97) {
            now += milliseconds{draw(draw(200) == 0 ? 9'000'000 : 60'000)};
        } else {
            REQUIRE(now < store.expire(now));
        }
        if (step % 50 == 0) check_contents(store, model, now, torrents);
    }
}

TEST_CASE("all goes through a snapshot into another store, whatever the order") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 500; ++n)
        s.announce(second(n), hash(n % 7), n % 2 == 0 ? peer(n % 60, n % 3 == 0) : peer6(n % 40));
    memory_peer_store fresh = peer_store_of({}, 2);
    instant const now = second(1'000);
    s.for_each([&](info_hash const& h, stored_peer const& p, instant expires) {
        CHECK(fresh.restore(now, h, p, expires));
        CHECK_FALSE(fresh.restore(now, h, p, expires));
    });
    CHECK(fresh.peers() == s.peers());
    auto const expected = contents(s);
    auto const got = contents(fresh);
    REQUIRE(got.size() == expected.size());
    for (auto const& [h, there] : expected)
        for (auto const& [ip, l] : there)
            REQUIRE(got.at(h).at(ip).expires == l.expires);
}

TEST_CASE("whatever is announced, no limit is ever passed, and a token is a promise") {
    std::uint64_t const seed = GENERATE(5U, 6U, 7U);
    CAPTURE(seed);
    seeded_random rng{seed};
    auto const draw = [&](std::uint64_t bound) {
        return static_cast<std::uint32_t>(below(rng, bound));
    };
    settings few;
    few.torrents_max = 30;
    few.peers_max = 100;
    few.peers_per_torrent_max = 12;
    few.torrents_per_source_max = 8;
    memory_peer_store store = peer_store_of(few, seed);
    instant now = second(0);
    std::size_t displaced = 0;
    std::map<store_verdict, int> verdicts;
    for (int step = 0; step < 10'000; ++step) {
        CAPTURE(step);
        now += seconds{draw(40)};
        if (draw(500) == 0) store.own_ids(std::array{node_id{random_key(rng)}});
        if (draw(50) == 0) store.expire(now);
        info_hash h{random_key(rng)};
        if (draw(4) > 0) h = hash(draw(40) << 27U);
        stored_peer const p = draw(3) == 0 ? peer6(draw(100)) : peer(draw(100));
        bool const promised = store.accepts(now, h, p.at.ip);
        std::size_t const before = store.peers();
        store_verdict const v = store.announce(now, h, p);
        REQUIRE(promised == (v != store_verdict::full));
        if (promised) REQUIRE(store.announce(now, h, p) == store_verdict::renewed);
        ++verdicts[v];
        displaced += v == store_verdict::stored && store.peers() <= before;
        REQUIRE(store.peers() <= few.peers_max);
        REQUIRE(store.keys() <= few.torrents_max);
        std::map<std::uint64_t, std::size_t> brought;
        for (auto const& [torrent, there] : contents(store)) {
            REQUIRE(there.size() <= few.peers_per_torrent_max);
            for (auto const& [ip, l] : there)
                ++brought[source_of(ip)];
        }
        for (auto const& [source, peers] : brought)
            REQUIRE(peers <= few.torrents_per_source_max);
    }
    CHECK(displaced > 100);
    for (auto const v : {store_verdict::stored, store_verdict::renewed, store_verdict::full})
        CHECK(verdicts[v] > 50);
}
