#include "../../catch.hpp"
#include "../../counted_heap.hpp"
#include "../kad/samples.hpp"
#include "bench.hpp"
#include <map>

// Bytes of a node in memory, its own and those that it took from the heap. A world has a million of
// them, so they have a budget.

using namespace bench;
using dht::test::answered;
using dht::test::far_apart;
using dht::test::heap;
using dht::test::key_at_depth;

namespace {

using node_type = dht::node<seeded_random>;

instant const restored_at{seconds{1'000}};

node_id const own = to_node_id(dht::test::key_of("5a5a"));

/// Nodes of a network of a million: of each bucket as many as fill it and its spares, or all that
/// there are.
std::map<endpoint, contact> neighbours() {
    std::map<endpoint, contact> all;
    seeded_random chance{1};
    for (std::uint32_t depth = 0, there = 500'000; there > 0; ++depth, there /= 2)
        for (std::uint32_t i = 0; i < there && i < 400; ++i) {
            endpoint const where = far_apart(static_cast<std::uint32_t>(all.size()));
            all[where] = answered(key_at_depth<160>(own, depth, chance), where, restored_at);
        }
    return all;
}

/// Of a node that has met them all.
std::vector<std::byte> snapshot_of(std::map<endpoint, contact> const& known) {
    std::vector<std::byte> bytes;
    saved_writer out{bytes, engine::snapshot_name, engine::snapshot_format};
    out.number(std::uint64_t{1'000});
    out.section("self", [&] {
        out.place(at(0x01020304));
        out.bytes(own.bytes);
        out.number(std::uint64_t{0}); // no estimate of the network's size
        out.number(std::uint8_t{0});
        for (auto const& [where, who] : known)
            engine::save_contact(out, who, restored_at);
    });
    out.end();
    return bytes;
}

/// Ten minutes in which all that is asked is answered, with no news. It has just tidied then; until
/// the next time a lookup of its own takes up to 1.6 KB.
void live(node_type& node, std::map<endpoint, contact> const& others) {
    while (auto const next = node.next_deadline()) {
        if (next->at > restored_at + minutes{10} + seconds{30}) return;
        node.advance(next->at);
        for (auto asked = drain(node); !asked.empty(); asked = drain(node))
            for (sent const& q : asked)
                node.receive(
                    next->at, 0, q.to,
                    as_bytes("d1:rd2:id20:" + std::string{as_text(others.at(q.to).id.bytes)} +
                             "5:nodes0:e" + tid_of(q) + "1:y1:re"));
    }
}

struct usage {
    std::size_t fresh = 0;
    std::size_t idle = 0; ///< joined, with all contacts that there is room for
    std::size_t live = 0; ///< of those
};

usage usage_of(settings const& s, std::map<endpoint, contact> const& others) {
    usage u;
    std::vector<std::byte> const snapshot = snapshot_of(others);
    std::size_t const before = heap.bytes;
    node_type node{s, seeded_random{1}};
    node.open(restored_at, at(0x01020304));
    u.fresh = sizeof node + heap.bytes - before;
    REQUIRE(node.restore(restored_at, snapshot) == errc::ok);
    live(node, others);
    u.idle = sizeof node + heap.bytes - before;
    u.live = node.good_contacts(0);
    return u;
}

} // namespace

TEST_CASE("a node stays within its bytes") {
    struct {
        std::uint8_t shallow;
        std::uint8_t spares;
        std::size_t live;
        std::size_t idle_max;
    } const budgets[] = {
        {128, 2, 347, 16'384},
        {128, 8, 347, 19'000},
        {8, 2, 139, 8'400},
        {8, 8, 139, 11'700},
    };

    auto const others = neighbours();
    for (auto const& b : budgets) {
        settings s;
        if (b.shallow == 8) s.buckets.shallow.fill(8);
        s.buckets.spares = b.spares;
        usage const u = usage_of(s, others);
        CAPTURE(b.shallow, b.spares);
        CHECK(u.fresh <= 2'048);
        CHECK(u.live == b.live);
        CHECK(u.idle <= b.idle_max);
    }
}
