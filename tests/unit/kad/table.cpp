#include <dht/kad/table.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <algorithm>
#include <set>

using namespace dht;
using namespace dht::test;

namespace {

key160 const own = key_of("5a5a");
bucket_capacities const usual{{128, 64, 32, 16}, 8, 8, 8}; // as many spares as there are subtrees
subnet_limits const limited{};
subnet_limits const unlimited{false};

routing_table empty_table(subnet_limits limits = limited) {
    return routing_table{own, usual, limits};
}

template <std::size_t Bits>
std::vector<key<Bits>> live_ids(basic_table<Bits> const& t) {
    std::vector<key<Bits>> ids;
    t.for_each([&](basic_contact<Bits> const& c) { ids.push_back(c.id); });
    return ids;
}

std::size_t spares_at(routing_table const& t, unsigned depth) {
    std::size_t n = 0;
    t.for_each_spare([&](contact const& c) { n += t.depth_of(c.id) == depth; });
    return n;
}

/// Which of 8 subtrees of bucket `depth` are served.
std::set<std::size_t> served(routing_table const& t, unsigned depth) {
    std::set<std::size_t> slots;
    t.for_each_at(depth, [&](contact const& c) { slots.insert(prefix_slot(c.id, depth + 1, 8)); });
    return slots;
}

/// A key of bucket 4 in one of its 8 subtrees.
key160 in_slot(std::size_t slot, std::uint8_t last) {
    key160 k = own;
    k.flip_bit(4);
    for (unsigned i = 0; i < 3; ++i)
        k.set_bit(5 + i, (slot >> (2 - i) & 1U) != 0);
    k.bytes[19] = static_cast<std::byte>(last);
    return k;
}

/// A table whose bucket 4 is full, with a contact in each of its 8 subtrees.
routing_table with_full_bucket() {
    routing_table t = empty_table();
    for (std::uint8_t n = 0; n < 8; ++n)
        t.confirm(answered(in_slot(n, 200), far_apart(n)));
    return t;
}

} // namespace

static_assert(sizeof(contact) == 52);

TEST_CASE("an empty table knows nobody") {
    routing_table t = empty_table();
    CHECK(t.size() == 0);
    CHECK(t.depth() == 0);
    CHECK_FALSE(t.find(own));
    CHECK_FALSE(t.find(at("1.2.3.4:5")));
    CHECK_FALSE(t.remove(key_of("01")));
    CHECK_FALSE(t.failed(key_of("01"), 3));
    CHECK(t.closest_to(own, 8, [](contact const&) { return true; }).size() == 0);
}

TEST_CASE("buckets hold 128, 64, 32, 16 and then 8") {
    seeded_random rng{1};
    std::size_t const wanted[] = {128, 64, 32, 16, 8, 8, 8};
    routing_table t = empty_table();
    for (unsigned depth = 0; depth < 7; ++depth)
        for (std::uint32_t n = 0; n < 400; ++n)
            t.confirm(answered(key_at_depth(own, depth, rng), far_apart(1000 * depth + n)));
    std::size_t all = 0;
    for (unsigned depth = 0; depth < 7; ++depth) {
        CAPTURE(depth);
        CHECK(t.capacity_at(depth) == wanted[depth]);
        CHECK(t.size_at(depth) == wanted[depth]);
        CHECK(spares_at(t, depth) == 8);
        all += wanted[depth];
    }
    CHECK(t.size() == all);
    CHECK(t.depth() == 7);
    CHECK(t.spares() == 7 * 8);
}

TEST_CASE("the bucket of a key is how many bits it shares with ours") {
    routing_table const t = empty_table();
    CHECK(t.depth_of(key_of("da5a")) == 0);
    CHECK(t.depth_of(key_of("5a5b")) == 15);
    CHECK(t.depth_of(own) == 159);
    key160 last = own;
    last.flip_bit(159);
    CHECK(t.depth_of(last) == 159);
}

TEST_CASE("our own id never enters") {
    routing_table t = empty_table();
    CHECK(t.suggest(heard(own, at("1.2.3.4:5"))) == placement::own_id);
    CHECK(t.confirm(answered(own, at("1.2.3.4:5"))) == placement::own_id);
    CHECK(t.size() + t.spares() == 0);
}

TEST_CASE("who was only heard of waits until it has answered") {
    routing_table t = empty_table();
    key160 const id = key_of("01");
    auto const everybody = [](contact const&) { return true; };
    CHECK(t.suggest(heard(id, far_apart(1))) == placement::spare);
    CHECK(t.size() == 0);
    CHECK(t.spares() == 1);
    CHECK_FALSE(t.is_live(id));
    CHECK(t.closest_to(id, 8, everybody).size() == 0);
    REQUIRE(t.find(id));
    CHECK(t.find(id)->at == far_apart(1));

    CHECK(t.confirm(answered(id, far_apart(1))) == placement::live);
    CHECK(t.size() == 1);
    CHECK(t.spares() == 0);
    CHECK(t.is_live(id));
    CHECK(t.closest_to(id, 8, everybody).size() == 1);
    CHECK(t.find(far_apart(1))->id == id);
}

TEST_CASE("suggesting somebody known changes nothing, confirming brings news") {
    routing_table t = empty_table();
    key160 const id = key_of("01");
    t.confirm(answered(id, far_apart(1), second(10)));
    contact again = answered(id, far_apart(1), second(20));
    again.rtt_ms = 77;
    CHECK(t.suggest(again) == placement::duplicate);
    CHECK(t.find(id)->rtt_ms == contact::rtt_unknown);
    CHECK(t.confirm(again) == placement::live);
    CHECK(t.find(id)->rtt_ms == 77);
    CHECK(t.size() == 1);
}

TEST_CASE("a thief displaces nobody") {
    routing_table t = empty_table();
    key160 const id = key_of("01");
    t.confirm(answered(id, far_apart(1)));
    SECTION("by claiming an id from another endpoint") {
        CHECK(t.suggest(heard(id, far_apart(2))) == placement::duplicate);
        CHECK(t.confirm(answered(id, far_apart(2))) == placement::duplicate);
    }
    SECTION("by claiming it from another port of the same address") {
        CHECK(t.confirm(answered(id, {far_apart(1).ip, 1})) == placement::duplicate);
    }
    SECTION("by taking an endpoint with another id") {
        CHECK(t.suggest(heard(key_of("02"), far_apart(1))) == placement::duplicate);
        CHECK(t.confirm(answered(key_of("02"), far_apart(1))) == placement::duplicate);
        CHECK_FALSE(t.find(key_of("02")));
    }
    REQUIRE(t.find(id));
    CHECK(t.find(id)->at == far_apart(1));
    CHECK(t.size() + t.spares() == 1);
}

TEST_CASE("a /24 has one entry in the whole table, however many of its contacts are heard of") {
    seeded_random rng{2};
    routing_table t = empty_table();
    for (std::uint32_t n = 0; n < 1000; ++n) {
        unsigned const depth = static_cast<unsigned>(below(rng, 12));
        endpoint const where{neighbour(n % 256).ip, static_cast<std::uint16_t>(1024 + n)};
        placement const verdict = t.suggest(heard(key_at_depth(own, depth, rng), where));
        CHECK(verdict == (n == 0         ? placement::spare
                          : n % 256 == 0 ? placement::duplicate
                                         : placement::crowded));
    }
    CHECK(t.size() + t.spares() == 1);
    CHECK_FALSE(t.is_crowded(neighbour(1).ip)); // anybody can say anything of others
}

namespace {

/// Somebody at the i-th address of a /24 of its own provider.
endpoint at_site(std::uint32_t site, std::uint32_t i) {
    return {address::v4(0x0a000001U + ((site + 40) << 16U) + i), 6881};
}

/// Of the live contacts of a bucket, how many are at sites from `first` on.
std::size_t at_sites_from(routing_table const& t, unsigned depth, std::uint32_t first) {
    std::size_t count = 0;
    t.for_each_at(depth, [&](contact const& c) { count += c.at.ip >= at_site(first, 0).ip; });
    return count;
}

} // namespace

TEST_CASE("a /24 of which two have answered has one entry in the whole table") {
    seeded_random rng{12};
    routing_table t = empty_table();
    auto const offer = [&](unsigned depth, std::uint32_t site, std::uint32_t i) {
        return t.confirm(answered(key_at_depth(own, depth, rng), at_site(site, i)));
    };
    CHECK(offer(3, 1, 1) == placement::live);
    CHECK_FALSE(t.is_crowded(at_site(1, 77).ip));
    for (unsigned depth = 0; depth < 12; ++depth)
        CHECK(offer(depth, 1, 2 + depth) == placement::crowded);
    CHECK(t.is_crowded(at_site(1, 77).ip));
    CHECK(t.size() + t.spares() == 1);
    CHECK(offer(3, 2, 1) == placement::live);
    CHECK_FALSE(t.is_crowded(at_site(2, 1).ip));
}

namespace {

/// A table with so many contacts at as many sites, from the 1000th on, in its four large buckets.
routing_table peopled_table(std::uint32_t contacts, seeded_random& rng) {
    routing_table t = empty_table();
    for (std::uint32_t n = 0; t.size() < contacts; ++n)
        t.confirm(answered(key_at_depth(own, n % 4, rng), at_site(1'000 + n, 1)));
    return t;
}

/// It becomes known that there is a crowd at each of these sites.
void show_crowds(routing_table& t, std::uint32_t sites, seeded_random& rng) {
    for (std::uint32_t site = 0; site < sites; ++site)
        for (std::uint32_t const i : {1U, 2U})
            t.confirm(answered(key_at_depth(own, i, rng), at_site(site, i)));
    for (std::uint32_t site = 0; site < sites; ++site)
        CHECK(t.is_crowded(at_site(site, 3).ip));
}

std::size_t of_crowds(routing_table const& t) {
    std::size_t count = 0;
    t.for_each([&](contact const& c) { count += t.is_crowded(c.at.ip); });
    return count;
}

} // namespace

TEST_CASE("crowded sites together have a sixteenth of a large bucket, and less of the table") {
    seeded_random rng{13};
    routing_table t = peopled_table(160, rng);
    show_crowds(t, 100, rng);
    for (unsigned const depth : {0U, 1U, 2U, 3U})
        for (std::uint32_t site = 0; site < 100; ++site)
            t.confirm(answered(key_at_depth(own, depth, rng), at_site(site, 3 + depth)));
    CHECK(of_crowds(t) == 5); // of 165
    CHECK(at_sites_from(t, 1, 0) - at_sites_from(t, 1, 1'000) <= t.capacity_at(1) / 16);
}

TEST_CASE("crowded sites have four places where there is hardly anybody else") {
    seeded_random rng{15};
    routing_table t = empty_table();
    show_crowds(t, 20, rng);
    for (std::uint32_t site = 0; site < 20; ++site)
        t.confirm(answered(key_at_depth(own, 8, rng), at_site(site, 3)));
    CHECK(t.size() == 4);
}

TEST_CASE("in a small bucket crowded sites have what nobody else wants") {
    seeded_random rng{14};
    routing_table t = peopled_table(200, rng);
    constexpr unsigned deep = 9;
    show_crowds(t, 20, rng);
    for (std::uint32_t site = 0; site < 20; ++site)
        t.confirm(answered(key_at_depth(own, deep, rng), at_site(site, 3)));
    CHECK(of_crowds(t) == 6);
    CHECK(t.size_at(deep) > 2);
    for (std::uint32_t site = 500; site < 508; ++site)
        CHECK(t.confirm(answered(key_at_depth(own, deep, rng), at_site(site, 1))) ==
              placement::live);
    CHECK(t.size_at(deep) == t.capacity_at(deep));
    CHECK(at_sites_from(t, deep, 500) == t.capacity_at(deep));
}

TEST_CASE("more crowded sites than are remembered: the last ones are") {
    crowded_sites sites;
    for (std::uint32_t site = 0; site < 300; ++site) {
        sites.note(at_site(site, 1).ip);
        sites.note(at_site(0, site % 250).ip);
        CHECK(sites.hold(at_site(site, 9).ip));
    }
    CHECK(sites.hold(at_site(0, 9).ip));
    CHECK_FALSE(sites.hold(at_site(1, 9).ip));
    CHECK(sites.hold(at_site(200, 9).ip));
}

TEST_CASE("a /16 has four entries in each bucket") {
    seeded_random rng{3};
    routing_table t = empty_table();
    auto const of_provider = [](std::uint32_t site) {
        return endpoint{address::v4(0x05060001U | site << 8U), 6881};
    };
    for (std::uint32_t n = 0; n < 100; ++n)
        t.confirm(answered(key_at_depth(own, 2, rng), of_provider(n)));
    CHECK(t.size_at(2) == 4);
    CHECK(t.spares() == 0);
    CHECK(t.confirm(answered(key_at_depth(own, 2, rng), of_provider(200))) == placement::crowded);
    CHECK(t.confirm(answered(key_at_depth(own, 3, rng), of_provider(201))) == placement::live);
}

TEST_CASE("an IPv6 site is a /64 and a provider a /48") {
    seeded_random rng{4};
    routing_table t = empty_table();
    auto const offer = [&](std::string_view where) {
        return t.confirm(answered(key_at_depth(own, 1, rng), at(where)));
    };
    CHECK(offer("[2a02:1:1:1::1]:1") == placement::live);
    CHECK(offer("[2a02:1:1:1::2]:1") == placement::crowded);
    CHECK(offer("[2a02:1:1:2::1]:1") == placement::live);
    CHECK(offer("[2a02:1:1:3::1]:1") == placement::live);
    CHECK(offer("[2a02:1:1:4::1]:1") == placement::live);
    CHECK(offer("[2a02:1:1:5::1]:1") == placement::crowded);
    CHECK(offer("[2a02:1:2:1::1]:1") == placement::live);
}

TEST_CASE("one address has one entry in the whole table") {
    seeded_random rng{5};
    routing_table t = empty_table();
    CHECK(t.confirm(answered(key_at_depth(own, 1, rng), at("5.6.7.8:1"))) == placement::live);
    CHECK(t.confirm(answered(key_at_depth(own, 9, rng), at("5.6.7.8:2"))) == placement::duplicate);
    CHECK(t.confirm(answered(key_at_depth(own, 9, rng), at("5.6.8.9:2"))) == placement::live);
}

TEST_CASE("on a local network subnets do not count, endpoints do") {
    seeded_random rng{6};
    routing_table t = empty_table(unlimited);
    for (std::uint16_t port = 1; port <= 40; ++port)
        CHECK(t.confirm(answered(key_at_depth(own, 1, rng), {neighbour(1).ip, port})) ==
              placement::live);
    CHECK(t.size() == 40);
    CHECK(t.confirm(answered(key_at_depth(own, 2, rng), {neighbour(1).ip, 7})) ==
          placement::duplicate);
}

TEST_CASE("a full bucket thins out a crowded prefix for one that nobody serves") {
    routing_table t = empty_table();
    for (std::uint8_t n = 0; n < 8; ++n) {
        contact c = answered(in_slot(0, n), far_apart(n));
        c.rtt_ms = n == 5 ? 900 : 100;
        t.confirm(c);
    }
    SECTION("the slowest goes") {
        CHECK(t.confirm(answered(in_slot(3, 99), far_apart(99))) == placement::live);
        CHECK_FALSE(t.find(in_slot(0, 5)));
    }
    SECTION("unless one has failed") {
        CHECK_FALSE(t.failed(in_slot(0, 2), 3));
        CHECK(t.confirm(answered(in_slot(3, 99), far_apart(99))) == placement::live);
        CHECK_FALSE(t.find(in_slot(0, 2)));
        CHECK(t.find(in_slot(0, 5)));
    }
    SECTION("a newcomer to the crowded prefix waits as a verified spare") {
        CHECK(t.confirm(answered(in_slot(0, 99), far_apart(99))) == placement::bucket_full);
        CHECK_FALSE(t.is_live(in_slot(0, 99)));
        CHECK(t.find(in_slot(0, 99)));
    }
    CHECK(t.size_at(4) == 8);
}

TEST_CASE("in the end every prefix is served, and then everybody stays") {
    seeded_random rng{7};
    routing_table t = empty_table();
    std::uint32_t n = 0;
    for (; n < 8; ++n)
        t.confirm(answered(in_slot(n % 2, static_cast<std::uint8_t>(n)), far_apart(n)));
    CHECK(served(t, 4) == std::set<std::size_t>{0, 1});
    for (; n < 300; ++n)
        t.confirm(answered(key_at_depth(own, 4, rng), far_apart(n)));
    CHECK(served(t, 4).size() == 8);
    CHECK(t.size_at(4) == 8);
    auto const before = live_ids(t);
    for (; n < 400; ++n)
        t.confirm(answered(key_at_depth(own, 4, rng), far_apart(n)));
    CHECK(live_ids(t) == before);
}

TEST_CASE("the spares of a bucket are bounded: the longest unheard stranger makes room") {
    seeded_random rng{8};
    routing_table t = empty_table();
    std::vector<key160> ids;
    for (std::uint32_t n = 0; n < 8; ++n) {
        ids.push_back(key_at_depth(own, 3, rng));
        t.suggest(heard(ids.back(), far_apart(n), second(n == 4 ? 1 : 100 + n)));
    }
    key160 const newcomer = key_at_depth(own, 3, rng);
    CHECK(t.suggest(heard(newcomer, far_apart(8), second(500))) == placement::spare);
    CHECK(t.spares() == 8);
    CHECK_FALSE(t.find(ids[4]));
    CHECK(t.find(newcomer));
    CHECK(t.find(ids[0]));
}

TEST_CASE("many wait while a bucket has room for them, and few behind a full one") {
    seeded_random rng{8};
    routing_table t{own, {}, limited};
    for (std::uint32_t n = 0; n < 20; ++n)
        t.suggest(
            heard(in_slot(n % 8, static_cast<std::uint8_t>(n)), far_apart(n), second(60 * n)));
    CHECK(spares_at(t, 4) == 8);
    for (std::uint8_t n = 0; n < 8; ++n)
        t.confirm(answered(in_slot(n, 200), far_apart(100U + n)));
    CHECK(t.size_at(4) == 8);
    CHECK(spares_at(t, 4) == 2);
    CHECK(t.find(in_slot(3, 19))); // heard of last
    CHECK(t.find(in_slot(2, 18)));
    t.confirm(answered(in_slot(1, 1), far_apart(300), second(90)));
    CHECK(spares_at(t, 4) == 2);
    CHECK(t.find(in_slot(1, 1)));
}

TEST_CASE("a spare that was heard of within a minute makes room for no stranger") {
    routing_table t = with_full_bucket();
    auto const ask = [&](std::uint8_t n, std::int64_t s) {
        key160 const id = in_slot(1, n);
        bool const wanted = t.wants(id, coarse(second(s)));
        bool const taken =
            t.suggest(heard(id, far_apart(5000U + n), second(s))) == placement::spare;
        CHECK(wanted == taken);
        return taken;
    };
    std::uint8_t n = 100;
    while (ask(n, 1'000))
        ++n;
    CHECK(n == 100 + spares_at(t, 4));
    CHECK_FALSE(ask(150, 1'059));
    CHECK(ask(151, 1'060));
    CHECK(ask(152, 1'061));
    CHECK_FALSE(t.wants(in_slot(1, 160), coarse_time::unset)); // only heard of from others
    seeded_random rng{1};
    CHECK(t.wants(key_at_depth(own, 7, rng), coarse_time::unset)); // there is room
}

TEST_CASE("a stranger never displaces a verified spare") {
    seeded_random rng{9};
    routing_table t = with_full_bucket();
    std::vector<key160> waiting;
    for (std::uint32_t n = 0; n < 8; ++n) {
        waiting.push_back(in_slot(1, static_cast<std::uint8_t>(100 + n)));
        t.confirm(answered(waiting.back(), far_apart(5000 + n)));
    }
    CHECK(spares_at(t, 4) == 8);
    CHECK(t.suggest(heard(key_at_depth(own, 4, rng), far_apart(6000), second(900))) ==
          placement::bucket_full);
    for (key160 const& id : waiting)
        CHECK((t.find(id) && t.find(id)->verified()));
}

TEST_CASE("a bucket without spares says that it is full") {
    bucket_capacities none;
    none.spares = 0;
    none.newcomers = 0;
    routing_table t{own, none, limited};
    for (std::uint8_t n = 0; n < 8; ++n)
        t.confirm(answered(in_slot(n, n), far_apart(n)));
    CHECK(t.confirm(answered(in_slot(2, 99), far_apart(99))) == placement::bucket_full);
    CHECK_FALSE(t.find(in_slot(2, 99)));
}

TEST_CASE("a removed contact is succeeded by the spare that answered last") {
    seeded_random rng{9};
    routing_table t = with_full_bucket();
    t.suggest(heard(key_at_depth(own, 4, rng), far_apart(7000), second(999)));
    t.confirm(answered(in_slot(1, 1), far_apart(7001), second(50)));
    t.confirm(answered(in_slot(1, 2), far_apart(7002), second(70)));
    t.confirm(answered(in_slot(1, 3), far_apart(7003), second(60)));
    key160 const gone = live_ids(t).front();
    CHECK(t.remove(gone));
    CHECK_FALSE(t.find(gone));
    CHECK(t.size_at(4) == 8);
    CHECK(t.is_live(in_slot(1, 2)));
    CHECK_FALSE(t.is_live(in_slot(1, 3)));
}

TEST_CASE("a removed contact without a verified spare leaves its place empty") {
    seeded_random rng{9};
    routing_table t = with_full_bucket();
    t.suggest(heard(key_at_depth(own, 4, rng), far_apart(7000)));
    CHECK(t.remove(live_ids(t).front()));
    CHECK(t.size_at(4) == 7);
    CHECK(t.spares() == 1);
}

TEST_CASE("contacts are forgotten after unanswered questions") {
    routing_table t = with_full_bucket();
    key160 const victim = live_ids(t).front();
    SECTION("the third when nobody can take their place") {
        CHECK_FALSE(t.failed(victim, 3));
        CHECK_FALSE(t.failed(victim, 3));
        CHECK(t.find(victim)->failures == 2);
        CHECK(t.failed(victim, 3));
        CHECK_FALSE(t.find(victim));
    }
    SECTION("the second when a verified spare waits") {
        t.confirm(answered(in_slot(1, 1), far_apart(7001)));
        CHECK_FALSE(t.failed(victim, 3));
        CHECK(t.failed(victim, 3));
        CHECK(t.is_live(in_slot(1, 1)));
    }
    SECTION("an unverified spare is no reason for haste") {
        t.suggest(heard(in_slot(1, 1), far_apart(7001)));
        CHECK_FALSE(t.failed(victim, 3));
        CHECK_FALSE(t.failed(victim, 3));
    }
    SECTION("the first where the user says so, spares or not") {
        t.confirm(answered(in_slot(1, 1), far_apart(7001)));
        CHECK(t.failed(victim, 1));
    }
    SECTION("a spare at once") {
        t.suggest(heard(in_slot(1, 1), far_apart(7001)));
        CHECK(t.failed(in_slot(1, 1), 3));
        CHECK(t.spares() == 0);
    }
    SECTION("the fifteenth however patient one is: more are not counted") {
        for (int i = 0; i < 14; ++i)
            CHECK_FALSE(t.failed(victim, 100));
        CHECK(t.failed(victim, 100));
    }
    SECTION("an answer clears the count") {
        CHECK_FALSE(t.failed(victim, 3));
        CHECK_FALSE(t.failed(victim, 3));
        t.confirm(answered(victim, t.find(victim)->at));
        CHECK_FALSE(t.failed(victim, 3));
    }
}

TEST_CASE("replace puts a newcomer into the place of a live contact of its bucket") {
    seeded_random rng{9};
    routing_table t = with_full_bucket();
    contact const newcomer = answered(in_slot(1, 1), far_apart(7001));
    t.confirm(newcomer);
    key160 const old = live_ids(t).front();
    SECTION("and the spare that it was is gone") {
        CHECK(t.replace(old, newcomer));
        CHECK(t.is_live(newcomer.id));
        CHECK_FALSE(t.find(old));
        CHECK(t.size_at(4) == 8);
        CHECK(t.spares() == 0);
        CHECK_FALSE(t.replace(old, answered(in_slot(1, 2), far_apart(7002))));
    }
    SECTION("not across buckets") {
        CHECK_FALSE(t.replace(old, answered(key_at_depth(own, 5, rng), far_apart(7002))));
    }
    SECTION("not a spare, not nobody") {
        CHECK_FALSE(t.replace(newcomer.id, answered(in_slot(1, 2), far_apart(7002))));
        CHECK_FALSE(t.replace(key_of("77"), answered(in_slot(1, 2), far_apart(7002))));
    }
    SECTION("nor by itself, nor by another live one") {
        key160 const other = live_ids(t).back();
        CHECK_FALSE(t.replace(old, answered(old, t.find(old)->at)));
        CHECK_FALSE(t.replace(old, answered(other, t.find(other)->at)));
        CHECK(t.size_at(4) == 8);
    }
}

TEST_CASE("another own id sorts everybody anew") {
    seeded_random rng{15};
    routing_table t = empty_table();
    for (std::uint32_t n = 0; n < 300; ++n) {
        key160 const id = key_at_depth(own, n % 6, rng);
        if (n % 10 == 0)
            t.suggest(heard(id, far_apart(n)));
        else
            t.confirm(answered(id, far_apart(n)));
    }
    std::size_t const live = t.size();
    key160 const other = random_key(rng);
    t.change_own_id(other);
    CHECK(t.own_id() == other);
    CHECK(t.size() > live / 2);
    std::size_t in_buckets = 0;
    for (unsigned d = 0; d < t.depth(); ++d) {
        CHECK(t.size_at(d) <= t.capacity_at(d));
        t.for_each_at(d, [&](contact const& c) {
            CHECK(common_prefix_length(other, c.id) == d);
            CHECK(c.verified());
            ++in_buckets;
        });
    }
    CHECK(in_buckets == t.size());
}

TEST_CASE("a verified spare gets the place that another own id opens for it") {
    routing_table t = with_full_bucket();
    t.confirm(answered(in_slot(1, 1), far_apart(7001)));
    REQUIRE_FALSE(t.is_live(in_slot(1, 1)));
    key160 far = own;
    far.flip_bit(0); // everybody is in bucket 0 now, which holds 128
    t.change_own_id(far);
    CHECK(t.is_live(in_slot(1, 1)));
    CHECK(t.size() == 9);
    CHECK(t.spares() == 0);
}

TEST_CASE("our new id may be that of a contact, which then is nobody's") {
    routing_table t = empty_table();
    t.confirm(answered(key_of("01"), far_apart(1)));
    t.confirm(answered(key_of("02"), far_apart(2)));
    t.change_own_id(key_of("01"));
    CHECK_FALSE(t.find(key_of("01")));
    CHECK(t.size() == 1);
}

TEMPLATE_TEST_CASE_SIG("closest_to agrees with sorting everybody", "", ((std::size_t Bits), Bits),
                       160, 256) {
    seeded_random rng{17};
    for (unsigned round = 0; round < 12; ++round) {
        key<Bits> const self = random_key<Bits>(rng);
        basic_table<Bits> t{self, usual, limited};
        std::uint32_t const offered = round < 2 ? round * 3 : 40U * round;
        for (std::uint32_t n = 0; n < offered; ++n) {
            auto const depth = static_cast<unsigned>(below(rng, 18));
            auto c = answered(key_at_depth(self, depth, rng), far_apart(n));
            c.plausible = below(rng, 2) == 0;
            t.confirm(c);
        }
        bool const picky = round % 2 == 0;
        auto const wanted = [&](basic_contact<Bits> const& c) { return !picky || c.plausible; };
        std::vector<key<Bits>> all;
        t.for_each([&](basic_contact<Bits> const& c) {
            if (wanted(c)) all.push_back(c.id);
        });
        for (unsigned i = 0; i < 60; ++i) {
            key<Bits> const target = i == 0                   ? self
                                     : i == 1 && !all.empty() ? all[0]
                                     : i % 2 == 0             ? random_key<Bits>(rng)
                                                              : key_at_depth(self, i % 24, rng);
            std::size_t const count = 1 + below(rng, 20);
            std::sort(all.begin(), all.end(),
                      [&](auto const& a, auto const& b) { return (a ^ target) < (b ^ target); });
            std::vector<key<Bits>> const expected(
                all.begin(),
                all.begin() + static_cast<std::ptrdiff_t>(std::min(count, all.size())));
            std::vector<key<Bits>> found;
            for (auto const& c : t.closest_to(target, count, wanted))
                found.push_back(c.id);
            CAPTURE(round, i, count);
            CHECK((found == expected));
        }
    }
}

TEST_CASE("a table of random history keeps its promises") {
    seeded_random rng{18};
    routing_table t = empty_table();
    std::vector<contact> seen;
    for (std::uint32_t n = 0; n < 6000; ++n) {
        auto const what = below(rng, 10);
        if (what < 6 || seen.empty()) {
            auto const depth = static_cast<unsigned>(below(rng, 9));
            seen.push_back(answered(key_at_depth(own, depth, rng), far_apart(n), second(n)));
            t.suggest(heard(seen.back().id, seen.back().at, second(n)));
        }
        contact const& c = seen[static_cast<std::size_t>(below(rng, seen.size()))];
        if (what == 1 || what == 2) t.confirm(c);
        if (what == 7) t.failed(c.id, 3);
        if (what == 8) t.remove(c.id);
        if (what == 9 && below(rng, 200) == 0) t.change_own_id(own);
    }
    std::set<key160> ids;
    std::set<endpoint> places;
    std::size_t live = 0;
    t.for_each([&](contact const& c) {
        CHECK(t.find(c.id)->at == c.at);
        CHECK(t.find(c.at)->id == c.id);
        CHECK(t.is_live(c.id));
        CHECK(c.verified());
        ids.insert(c.id);
        places.insert(c.at);
        ++live;
    });
    t.for_each_spare([&](contact const& c) {
        CHECK_FALSE(t.is_live(c.id));
        ids.insert(c.id);
        places.insert(c.at);
    });
    CHECK(live > 100);
    CHECK(live == t.size());
    CHECK(ids.size() == t.size() + t.spares());
    CHECK(places.size() == ids.size());
    for (unsigned d = 0; d < t.depth(); ++d) {
        CHECK(t.size_at(d) <= t.capacity_at(d));
        CHECK(spares_at(t, d) <= 8);
    }
}

TEST_CASE("hearsay keeps nobody out who has answered") {
    routing_table t = empty_table();
    SECTION("by naming its address with another id") {
        t.suggest(heard(key_of("02"), {far_apart(1).ip, 99}));
        CHECK(t.confirm(answered(key_of("01"), far_apart(1))) == placement::live);
    }
    SECTION("by naming its id at another address") {
        t.suggest(heard(key_of("01"), far_apart(2)));
        CHECK(t.confirm(answered(key_of("01"), far_apart(1))) == placement::live);
    }
    SECTION("by naming its whole subnet") {
        t.suggest(heard(key_of("02"), neighbour(2)));
        CHECK(t.confirm(answered(key_of("01"), neighbour(1))) == placement::live);
    }
    CHECK(t.size() == 1);
    CHECK(t.is_live(key_of("01")));
}

TEST_CASE("a spare that answers is measured by the limits anew") {
    routing_table t = empty_table();
    t.suggest(heard(key_of("02"), {far_apart(1).ip, 99}));
    t.confirm(answered(key_of("01"), far_apart(1)));
    CHECK(t.confirm(answered(key_of("02"), {far_apart(1).ip, 99})) == placement::duplicate);
    CHECK(t.size() + t.spares() == 1);
}

TEST_CASE("whoever is in the table is found by id and by place, and nobody else") {
    subnet_limits const limits = GENERATE(limited, unlimited);
    routing_table t = empty_table(limits);
    seeded_random chance{11};
    std::vector<contact> pool;
    for (std::uint32_t i = 0; i < 600; ++i) {
        key160 id;
        chance.fill(id.bytes);
        contact c = answered(id, far_apart(0));
        // Some 40 providers of each family, one address or another twice.
        auto const n = static_cast<std::uint32_t>(below(chance, 4'000));
        std::array<std::byte, 16> v6{std::byte{0x26}, std::byte{7}};
        v6[4] = static_cast<std::byte>(n % 40);
        v6[7] = static_cast<std::byte>(n / 40);
        c.at.ip = i % 3 == 0 ? address::from(v6) : address::v4(0x20000000U + (n % 40 << 16U) + n);
        c.at.port = static_cast<std::uint16_t>(1 + n % 5);
        if (i % 2 == 0) c.last_reply = coarse_time::unset;
        pool.push_back(c);
    }
    auto const all_of = [&] {
        std::vector<contact> all;
        auto const note = [&](contact const& c) { all.push_back(c); };
        t.for_each(note);
        t.for_each_spare(note);
        return all;
    };
    for (unsigned step = 0; step < 3'000; ++step) {
        contact const& c = pool[static_cast<std::size_t>(below(chance, pool.size()))];
        auto const what = below(chance, 8);
        if (what == 0)
            t.remove(c.id);
        else if (c.verified())
            t.confirm(c);
        else
            t.suggest(c);
        if (step == 1'500) t.change_own_id(key_of("c3"));
        if (step % 50 != 0) continue;
        auto const all = all_of();
        for (contact const& p : pool) {
            bool const in =
                std::any_of(all.begin(), all.end(), [&](contact const& a) { return a.id == p.id; });
            bool const there =
                std::any_of(all.begin(), all.end(), [&](contact const& a) { return a.at == p.at; });
            REQUIRE(t.find(p.id).has_value() == in);
            REQUIRE(t.find(p.at).has_value() == there);
        }
    }
    CHECK(all_of().size() > 40);
}

TEST_CASE("a table that lives for years tells old from new as long as it matters") {
    routing_table t = empty_table();
    key160 const silent = key_of("01");
    key160 const talking = key_of("02");
    t.confirm(answered(silent, far_apart(1), second(100)));
    for (std::int64_t now_s = 200; now_s < 100'000'000; now_s += 10'000) {
        t.confirm(answered(talking, far_apart(2), second(now_s)));
        REQUIRE(t.find(talking)->last_heard == coarse(second(now_s)));
        duration const silence = seconds{std::min<std::int64_t>(now_s - 100, 32'400)};
        REQUIRE(age(t.find(silent)->last_heard, second(now_s)) >= silence);
        REQUIRE(t.find(silent)->verified());
    }
}

TEST_CASE("updates change what is known of a contact, not who it is") {
    routing_table t = empty_table();
    key160 const id = key_of("01");
    contact const before = answered(id, far_apart(1), second(10));
    t.confirm(before);
    auto const all_new = [](contact& c) {
        c = answered(key_of("02"), far_apart(2), second(20));
        c.rtt_ms = 30;
        c.failures = 4;
        c.plausible = true;
    };
    CHECK(t.update(id, all_new));
    CHECK_FALSE(t.update(key_of("02"), all_new));
    contact const after = *t.find(id);
    CHECK(after.id == id);
    CHECK(after.at == before.at);
    CHECK(after.last_reply == coarse(second(20)));
    CHECK(after.last_heard == coarse(second(20)));
    CHECK(after.rtt_ms == 30);
    CHECK(after.failures == 4);
    CHECK(after.plausible);
}
