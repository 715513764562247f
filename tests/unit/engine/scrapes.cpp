#include <dht/wire/bloom.hpp>
#include <dht/wire/krpc_encode.hpp>

#include "../../catch.hpp"
#include "bench.hpp"

// What a node answers to get_peers with scrape and noseed (BEP 33).

using namespace bench;

namespace {

struct scrape_server {
    instant now{seconds{100}};
    dht::node<seeded_random> node{settings{}, seeded_random{1}};
    info_hash const hash = to_info_hash(key160::from(as_bytes("a torrent's infohash")));

    scrape_server() {
        node.open(now, at(0x01020304));
        node.open(now, {*parse_address("2a00::1"), 6881});
        drain(node);
    }

    std::string ask(endpoint const& asker, std::string_view method, krpc::arguments const& args) {
        std::array<std::byte, 2'000> buffer;
        std::size_t const bytes = krpc::encode_query(
            buffer, {as_bytes("aa"), {}, to_node_id(key160::from(as_bytes(id_a))), true}, method,
            args);
        auto const out = bench::tell(node, now, asker, as_text(byte_view{buffer}.first(bytes)),
                                     asker.ip.is_v4() ? via_index{0} : via_index{1});
        return out.size() == 1 ? out[0].bytes : std::to_string(out.size()) + " answers";
    }

    std::string get_peers(info_hash const& of, bool scrape, bool noseed = false,
                          endpoint const& asker = at(0x05060708, 4000)) {
        krpc::get_peers args;
        args.hash = of;
        args.scrape = scrape;
        args.noseed = noseed;
        return ask(asker, "get_peers", args);
    }

    void announce(endpoint const& peer, bool seed) {
        std::string const reply = get_peers(hash, false, false, peer);
        krpc::announce_peer args;
        args.hash = hash;
        args.port = peer.port;
        args.seed = seed;
        std::string const token = reply.substr(reply.find("5:token16:") + 10, 16);
        args.token = as_bytes(token);
        REQUIRE(ask(peer, "announce_peer", args).find("1:rd2:id") != std::string::npos);
    }
};

bool has(std::string const& reply, std::string_view part) {
    return reply.find(part) != std::string::npos;
}

std::string field(std::string_view key, bloom_filter const& f) {
    return "4:" + std::string{key} + "256:" + std::string{as_text(f.bytes())};
}

/// How many contacts of six bytes the list of values holds.
std::size_t values_in(std::string const& reply) {
    std::size_t const begin = reply.find("6:valuesl");
    if (begin == std::string::npos) return 0;
    std::size_t count = 0;
    for (std::size_t at = begin + 9; reply.compare(at, 2, "6:") == 0; at += 8)
        ++count;
    return count;
}

endpoint leech(std::uint32_t n) {
    return at(0x20000000U + n * 0x10001U, 7000);
}

} // namespace

TEST_CASE("a scrape is answered with the filters of seeds and of leeches, and with values") {
    scrape_server s;
    s.announce(at(0x1a010101, 7001), true);
    s.announce(leech(1), false);
    s.announce(leech(2), false);
    s.announce({*parse_address("2a00:5::9"), 7002}, false);
    bloom_filter seeds;
    bloom_filter leeches;
    seeds.insert(address::v4(0x1a010101));
    leeches.insert(leech(1).ip);
    leeches.insert(leech(2).ip);
    leeches.insert(*parse_address("2a00:5::9"));
    std::string const reply = s.get_peers(s.hash, true);
    CHECK(has(reply, field("BFsd", seeds)));
    CHECK(has(reply, field("BFpe", leeches)));
    CHECK(values_in(reply) == 3);
    CHECK(has(reply, "5:token16:"));
}

TEST_CASE("there are no filters without a scrape, nor of a torrent that nobody has") {
    scrape_server s;
    s.announce(leech(1), true);
    std::string const plain = s.get_peers(s.hash, false);
    CHECK(values_in(plain) == 1);
    CHECK_FALSE(has(plain, "4:BF"));
    std::string const unknown = s.get_peers(info_hash{}, true);
    CHECK(has(unknown, "5:token16:"));
    CHECK_FALSE(has(unknown, "4:BF"));
}

TEST_CASE("who wants no seeds gets none, and still both filters") {
    scrape_server s;
    for (std::uint32_t n = 0; n < 10; ++n)
        s.announce(leech(n), n % 2 == 0);
    CHECK(values_in(s.get_peers(s.hash, false, true)) == 5);
    std::string const reply = s.get_peers(s.hash, true, true);
    CHECK(values_in(reply) == 5);
    CHECK(has(reply, "4:BFsd256:"));
    CHECK(has(reply, "4:BFpe256:"));
}

TEST_CASE("values make room for filters, so that the answer fits a datagram") {
    scrape_server s;
    for (std::uint32_t n = 0; n < 300; ++n)
        s.announce(leech(n), n % 3 == 0);
    std::string const plain = s.get_peers(s.hash, false);
    CHECK(values_in(plain) == 100);
    CHECK(plain.size() <= 1'024);
    std::string const reply = s.get_peers(s.hash, true);
    CHECK(has(reply, "4:BFsd256:"));
    CHECK(has(reply, "4:BFpe256:"));
    CHECK(values_in(reply) > 20);
    CHECK(reply.size() <= 1'024);
    CHECK(reply.size() > 1'016); // as many as there was room for
}
