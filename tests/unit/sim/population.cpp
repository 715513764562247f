#include <dht/sim/population.hpp>

#include "../../catch.hpp"
#include <map>

using namespace dht;
using sim::population;

namespace {

population of_size(std::uint32_t count, std::uint64_t seed) {
    sim::dice chance{seed};
    std::vector<population::member> members;
    for (std::uint32_t who = 0; who < count; ++who)
        members.push_back({sim::random_key(chance), who});
    return population{members};
}

std::vector<population::member> closest_of_all(population const& p, key160 const& target) {
    std::vector<population::member> all{p.everybody().begin(), p.everybody().end()};
    std::sort(all.begin(), all.end(),
              [&](auto const& a, auto const& b) { return closer(a.id, b.id, target); });
    return all;
}

} // namespace

TEST_CASE("the oracle names the closest as whoever compares all of them") {
    sim::dice chance{9};
    for (std::uint32_t const size : {0U, 1U, 7U, 300U}) {
        population const p = of_size(size, size);
        for (int i = 0; i < 30; ++i) {
            key160 const target =
                i == 0 && size > 0 ? p.everybody()[0].id : sim::random_key(chance);
            auto expected = closest_of_all(p, target);
            CHECK(p.true_closest(target, size) == expected);
            std::erase_if(expected, [](auto const& m) { return m.who % 3 == 0; });
            expected.resize(std::min<std::size_t>(8, expected.size()));
            CHECK(p.true_closest(target, 8, [](std::uint32_t who) { return who % 3 != 0; }) ==
                  expected);
        }
    }
}

TEST_CASE("a subtree is whoever shares the prefix") {
    population const p = of_size(500, 4);
    sim::dice chance{5};
    for (unsigned depth = 0; depth < 12; ++depth) {
        key160 const prefix = sim::random_key(chance);
        auto const inside = [&](population::member const& m) {
            return common_prefix_length(m.id, prefix) >= depth;
        };
        auto const tree = p.subtree(prefix, depth);
        CHECK(std::all_of(tree.begin(), tree.end(), inside));
        auto const all = p.everybody();
        CHECK(std::count_if(all.begin(), all.end(), inside) ==
              static_cast<std::ptrdiff_t>(tree.size()));
    }
    CHECK(p.find(p.everybody()[17].id) == &p.everybody()[17]);
    CHECK(p.find(sim::random_key(chance)) == nullptr);
}

TEST_CASE("ids that differ in nothing are found, too") {
    key160 const same{};
    population const p{{{same, 1}, {same, 2}, {same, 3}}};
    CHECK(p.subtree(same, 160).size() == 3);
    CHECK(p.true_closest(same, 3).size() == 3);
}

TEST_CASE("samples are of different members, everybody as often as everybody else") {
    population const p = of_size(200, 6);
    key160 const prefix = p.everybody()[60].id;
    std::size_t const inside = p.subtree(prefix, 2).size();
    sim::dice chance{7};
    std::map<std::uint32_t, int> times;
    constexpr int rounds = 4'000;
    for (int i = 0; i < rounds; ++i) {
        auto const drawn = p.sample_in(prefix, 2, 8, chance);
        std::map<std::uint32_t, int> once;
        for (auto const& m : drawn)
            ++once[m.who], ++times[m.who];
        REQUIRE(once.size() == 8);
    }
    CHECK(times.size() == inside);
    double const expected = 8.0 * rounds / static_cast<double>(inside);
    for (auto const& [who, count] : times)
        CHECK(count == Approx(expected).margin(5 * std::sqrt(expected)));
    CHECK(p.sample_in(prefix, 2, 1'000, chance).size() == inside);
}
