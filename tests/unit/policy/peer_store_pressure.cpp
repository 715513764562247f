#include "../../catch.hpp"
#include "peer_samples.hpp"
#include <set>

// What the store does near its limits, and when lives end.

using namespace dht;
using namespace dht::test;

namespace {

/// A torrent that shares exactly so many leading bits with an id of zeros.
info_hash close_hash(unsigned bits, std::uint32_t n = 0) {
    info_hash h;
    h.set_bit(bits, true);
    store_big_endian(h.bytes.data() + 16, n);
    return h;
}

settings peer_limits(std::uint32_t peers_max, std::uint32_t torrents_max = 100'000) {
    settings s;
    s.peers_max = peers_max;
    s.torrents_max = torrents_max;
    return s;
}

bool holds(memory_peer_store const& s, info_hash const& h, stored_peer const& p) {
    bool found = false;
    s.for_each([&](info_hash const& there, stored_peer const& it, instant) {
        found |= there == h && it.at == p.at;
    });
    return found;
}

std::vector<bool> accepted(memory_peer_store& s, instant now, std::uint32_t asked) {
    std::vector<bool> yes;
    for (std::uint32_t n = 0; n < asked; ++n)
        yes.push_back(s.accepts(now, hash(1'000'000 + n), far_apart(n).ip));
    return yes;
}

double share(std::vector<bool> const& all) {
    return static_cast<double>(std::count(all.begin(), all.end(), true)) /
           static_cast<double>(all.size());
}

} // namespace

TEST_CASE("newcomers are turned away ever more often from three quarters of a limit on") {
    bool const of_torrents = GENERATE(false, true);
    CAPTURE(of_torrents);
    memory_peer_store s =
        peer_store_of(of_torrents ? peer_limits(10'000, 1'000) : peer_limits(1'000));
    std::uint32_t n = 0;
    auto const fill_to = [&](std::size_t peers) {
        for (; s.peers() < peers; ++n)
            s.announce(second(0), hash(of_torrents ? n : n % 50), peer(n % 50'000));
    };
    double last = 1;
    for (int const percent : {50, 75, 80, 85, 90, 95, 100}) {
        CAPTURE(percent);
        fill_to(static_cast<std::size_t>(percent) * 10);
        auto const first = accepted(s, second(0), 4'000);
        CHECK(share(first) == Approx(percent < 75 ? 1 : (100 - percent) / 25.0).margin(0.03));
        CHECK(accepted(s, second(0), 4'000) == first); // it helps nobody to ask again
        CHECK(share(first) <= last);
        last = share(first);
        CHECK(s.accepts(second(0), hash(7), far_apart(7).ip)); // but renewals are welcome
    }
    CHECK(last == 0);
    CHECK(n > 1'200); // hundreds were turned away on the way
}

TEST_CASE("who is turned away differs from store to store") {
    memory_peer_store one = peer_store_of(peer_limits(1'000), 1);
    memory_peer_store two = peer_store_of(peer_limits(1'000), 2);
    for (memory_peer_store* const s : {&one, &two})
        for (std::uint32_t n = 0; s->peers() < 875; ++n)
            s->announce(second(0), hash(n % 50), peer(n));
    auto const a = accepted(one, second(0), 1'000);
    auto const b = accepted(two, second(0), 1'000);
    int both = 0;
    for (std::size_t n = 0; n < a.size(); ++n)
        both += a[n] && b[n];
    CHECK(both > 200); // a quarter, when they decide by themselves
    CHECK(both < 300);
}

TEST_CASE("in a full store the far yields to the close") {
    memory_peer_store s = peer_store_of(peer_limits(4));
    s.own_ids(std::array{zero_id});
    for (unsigned bits = 1; bits <= 4; ++bits)
        s.announce(second(0), close_hash(bits), peer(bits));
    CHECK_FALSE(s.accepts(second(0), close_hash(0), far_apart(9).ip));
    CHECK_FALSE(s.accepts(second(0), close_hash(2, 1), far_apart(9).ip)); // one peer counts a bit
    CHECK(s.accepts(second(0), close_hash(3, 1), far_apart(9).ip));
    CHECK(s.announce(second(0), close_hash(3, 1), peer(9)) == store_verdict::stored);
    CHECK(s.peers() == 4);
    CHECK_FALSE(holds(s, close_hash(1), peer(1)));
    CHECK(holds(s, close_hash(2), peer(2)));
    node_id ones;
    ones.bytes.fill(std::byte{0xff});
    s.own_ids(std::array{ones}); // now all is far
    CHECK_FALSE(s.accepts(second(0), close_hash(9), far_apart(8).ip));
}

TEST_CASE("in a full store the unpopular yields to the popular") {
    memory_peer_store s = peer_store_of(peer_limits(6));
    s.announce(second(0), hash(1), peer(1));
    for (std::uint32_t n = 2; n < 7; ++n)
        s.announce(second(0), hash(2), peer(n));
    CHECK_FALSE(s.accepts(second(0), hash(3), far_apart(9).ip));
    CHECK_FALSE(s.accepts(second(0), hash(1), far_apart(9).ip));
    CHECK(s.announce(second(0), hash(2), peer(9)) == store_verdict::stored);
    CHECK(s.keys() == 1);
    CHECK(s.peers() == 6);
    CHECK_FALSE(holds(s, hash(1), peer(1)));
}

TEST_CASE("in a full store the stale yields to the fresh, in the same torrent too") {
    memory_peer_store s = peer_store_of(peer_limits(3));
    s.announce(second(0), hash(1), peer(1));
    s.announce(second(5), hash(2), peer(2));
    s.announce(second(10), hash(2), peer(3));
    s.announce(second(10 * 60), hash(1), peer(1));
    CHECK_FALSE(s.accepts(second(10 * 60), hash(3), far_apart(9).ip));
    CHECK(s.announce(second(30 * 60), hash(2), peer(9)) == store_verdict::stored);
    CHECK_FALSE(holds(s, hash(1), peer(1))); // fresher than torrent 2, but of one peer alone
    CHECK(s.announce(second(44 * 60), hash(2), peer(10)) == store_verdict::stored);
    CHECK(s.keys() == 1);
    CHECK_FALSE(holds(s, hash(2), peer(2))); // the oldest
    CHECK(holds(s, hash(2), peer(3)));
}

TEST_CASE("where there are too many torrents the least goes as a whole") {
    memory_peer_store s = peer_store_of(peer_limits(1'000, 3));
    s.own_ids(std::array{zero_id});
    for (std::uint32_t n = 0; n < 3; ++n)
        s.announce(second(0), close_hash(0), peer(n));
    s.announce(second(0), close_hash(6), peer(3));
    s.announce(second(0), close_hash(7), peer(4));
    CHECK(s.announce(second(0), close_hash(5), peer(5)) == store_verdict::stored);
    CHECK(s.keys() == 3);
    CHECK(s.peers() == 3);
    CHECK(all_of(s, second(0), close_hash(0)).empty());
    CHECK(s.accepts(second(0), close_hash(6), far_apart(8).ip));
}

TEST_CASE("whoever was displaced has its share back, and filters know of it") {
    settings one_each = peer_limits(2);
    one_each.torrents_per_source_max = 1;
    memory_peer_store s = peer_store_of(one_each);
    s.own_ids(std::array{zero_id});
    s.announce(second(0), close_hash(1), peer(1));
    s.announce(second(0), close_hash(1), peer(2));
    std::array<std::byte, 256> seeds{};
    std::array<std::byte, 256> leeches{};
    CHECK(s.filters(second(0), close_hash(1), {seeds, leeches}));
    CHECK_FALSE(s.accepts(second(0), close_hash(9), far_apart(1).ip));
    CHECK(s.announce(second(0), close_hash(9), peer(3)) == store_verdict::stored);
    CHECK(s.filters_kept() == 0);
    CHECK(s.accepts(second(0), close_hash(9, 1), far_apart(1).ip));
}

TEST_CASE("a store of nothing keeps nothing") {
    settings none;
    SECTION("no peers") {
        none.peers_max = 0;
    }
    SECTION("no torrents") {
        none.torrents_max = 0;
    }
    SECTION("no peers of a torrent") {
        none.peers_per_torrent_max = 0;
    }
    SECTION("no torrents of a source") {
        none.torrents_per_source_max = 0;
    }
    memory_peer_store s = peer_store_of(none);
    CHECK_FALSE(s.accepts(second(0), hash(1), far_apart(1).ip));
    CHECK(s.announce(second(0), hash(1), peer(1)) == store_verdict::full);
    CHECK_FALSE(s.restore(second(0), hash(1), peer(1), second(60)));
    CHECK(s.expire(second(0)) == never);
}

TEST_CASE("expire says when the next life ends, to the second, or when one would have ended") {
    memory_peer_store s = peer_store_of();
    CHECK(s.expire(second(1)) == never);
    s.announce(second(10), hash(1), peer(1));
    s.announce(second(500), hash(1), peer6(2));
    s.announce(second(700), hash(2), peer(3));
    CHECK(s.expire(second(800)) == second(10 + 2'700));
    s.announce(second(900), hash(1), peer(1));          // renewed
    CHECK(s.expire(second(901)) == second(10 + 2'700)); // looked at then, and filed anew
    CHECK(s.expire(second(10 + 2'700)) == second(500 + 2'700));
    CHECK(s.expire(second(3'199)) == second(3'200));
    CHECK(s.peers() == 3);
    CHECK(s.expire(second(3'200)) == second(3'400));
    CHECK(s.peers() == 2);
    CHECK(s.expire(second(3'400)) == second(3'600));
    CHECK(s.keys() == 1);
    CHECK(s.expire(second(3'600)) == never);
}

TEST_CASE("what is due at once is forgotten in slices, a second apart, each life once") {
    memory_peer_store s = peer_store_of(peer_limits(100'000));
    for (std::uint32_t n = 0; n < 5'000; ++n)
        s.announce(second(n % 3), hash(n % 100), peer(n));
    instant now = second(2'702);
    std::size_t left = 5'000;
    for (int slice = 0; slice < 4; ++slice) {
        CHECK(s.expire(now) == now + seconds{1});
        left -= 1'024;
        CHECK(s.peers() == left);
        now += seconds{1};
    }
    CHECK(s.expire(now) == never);
    CHECK(s.peers() == 0);
}

TEST_CASE("a store that nobody sweeps still empties, and none of the dead comes back") {
    memory_peer_store s = peer_store_of(peer_limits(1'000));
    for (std::uint32_t n = 0; n < 700; ++n)
        s.announce(second(0), hash(n), peer(n));
    for (std::int64_t const later : {2'700L, 16'384L, 32'768L, 65'536L, 10'000'000L}) {
        CAPTURE(later);
        for (std::uint32_t n = 0; n < 10; ++n)
            CHECK(all_of(s, second(later), hash(600 + n)).empty());
    }
    instant const now = second(20'000'000);
    for (std::uint32_t n = 0; n < 50; ++n)
        CHECK(s.announce(now, hash(5'000 + n), peer(n)) == store_verdict::stored);
    CHECK(s.peers() == 50);
    instant last = now;
    int calls = 0;
    for (instant next = s.expire(now); next != never; next = s.expire(next), ++calls) {
        CHECK(last < next);
        last = next;
    }
    CHECK(last == now + seconds{2'700});
    CHECK(calls < 50); // after a backlog some torrents are looked at too early, once
}

TEST_CASE("long lives are counted in coarser ticks") {
    settings s;
    s.peer_lifetime = std::chrono::hours{48}; // 16 384 ticks at most: of 11 seconds
    memory_peer_store store = peer_store_of(s);
    store.announce(second(0), hash(1), peer(1));
    store.announce(second(48 * 3'600 - 60), hash(1), peer(2));
    CHECK(all_of(store, second(48 * 3'600 - 11), hash(1)).size() == 2);
    CHECK(all_of(store, second(48 * 3'600), hash(1)) == std::vector{far_apart(2)});
    CHECK(all_of(store, second(2 * 48 * 3'600 - 72), hash(1)).size() == 1);
    CHECK(all_of(store, second(2 * 48 * 3'600 - 60), hash(1)).empty());
}

TEST_CASE("a life shorter than a minute ends too") {
    settings s;
    s.peer_lifetime = minutes{1};
    memory_peer_store store = peer_store_of(s);
    for (int round = 0; round < 1'000; ++round) {
        store.announce(second(7 * round), hash(1), peer(static_cast<std::uint32_t>(round)));
        auto const there = all_of(store, second(7 * round), hash(1)).size();
        REQUIRE(there == static_cast<std::size_t>(round < 8 ? round + 1 : 9));
    }
}

TEST_CASE("a restored peer lives no longer than one announced now, and respects the limits") {
    settings few = peer_limits(3);
    few.torrents_per_source_max = 2;
    memory_peer_store s = peer_store_of(few);
    instant const now = second(100); // from a time before the origin of this clock
    CHECK(s.restore(now, hash(1), peer(1, true), second(150)));
    CHECK(s.restore(now, hash(2), peer(1), second(9'000)));
    CHECK_FALSE(s.restore(now, hash(3), peer(1), second(150)));
    CHECK_FALSE(s.restore(now, hash(3), peer(2), now));
    CHECK(s.restore(now, hash(1), peer(2), second(120)));
    CHECK_FALSE(s.restore(now, hash(3), peer(3), second(150))); // no more room
    CHECK(s.expire(now) == second(120));
    s.for_each([&](info_hash const& h, stored_peer const& p, instant expires) {
        if (h == hash(2)) CHECK(expires == now + minutes{45});
        CHECK(p.seed == (h == hash(1) && p.at == far_apart(1)));
    });
    CHECK(all_of(s, second(120), hash(1)) == std::vector{far_apart(1)});
}
