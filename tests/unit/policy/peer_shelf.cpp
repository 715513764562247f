#include <dht/policy/torrent_peers.hpp>

#include "../../catch.hpp"
#include "peer_samples.hpp"

using namespace dht;
using namespace dht::test;
using namespace dht::detail;

namespace {

packed_v4 packed(std::uint32_t n, tick end = 100) {
    return {peer(n), end};
}

std::vector<endpoint> all_of(peer_shelf<packed_v4> const& s) {
    std::vector<endpoint> all;
    for (packed_v4 const& p : s)
        all.push_back(p.at());
    return all;
}

/// f(end) of each peer, first those of IPv4.
std::vector<tick> ends_of(torrent_peers const& t) {
    std::vector<tick> ends;
    t.for_each([&](stored_peer const&, tick end) { ends.push_back(end); });
    return ends;
}

} // namespace

TEST_CASE("a packed peer is what was packed") {
    for (tick const last : {100U, 16'383U, 16'384U, 40'000U, 70'000U, 4'000'000'000U}) {
        for (tick const before : {0U, 1U, 99U}) {
            packed_v4 const p{peer(7, true), last - before};
            CHECK(p.at() == far_apart(7));
            CHECK(p.is_seed());
            CHECK(p.end(last) == last - before);
        }
        packed_v6 const p{peer6(9), last - 16'000};
        CHECK(p.at() == peer6(9).at);
        CHECK_FALSE(p.is_seed());
        CHECK(p.end(last) == last - 16'000);
    }
}

TEST_CASE("a shelf agrees with a vector") {
    std::uint64_t const seed = GENERATE(1U, 2U, 3U);
    CAPTURE(seed);
    seeded_random rng{seed};
    auto const draw = [&](std::size_t n) { return static_cast<std::size_t>(below(rng, n)); };
    peer_shelf<packed_v4> shelf;
    std::vector<endpoint> model;
    std::uint32_t next = 0;
    for (int step = 0; step < 20'000; ++step) {
        bool const grows = draw(100) < (step / 2'000 % 2 == 0 ? 70U : 30U);
        if (grows || model.empty()) {
            std::size_t const at = draw(3) == 0 ? draw(model.size() + 1) : model.size();
            REQUIRE(shelf.insert(at, packed(next % 60'000)));
            model.insert(model.begin() + static_cast<std::ptrdiff_t>(at),
                         far_apart(next++ % 60'000));
        } else if (draw(3) == 0) {
            std::size_t const from = draw(model.size());
            std::size_t const to = from + draw(model.size() - from);
            shelf.replace(from, to, packed(next % 60'000));
            model.erase(model.begin() + static_cast<std::ptrdiff_t>(from));
            model.insert(model.begin() + static_cast<std::ptrdiff_t>(to),
                         far_apart(next++ % 60'000));
        } else {
            shelf.pop_front();
            model.erase(model.begin());
        }
        REQUIRE(shelf.size() == model.size());
        REQUIRE(shelf.empty() == model.empty());
        if (step % 16 == 0) REQUIRE(all_of(shelf) == model);
    }
}

TEST_CASE("a shelf says when it is full") {
    peer_shelf<packed_v4> shelf;
    for (std::size_t n = 0; n < shelf.size_max; ++n)
        REQUIRE(shelf.insert(n, packed(static_cast<std::uint32_t>(n % 60'000))));
    CHECK_FALSE(shelf.insert(0, packed(1)));
    shelf.pop_front();
    CHECK(shelf[0].at() == far_apart(1));
    CHECK(shelf.insert(shelf.size(), packed(2)));
    CHECK_FALSE(shelf.insert(0, packed(1)));
}

TEST_CASE("the peers of a torrent stand by the ends of their lives, in both families") {
    torrent_peers t;
    CHECK(t.add(peer(1), 50));
    CHECK(t.add(peer(2), 30));
    CHECK(t.add(peer6(1), 20));
    CHECK(t.add(peer(3), 40));
    CHECK(t.size() == 4);
    CHECK(t.first_end() == 20);
    CHECK(t.last_end() == 50);
    CHECK(ends_of(t) == std::vector<tick>{30, 40, 50, 20});
    CHECK(t.renew(peer(2), 60) == renewal::renewed);
    CHECK(t.renew(peer(3, true), 60) == renewal::seed_changed);
    CHECK(t.renew(peer(3, true), 55) == renewal::renewed); // never shortened
    CHECK(t.renew(peer(4), 60) == renewal::absent);
    CHECK(ends_of(t) == std::vector<tick>{50, 60, 60, 20});
    CHECK(t.take_first().at == peer6(1).at);
    CHECK(t.take_first().at == far_apart(1));
    CHECK(t.take_first().at == far_apart(2));
    CHECK(t.take_first().seed);
    CHECK(t.empty());
}
