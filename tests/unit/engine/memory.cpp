#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include "bench.hpp"
#include "heap.hpp"

// Bytes of a node in memory, its own and those that it took from the heap. A world has a million of
// them, so they have a budget.

using namespace bench;
using dht::test::answered;
using dht::test::far_apart;
using dht::test::key_at_depth;

namespace {

using node_type = dht::node<seeded_random>;

instant const now{seconds{1'000}};

node_id const own = to_node_id(dht::test::key_of("5a5a"));

/// A snapshot of a node that met others of a network of a million: of each bucket as many as fill
/// it and its spares, or all that there are.
std::vector<std::byte> acquaintances() {
    std::vector<std::byte> bytes;
    seeded_random chance{1};
    saved_writer out{bytes, engine::snapshot_name, engine::snapshot_format};
    out.number(std::uint64_t{1'000});
    out.section("self", [&] {
        out.place(at(0x01020304));
        out.bytes(own.bytes);
        out.number(std::uint64_t{0}); // no estimate of the network's size
        out.number(std::uint8_t{0});
        std::uint32_t met = 0;
        for (std::uint32_t depth = 0, there = 500'000; there > 0; ++depth, there /= 2)
            for (std::uint32_t i = 0; i < there && i < 400; ++i) {
                key160 const id = key_at_depth<160>(own, depth, chance);
                engine::save_contact(out, answered(id, far_apart(met++), now), now);
            }
    });
    out.end();
    return bytes;
}

struct usage {
    std::size_t bytes = 0;
    std::size_t live = 0;
};

usage usage_of(settings const& s, std::vector<std::byte> const& snapshot) {
    std::size_t const before = heap.bytes;
    node_type node{s, seeded_random{1}};
    node.open(now, at(0x01020304));
    if (!snapshot.empty()) REQUIRE(node.restore(now, snapshot) == errc::ok);
    return {sizeof node + heap.bytes - before, node.good_contacts(0)};
}

} // namespace

TEST_CASE("a node stays within its bytes") {
    struct {
        std::uint8_t shallow;
        std::uint8_t spares;
        std::size_t fresh_max;
        std::size_t full_max;
    } const budgets[] = {
        {128, 0, 2'048, 56'000},
        {128, 8, 2'048, 56'000},
        {8, 0, 2'048, 56'000},
        {8, 8, 2'048, 56'000},
    };

    auto const all = acquaintances();
    for (auto const& b : budgets) {
        settings s;
        if (b.shallow == 8) s.buckets.shallow.fill(8);
        s.buckets.spares = b.spares;
        usage const fresh = usage_of(s, {});
        usage const full = usage_of(s, all);
        WARN("bytes with " << +b.shallow << " in the first bucket and " << +b.spares << " spares: "
                           << fresh.bytes << ", with " << full.live << " contacts: " << full.bytes);
        CHECK(fresh.bytes <= b.fresh_max);
        CHECK(full.bytes <= b.full_max);
    }
}
