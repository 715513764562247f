#include "../../catch.hpp"
#include "peer_samples.hpp"
#include <map>
#include <set>

using namespace dht;
using namespace dht::test;

namespace {

/// Pearson's statistic of counts that should all be `expected`.
double chi_square(std::vector<double> const& counts, double expected) {
    double sum = 0;
    for (double const n : counts)
        sum += (n - expected) * (n - expected) / expected;
    return sum;
}

} // namespace

TEST_CASE("a peer that was announced is handed out") {
    memory_peer_store s = peer_store_of();
    CHECK(s.announce(second(0), hash(1), peer(1)) == store_verdict::stored);
    CHECK(all_of(s, second(1), hash(1)) == std::vector{far_apart(1)});
    CHECK(all_of(s, second(1), hash(2)).empty());
    CHECK(s.keys() == 1);
    CHECK(s.peers() == 1);
}

TEST_CASE("one entry per torrent and address: a repeat renews it and changes its port (BEP 33)") {
    memory_peer_store s = peer_store_of();
    endpoint const moved{far_apart(1).ip, 7777};
    s.announce(second(0), hash(1), peer(1));
    CHECK(s.announce(second(40 * 60), hash(1), {moved, true}) == store_verdict::renewed);
    CHECK(all_of(s, second(80 * 60), hash(1)) == std::vector{moved});
    CHECK(s.peers() == 1);
    CHECK(s.announce(second(0), hash(2), peer(1)) == store_verdict::stored);
    CHECK(s.peers() == 2);
}

TEST_CASE("peers are handed out until their life ends") {
    memory_peer_store s = peer_store_of();
    s.announce(second(0), hash(1), peer(1));
    CHECK(all_of(s, second(45 * 60 - 1), hash(1)).size() == 1);
    CHECK(all_of(s, second(45 * 60), hash(1)).empty());
}

TEST_CASE("families do not mix") {
    memory_peer_store s = peer_store_of();
    s.announce(second(0), hash(1), peer(1));
    s.announce(second(0), hash(1), {at("[2a00::1]:5555"), false});
    CHECK(all_of(s, second(0), hash(1), {family::ipv4}) == std::vector{far_apart(1)});
    CHECK(all_of(s, second(0), hash(1), {family::ipv6}) == std::vector{at("[2a00::1]:5555")});
}

TEST_CASE("whoever wants no seeds gets none (BEP 33)") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 10; ++n)
        s.announce(second(0), hash(1), peer(n, n % 2 == 0));
    CHECK(all_of(s, second(0), hash(1)).size() == 10);
    auto const leeches = all_of(s, second(0), hash(1), {family::ipv4, true});
    CHECK(leeches.size() == 5);
    for (endpoint const& e : leeches)
        CHECK((e.ip.v4_value() >> 16U) % 2 == 1);
}

TEST_CASE("each limit refuses what is beyond it") {
    settings few;
    SECTION("torrents") {
        few.torrents_max = 3;
        memory_peer_store s = peer_store_of(few);
        for (std::uint32_t n = 0; n < 3; ++n)
            CHECK(s.announce(second(0), hash(n), peer(1)) == store_verdict::stored);
        CHECK(s.announce(second(0), hash(3), peer(1)) == store_verdict::full);
        CHECK_FALSE(s.accepts(second(0), hash(3), far_apart(1).ip));
        CHECK(s.announce(second(0), hash(0), peer(2)) == store_verdict::stored);
        CHECK(s.keys() == 3);
    }
    SECTION("peers of one torrent") {
        few.peers_per_torrent_max = 3;
        memory_peer_store s = peer_store_of(few);
        for (std::uint32_t n = 0; n < 3; ++n)
            s.announce(second(0), hash(1), peer(n));
        CHECK(s.announce(second(0), hash(1), peer(3)) == store_verdict::full);
        CHECK_FALSE(s.accepts(second(0), hash(1), far_apart(3).ip));
        CHECK(s.accepts(second(0), hash(2), far_apart(3).ip));
        CHECK(s.peers() == 3);
    }
    SECTION("peers of all torrents") {
        few.peers_max = 3;
        memory_peer_store s = peer_store_of(few);
        for (std::uint32_t n = 0; n < 3; ++n)
            s.announce(second(0), hash(n), peer(n));
        CHECK(s.announce(second(0), hash(1), peer(9)) == store_verdict::full);
        CHECK_FALSE(s.accepts(second(0), hash(9), far_apart(9).ip));
        CHECK(s.peers() == 3);
    }
    SECTION("torrents of one address") {
        few.torrents_per_source_max = 3;
        memory_peer_store s = peer_store_of(few);
        for (std::uint32_t n = 0; n < 3; ++n)
            s.announce(second(0), hash(n), peer(1));
        CHECK(s.announce(second(0), hash(3), peer(1)) == store_verdict::full);
        CHECK_FALSE(s.accepts(second(0), hash(3), far_apart(1).ip));
        CHECK(s.announce(second(0), hash(3), peer(2)) == store_verdict::stored);
    }
}

TEST_CASE("all addresses of an IPv6 /64 are one source, and their peers are still told apart") {
    settings few;
    few.torrents_per_source_max = 2;
    memory_peer_store s = peer_store_of(few);
    auto const host = [](std::uint8_t site, std::uint8_t number) {
        std::array<std::byte, 16> ip{std::byte{0x2a}, std::byte{site}};
        ip[15] = std::byte{number};
        return stored_peer{{address::v6(ip), 6881}, false};
    };
    CHECK(s.announce(second(0), hash(1), host(1, 1)) == store_verdict::stored);
    CHECK(s.announce(second(0), hash(1), host(1, 2)) == store_verdict::stored);
    CHECK(s.announce(second(0), hash(2), host(1, 3)) == store_verdict::full);
    CHECK(s.announce(second(0), hash(2), host(2, 1)) == store_verdict::stored);
    CHECK(s.peers() == 3);
    s.expire(second(46 * 60));
    CHECK(s.accepts(second(46 * 60), hash(2), host(1, 3).at.ip));
}

TEST_CASE("whoever is in a full store may renew, and is told so") {
    settings few;
    few.peers_per_torrent_max = 3;
    few.peers_max = 3;
    few.torrents_per_source_max = 1;
    memory_peer_store s = peer_store_of(few);
    for (std::uint32_t n = 0; n < 3; ++n)
        s.announce(second(0), hash(1), peer(n));
    CHECK(s.accepts(second(0), hash(1), far_apart(2).ip));
    CHECK_FALSE(s.accepts(second(0), hash(2), far_apart(2).ip));
    CHECK(s.announce(second(0), hash(1), peer(2)) == store_verdict::renewed);
}

TEST_CASE("expire frees what is over: peers, torrents, and the shares of their sources") {
    settings few;
    few.torrents_per_source_max = 1;
    memory_peer_store s = peer_store_of(few);
    s.announce(second(0), hash(1), peer(1));
    s.announce(second(1'000), hash(1), peer(2));
    s.announce(second(0), hash(2), peer(3));
    CHECK(s.expire(second(45 * 60)) == second(45 * 60 + 1'000)); // when the next is due
    CHECK(s.peers() == 1);
    CHECK(s.keys() == 1);
    CHECK(all_of(s, second(45 * 60), hash(1)) == std::vector{far_apart(2)});
    CHECK(s.accepts(second(45 * 60), hash(9), far_apart(1).ip));
    CHECK_FALSE(s.accepts(second(45 * 60), hash(9), far_apart(2).ip));
    CHECK(s.expire(second(45 * 60 + 1'000)) == never);
    CHECK(s.keys() == 0);
}

TEST_CASE("a large store is swept in slices, all of it within a few minutes") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 20'000; ++n)
        s.announce(second(0), hash(n), peer(n % 1'000));
    instant now = second(45 * 60);
    s.expire(now);
    CHECK(s.keys() > 18'000);
    unsigned sweeps = 1;
    while (s.keys() > 0 && sweeps < 1'000) {
        now = s.expire(now);
        ++sweeps;
    }
    CHECK(s.peers() == 0);
    CHECK(sweeps < 150); // slices shrink with the store
}

TEST_CASE("a sample is of the size wanted, distinct, and every peer is equally likely in it") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 40; ++n)
        s.announce(second(0), hash(1), peer(n, n >= 30));
    seeded_random rng{2};
    std::map<endpoint, double> seen;
    int const rounds = 6'000;
    for (int i = 0; i < rounds; ++i) {
        auto const got = sample(s, second(0), hash(1), {family::ipv4, true}, 6, rng);
        if (std::set<endpoint>(got.begin(), got.end()).size() != 6) FAIL("round " << i);
        for (endpoint const& e : got)
            ++seen[e];
    }
    std::vector<double> counts;
    for (auto const& [e, n] : seen)
        counts.push_back(n);
    REQUIRE(counts.size() == 30); // the seeds never
    double const x = chi_square(counts, rounds * 6.0 / 30);
    CHECK(x > 10); // 29 degrees of freedom, 99.99 % on both sides; even counts would be no chance
    CHECK(x < 66);
}

TEST_CASE("what is expected changes nothing, be it there or not") {
    memory_peer_store s = peer_store_of();
    std::vector<expected_query> expected;
    for (std::uint32_t n = 0; n < 3'000; ++n) {
        s.announce(second(0), hash(n), peer(n % 200));
        if (n % 20 == 0) expected.push_back({hash(2 * n), peer(n).at.ip});
    }
    s.expect(expected); // more than it heeds
    s.expect({});
    CHECK(s.keys() == 3'000);
    CHECK(s.peers() == 3'000);
    memory_peer_store const empty = peer_store_of();
    empty.expect(expected);
}

TEST_CASE("who is renewed again and again stays, and goes when its time is over") {
    memory_peer_store s = peer_store_of();
    std::int64_t at = 0;
    for (; at < 4 * 45 * 60; at += 600) {
        s.announce(second(at), hash(1), peer(1));
        s.announce(second(at), hash(2), peer(at < 600 ? 2 : 3));
        s.expire(second(at));
        REQUIRE(all_of(s, second(at), hash(1)).size() == 1);
    }
    CHECK(all_of(s, second(at), hash(2)).size() == 1);
    at += 45 * 60;
    for (std::int64_t end = at + 10; at < end; ++at)
        s.expire(second(at));
    CHECK(s.keys() == 0);
}

TEST_CASE("few of many are drawn, distinct, with every peer equally likely at every place") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 30; ++n)
        s.announce(second(n), hash(1), peer(n, n % 2 == 0));
    seeded_random rng{7};
    std::array<std::map<endpoint, double>, 6> seen;
    int const rounds = 6'000;
    for (int i = 0; i < rounds; ++i) {
        auto const got = sample(s, second(30), hash(1), {}, 6, rng);
        if (std::set<endpoint>(got.begin(), got.end()).size() != 6) FAIL("round " << i);
        for (std::size_t place = 0; place < seen.size(); ++place)
            ++seen[place][got[place]];
    }
    for (auto const& at_place : seen) {
        std::vector<double> counts;
        for (auto const& [e, n] : at_place)
            counts.push_back(n);
        REQUIRE(counts.size() == 30);
        double const x = chi_square(counts, rounds / 30.0);
        CHECK(x > 10);
        CHECK(x < 66);
    }
}

TEST_CASE("each place of a sample is anybody's, since what does not fit is cut off behind") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 20; ++n)
        s.announce(second(n), hash(1), peer(n));
    seeded_random rng{6};
    std::array<std::map<endpoint, double>, 3> seen;
    int const rounds = 4'000;
    for (int i = 0; i < rounds; ++i) {
        auto const got = sample(s, second(20), hash(1), {}, 20, rng);
        REQUIRE(got.size() == 20);
        for (std::size_t place : {0U, 1U, 2U})
            ++seen[place][got[place * 9]];
    }
    for (auto const& at_place : seen) {
        std::vector<double> counts;
        for (auto const& [e, n] : at_place)
            counts.push_back(n);
        REQUIRE(counts.size() == 20);
        double const x = chi_square(counts, rounds / 20.0);
        CHECK(x > 4); // 19 degrees of freedom
        CHECK(x < 51);
    }
}

TEST_CASE("a sample of the expired takes the living, and nothing fits into nothing") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 100; ++n)
        s.announce(second(n < 97 ? 0 : 60), hash(1), peer(n));
    CHECK(all_of(s, second(45 * 60), hash(1)).size() == 3);
    seeded_random rng{3};
    CHECK(sample(s, second(0), hash(1), {}, 0, rng).empty());
}

TEST_CASE("sampled keys are distinct and equally likely (BEP 51)") {
    memory_peer_store s = peer_store_of();
    for (std::uint32_t n = 0; n < 25; ++n)
        s.announce(second(0), hash(n), peer(n));
    seeded_random rng{4};
    std::vector<info_hash> all(100);
    CHECK(s.sample_keys(rng, all) == 25);
    std::map<info_hash, double> seen;
    int const rounds = 6'000;
    for (int i = 0; i < rounds; ++i) {
        std::vector<info_hash> some(5);
        REQUIRE(s.sample_keys(rng, some) == 5);
        if (std::set<info_hash>(some.begin(), some.end()).size() != 5) FAIL("round " << i);
        for (info_hash const& h : some)
            ++seen[h];
    }
    std::vector<double> counts;
    for (auto const& [h, n] : seen)
        counts.push_back(n);
    REQUIRE(counts.size() == 25);
    double const x = chi_square(counts, rounds * 5.0 / 25);
    CHECK(x > 7); // 24 degrees of freedom
    CHECK(x < 58);
    memory_peer_store empty = peer_store_of();
    CHECK(empty.sample_keys(rng, all) == 0);
}

TEST_CASE("for_each names everything with the end of its life, for snapshots") {
    memory_peer_store s = peer_store_of();
    s.announce(second(5), hash(1), peer(1, true));
    s.announce(second(6), hash(2), peer(2));
    std::map<info_hash, stored_peer> seen;
    s.for_each([&](info_hash const& h, stored_peer const& p, instant expires) {
        seen[h] = p;
        CHECK(expires == second(h == hash(1) ? 5 : 6) + minutes{45});
    });
    REQUIRE(seen.size() == 2);
    CHECK(seen[hash(1)].at == far_apart(1));
    CHECK(seen[hash(1)].seed);
    CHECK_FALSE(seen[hash(2)].seed);
}
