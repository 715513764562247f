#include "../../catch.hpp"
#include "../../counted_heap.hpp"
#include "item_samples.hpp"
#include "peer_samples.hpp"

// What a kept item or peer costs, counted where it is taken: the bytes that operator new was asked
// for and did not get back.

using namespace dht;
using namespace dht::test;

namespace {

std::string const hundred_bytes = "97:" + std::string(97, 'x');

settings roomy(std::uint32_t items) {
    settings s;
    s.items_max = 2 * items;
    s.items_bytes_max = 1'000 * s.items_max;
    s.items_per_source_max = 60'000;
    return s;
}

/// Bytes of an item, of so many, each from a source of its own or all from one.
std::size_t bytes_per_item(std::uint32_t items, bool own_sources, item_view const& item) {
    memory_item_store s = store_of(roomy(items));
    std::size_t const before = heap.bytes;
    for (std::uint32_t n = 0; n < items; ++n)
        s.put(second(0), from(own_sources ? n : 0), name(n), item);
    REQUIRE(s.items() == items);
    return (heap.bytes - before) / items;
}

} // namespace

TEST_CASE("an item of 100 bytes takes some 200 bytes, and its source some 30 more") {
    CHECK(bytes_per_item(1'000, false, immutable(hundred_bytes)) <= 96 + 100 + 20);
    CHECK(bytes_per_item(1'000, true, immutable(hundred_bytes)) <= 96 + 100 + 45);
    CHECK(bytes_per_item(50'000, false, immutable(hundred_bytes)) <= 96 + 100 + 24);
    // k, sig and a salt of four bytes
    CHECK(bytes_per_item(1'000, false, mutable_item(hundred_bytes, 1)) <= 96 + 200 + 20);
}

TEST_CASE("an item that expires gives its memory back") {
    memory_item_store s = store_of(roomy(1'000));
    std::size_t const before = heap.bytes;
    for (std::uint32_t n = 0; n < 1'000; ++n)
        s.put(second(n), from(0), name(n), immutable(hundred_bytes));
    std::size_t const full = heap.bytes - before;
    for (int i = 0; i < 4; ++i)
        s.expire(second(7'200 + 500));
    CHECK(heap.bytes - before < full / 2 + 10'000);
    for (int i = 0; i < 4; ++i)
        s.expire(second(9'000));
    CHECK(heap.bytes - before < 1'000); // the table of sources stays as large as it was
}

TEST_CASE("renewing, getting and refusing an item takes nothing from the heap") {
    memory_item_store s = store_of(roomy(10));
    s.put(second(0), from(0), name(1), mutable_item(hundred_bytes, 1));
    std::size_t const before = heap.bytes;
    s.put(second(1), from(1), name(1), mutable_item(hundred_bytes, 1));
    s.put(second(1), from(1), name(1), mutable_item("1:a", 0));
    s.put(second(1), from(1), name(1), mutable_item("1:a", 2, 9));
    s.accepts(second(1), name(1), from(2));
    s.accepts(second(1), name(2), from(2));
    CHECK(s.get(second(1), name(1)));
    CHECK(heap.bytes == before);
    s.put(second(1), from(1), name(1), mutable_item("1:a", 2)); // 97 bytes fewer, to the byte
    CHECK(before - heap.bytes == 97);
}

namespace {

/// A store of peers, each a source of its own, over torrents of the same size.
memory_peer_store full_of(std::uint32_t peers, std::uint32_t torrents,
                          stored_peer (*nth)(std::uint32_t)) {
    settings s;
    s.peers_max = 2 * peers;
    s.torrents_max = 2 * torrents;
    memory_peer_store store = peer_store_of(s);
    for (std::uint32_t n = 0; n < peers; ++n)
        store.announce(instant{} + milliseconds{n}, hash(n % torrents), nth(n));
    REQUIRE(store.peers() == peers);
    return store;
}

stored_peer nth_v4(std::uint32_t n) {
    return {{address::v4(0x02000000U + n * 97), 6881}, n % 5 == 0};
}

stored_peer nth_v6(std::uint32_t n) {
    return peer6(n);
}

} // namespace

TEST_CASE("an IPv4 peer takes at most 28 bytes, with its share of the torrent and its source") {
    std::size_t const before = heap.bytes;
    {
        memory_peer_store const s = full_of(100'000, 10'000, nth_v4);
        CHECK((heap.bytes - before) / s.peers() <= 28);
    }
    CHECK(heap.bytes == before);
    memory_peer_store const six = full_of(100'000, 10'000, nth_v6);
    CHECK((heap.bytes - before) / six.peers() <= 44);
}

TEST_CASE("a torrent of one peer takes some 130 bytes, a peer of a large one some 20") {
    std::size_t const before = heap.bytes;
    {
        memory_peer_store const s = full_of(50'000, 50'000, nth_v4);
        CHECK((heap.bytes - before) / s.keys() <= 130);
    }
    memory_peer_store const large = full_of(50'000, 50, nth_v4);
    CHECK((heap.bytes - before) / large.peers() <= 20);
}

TEST_CASE("peers that expire give their memory back") {
    std::size_t const before = heap.bytes;
    memory_peer_store s = full_of(50'000, 5'000, nth_v4);
    std::size_t const full = heap.bytes - before;
    instant now = second(2'700 + 25);
    while (s.expire(now) == now + seconds{1})
        now += seconds{1};
    CHECK(s.peers() < 27'000);
    CHECK(heap.bytes - before < full * 3 / 4);
    for (now = second(2'751); s.expire(now) != never;)
        now += seconds{1};
    CHECK(s.peers() == 0);
    CHECK(heap.bytes - before < 20'000); // the calendars stay
}

TEST_CASE("renewing, sampling and refusing a peer takes nothing from the heap") {
    settings few;
    few.peers_per_torrent_max = 100;
    memory_peer_store s = peer_store_of(few);
    for (std::uint32_t n = 0; n < 100; ++n)
        s.announce(second(n), hash(1), peer(n));
    std::array<std::byte, 256> seeds{};
    std::array<std::byte, 256> leeches{};
    s.filters(second(100), hash(1), {seeds, leeches});
    std::size_t const before = heap.bytes;
    seeded_random rng{5};
    std::array<endpoint, 50> some{};
    std::size_t welcome = 0;
    for (std::uint32_t n = 0; n < 100; ++n) {
        s.announce(second(200 + n), hash(1), peer(n));
        welcome += s.accepts(second(200 + n), hash(2), far_apart(n).ip);
        s.announce(second(200 + n), hash(1), peer(500 + n));
        s.sample(second(200 + n), hash(1), {}, rng, some);
        s.filters(second(200 + n), hash(1), {seeds, leeches});
    }
    CHECK(heap.bytes == before);
    CHECK(welcome == 100);
}
