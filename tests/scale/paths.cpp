#include <dht/secure/disjoint_paths.hpp>
#include <dht/secure/fair_source.hpp>
#include <dht/sim/path_model.hpp>

#include "../catch.hpp"

// Lookups among adversaries, in a network of 10 000 that stands still; bench_path_model draws more.

using namespace dht;

namespace {

/// S/Kademlia's figure 4 (Baumgart and Mies 2007), read off its plot to within 0.02: the share of
/// lookups that meet no adversary on one of d paths, for 5, 10, ... 90 % adversaries.
struct curve {
    unsigned paths;
    std::array<double, 18> success;
};

constexpr curve figure_4[] = {
    {1, {.96, .88, .83, .76, .68, .62, .56, .51, .46, .38, .33, .25, .24, .22, .17, .17, .13, .08}},
    {2, {1., .97, .97, .94, .90, .83, .77, .72, .68, .60, .55, .49, .46, .34, .26, .22, .15, .08}},
    {4, {1., 1., 1., 1., .99, .98, .92, .90, .86, .80, .76, .65, .54, .50, .36, .33, .18, .14}},
    {8, {1., 1., 1., 1., 1., .99, .98, .96, .91, .88, .84, .81, .76, .63, .54, .41, .32, .21}},
};

/// s = 16: the authors' simulator (OverSim, Kademlia.cc) keeps the 5 s closest nodes as siblings.
/// With 16 and no more, four points of the figure are missed, by 0.027 at most.
constexpr sim::path_model::plan long_lists{10'000, 16, 5 * 16};

} // namespace

TEST_CASE("S/Kademlia's figure 4 is reproduced to within a tenth") {
    sim::path_model model{long_lists, 1};
    for (auto const& [paths, success] : figure_4)
        for (std::size_t i = 0; i < success.size(); ++i) {
            double const adversaries = 0.05 * static_cast<double>(i + 1);
            CAPTURE(paths, adversaries);
            CHECK(model.run(2'000, paths, adversaries).success == Approx(success[i]).margin(0.1));
        }
}

TEST_CASE("a fair lookup finds the closest node among liars, where others do not") {
    sim::path_model model{{10'000, 16, 16}, 2};
    constexpr unsigned questions = 128;
    constexpr unsigned results = 16;

    struct {
        sim::liars how;
        double fair_of_80;   ///< share that a fair lookup finds when 80 % lie, at least
        double single_of_50; ///< and a single path when half do, at most
    } const cases[] = {
        {sim::liars::name_closest, 0.88, 0.7},
        {sim::liars::name_new, 0.88, 0.7},
        {sim::liars::name_anywhere, 0.88, 0.7},
        {sim::liars::name_falsely, 0.65, 1},
    };

    for (auto const& c : cases) {
        CAPTURE(static_cast<int>(c.how));
        auto const run = [&](auto const& strategy, unsigned lookups, double adversaries) {
            return model.run(strategy, lookups, adversaries, c.how, questions, results);
        };
        CHECK(run(fair_source<>{}, 500, 0).asked < 2.5);
        auto const fair = run(fair_source<>{}, 1'000, 0.5);
        CHECK(fair.success >= 0.998);
        CHECK(fair.asked < 11);
        CHECK(run(fair_source<>{}, 300, 0.8).success > c.fair_of_80);
        CHECK(run(disjoint_paths<8>{}, 500, 0.3).success > 0.98);
        CHECK(run(single_path{}, 500, 0.5).success <= c.single_of_50);
    }
}
