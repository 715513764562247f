#include <dht/wire/bloom.hpp>

#include "../../catch.hpp"
#include "peer_samples.hpp"

// BEP 33 as a server: filters of exactly those who live.

using namespace dht;
using namespace dht::test;

namespace {

using filter_bytes = std::array<std::byte, bloom_filter::size_bytes>;

struct scrape {
    filter_bytes seeds{};
    filter_bytes peers{};

    friend bool operator==(scrape const&, scrape const&) = default;
};

std::optional<scrape> scraped(memory_peer_store& s, instant now, info_hash const& h) {
    scrape got;
    return s.filters(now, h, {got.seeds, got.peers}) ? std::optional{got} : std::nullopt;
}

scrape filters_of(std::vector<stored_peer> const& all) {
    bloom_filter seeds;
    bloom_filter peers;
    for (stored_peer const& p : all)
        (p.seed ? seeds : peers).insert(p.at.ip);
    return {seeds.bytes(), peers.bytes()};
}

void announce(memory_peer_store& s, instant now, info_hash const& h,
              std::vector<stored_peer> const& all) {
    for (stored_peer const& p : all)
        REQUIRE(s.announce(now, h, p) != store_verdict::full);
}

} // namespace

TEST_CASE("filters hold seeds and leeches of both families apart") {
    memory_peer_store s = peer_store_of();
    std::vector const all{peer(1, true), peer(2), peer(3), peer6(1, true), peer6(2)};
    announce(s, second(0), hash(1), all);
    announce(s, second(0), hash(2), {peer(9)});
    CHECK(scraped(s, second(1), hash(1)) == filters_of(all));
    CHECK(scraped(s, second(1), hash(2)) == filters_of({peer(9)}));
    CHECK_FALSE(scraped(s, second(1), hash(3)));
    CHECK(s.filters_kept() == 2); // an unknown torrent costs nothing
}

TEST_CASE("kept filters learn of who comes, and are built anew when somebody goes or changes") {
    memory_peer_store s = peer_store_of();
    announce(s, second(0), hash(1), {peer(1, true), peer(2)});
    CHECK(scraped(s, second(1), hash(1)) == filters_of({peer(1, true), peer(2)}));
    SECTION("somebody comes") {
        announce(s, second(2), hash(1), {peer(3), peer(4, true)});
        CHECK(s.filters_kept() == 1);
        CHECK(scraped(s, second(3), hash(1)) ==
              filters_of({peer(1, true), peer(2), peer(3), peer(4, true)}));
    }
    SECTION("the same come again") {
        announce(s, second(2), hash(1), {peer(1, true), {{far_apart(2).ip, 7777}, false}});
        CHECK(s.filters_kept() == 1);
        CHECK(scraped(s, second(3), hash(1)) == filters_of({peer(1, true), peer(2)}));
    }
    SECTION("a leech becomes a seed") {
        announce(s, second(2), hash(1), {peer(2, true)});
        CHECK(s.filters_kept() == 0);
        CHECK(scraped(s, second(3), hash(1)) == filters_of({peer(1, true), peer(2, true)}));
    }
    SECTION("a life ends before anybody calls expire") {
        announce(s, second(900), hash(1), {peer(3)});
        CHECK(scraped(s, second(45 * 60 - 1), hash(1)) ==
              filters_of({peer(1, true), peer(2), peer(3)}));
        CHECK(scraped(s, second(45 * 60), hash(1)) == filters_of({peer(3)}));
        CHECK_FALSE(scraped(s, second(45 * 60 + 900), hash(1)));
        CHECK(s.filters_kept() == 0);
    }
    SECTION("a life ends and expire is called") {
        announce(s, second(900), hash(1), {peer(3)});
        s.expire(second(45 * 60));
        CHECK(scraped(s, second(45 * 60), hash(1)) == filters_of({peer(3)}));
    }
}

TEST_CASE("an address counts once, whatever its port says (BEP 33)") {
    memory_peer_store s = peer_store_of();
    announce(s, second(0), hash(1), {peer(1)});
    announce(s, second(1), hash(1), {{{far_apart(1).ip, 1}, false}, {{far_apart(1).ip, 2}, true}});
    CHECK(s.peers() == 1);
    CHECK(scraped(s, second(2), hash(1)) == filters_of({peer(1, true)}));
}

TEST_CASE("filters are kept for 15 minutes since the last scrape") {
    memory_peer_store s = peer_store_of();
    announce(s, second(0), hash(1), {peer(1)});
    announce(s, second(0), hash(2), {peer(1)});
    scraped(s, second(10), hash(1));
    scraped(s, second(10), hash(2));
    scraped(s, second(600), hash(2));
    CHECK(s.expire(second(700)) == second(910)); // when the first of them is too old
    CHECK(s.expire(second(909)) == second(910));
    CHECK(s.filters_kept() == 2);
    CHECK(s.expire(second(910)) == second(1'500));
    CHECK(s.filters_kept() == 1);
    CHECK(s.expire(second(1'500)) == second(45 * 60));
    CHECK(s.filters_kept() == 0);
    CHECK(scraped(s, second(1'501), hash(1)) == filters_of({peer(1)}));
}

TEST_CASE("at most so many filters are kept, those that were scraped last") {
    settings few;
    few.scrape_filters_max = 3;
    memory_peer_store s = peer_store_of(few);
    for (std::uint32_t n = 0; n < 5; ++n)
        announce(s, second(0), hash(n), {peer(n)});
    for (std::uint32_t n = 0; n < 3; ++n)
        scraped(s, second(n), hash(n));
    scraped(s, second(5), hash(0));
    CHECK(s.filters_kept() == 3);
    scraped(s, second(6), hash(4)); // torrent 1 was scraped longest ago
    CHECK(s.filters_kept() == 3);
    announce(s, second(7), hash(1), {peer(1, true)}); // which would cost its filters
    CHECK(s.filters_kept() == 3);
    announce(s, second(7), hash(0), {peer(0, true)});
    CHECK(s.filters_kept() == 2);
    for (std::uint32_t n = 0; n < 5; ++n)
        CHECK(scraped(s, second(8), hash(n)) == filters_of({peer(n, n < 2)}));
}

TEST_CASE("a store that keeps no filters builds them each time") {
    settings none;
    none.scrape_filters_max = 0;
    memory_peer_store s = peer_store_of(none);
    announce(s, second(0), hash(1), {peer(1), peer(2, true)});
    CHECK(scraped(s, second(1), hash(1)) == filters_of({peer(1), peer(2, true)}));
    CHECK(s.filters_kept() == 0);
}
