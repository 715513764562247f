#include <dht/kad/met_nodes.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <map>

using namespace dht;
using namespace dht::test;

namespace {

template <class Nodes>
std::vector<key160> ids_of(Nodes const& nodes) {
    std::vector<key160> ids;
    for (auto const& n : nodes)
        ids.push_back(n.node.id);
    return ids;
}

node_contact node(key160 const& id, std::uint32_t place) {
    return {to_node_id(id), far_apart(place)};
}

} // namespace

TEST_CASE("nobody met, nobody known") {
    met_nodes met{4, hours{1}};
    CHECK(met.size() == 0);
    CHECK(met.closest_to<8>(key_of("01"), second(1)).empty());
    met.remove(key_of("01"));
    met_nodes none{0, hours{1}};
    none.add(node(key_of("01"), 1), true, second(1));
    CHECK(none.size() == 0);
}

TEST_CASE("a node met again is known as it is now") {
    met_nodes met{4, hours{1}};
    met.add(node(key_of("01"), 1), false, second(1));
    met.add(node(key_of("01"), 2), true, second(3'000));
    CHECK(met.size() == 1);
    auto const found = met.closest_to<8>(key_of("00"), second(6'000));
    REQUIRE(found.size() == 1);
    CHECK(found[0].node == node(key_of("01"), 2));
    CHECK(found[0].plausible);
}

TEST_CASE("who was met too long ago is nobody to begin with") {
    met_nodes met{4, hours{1}};
    met.add(node(key_of("01"), 1), true, second(1));
    met.add(node(key_of("02"), 2), true, second(1'000));
    CHECK(ids_of(met.closest_to<8>(key_of("00"), second(4'000))) ==
          std::vector<key160>{key_of("02")});
}

TEST_CASE("in a full memory the one met longest ago of a few gives way") {
    met_nodes met{8, hours{1}};
    for (std::uint8_t i = 0; i < 8; ++i)
        met.add(node(key_of(i == 5 ? "80" : "0" + std::to_string(i)), i), true,
                second(i == 5 ? 1 : 100));
    met.add(node(key_of("ff"), 9), true, second(200));
    CHECK(met.size() == 8);
    auto const left = ids_of(met.closest_to<16>(key_of("80"), second(200)));
    CHECK(std::find(left.begin(), left.end(), key_of("80")) == left.end());
    CHECK(left.front() == key_of("ff"));
}

TEST_CASE("the closest met are those of all that were met, whatever came and went") {
    seeded_random rng{3};
    met_nodes met{500, hours{1}};
    std::map<key160, endpoint> expected;
    for (std::uint32_t step = 0; step < 4'000; ++step) {
        key160 id = random_key(rng);
        if (step % 3 == 0) id.bytes[0] = id.bytes[1] = std::byte{0x5a};
        if (expected.size() < 500) {
            node_contact n = node(id, step);
            if (step % 5 == 4) n.at.ip = ip("2a02::" + std::to_string(step % 1'000));
            met.add(n, true, second(1));
            expected[id] = n.at;
        }
        if (step % 4 == 0) {
            auto const victim = std::next(expected.begin(),
                                          static_cast<std::ptrdiff_t>(below(rng, expected.size())));
            met.remove(victim->first);
            met.remove(random_key(rng));
            expected.erase(victim);
        }
        if (step % 40 != 0) continue;
        key160 const target = step % 80 == 0 ? key_of("5a5a") : random_key(rng);
        std::vector<key160> sorted;
        for (auto const& [known, at] : expected)
            sorted.push_back(known);
        std::sort(sorted.begin(), sorted.end(),
                  [&](key160 const& a, key160 const& b) { return (a ^ target) < (b ^ target); });
        sorted.resize(std::min<std::size_t>(sorted.size(), 16));
        auto const found = met.closest_to<16>(target, second(1));
        REQUIRE(ids_of(found) == sorted);
        for (auto const& n : found)
            REQUIRE(n.node.at == expected[n.node.id]);
    }
    CHECK(met.size() == expected.size());
    CHECK(met.size() > 400);
}
