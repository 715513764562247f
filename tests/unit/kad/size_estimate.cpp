#include <dht/kad/size_estimate.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <cmath>

using namespace dht;
using namespace dht::test;

namespace {

/// The ids that are closest to `target` in a network of `nodes` uniform ones: their distances are
/// the first points of a Poisson process.
std::vector<key160> closest_of(double nodes, key160 const& target, std::size_t k,
                               seeded_random& rng) {
    std::vector<key160> ids;
    double distance = 0;
    for (std::size_t i = 0; i < k; ++i) {
        distance -= std::log(uniform(rng)) / nodes;
        key160 d;
        store_big_endian(d.bytes.data(),
                         static_cast<std::uint64_t>(distance * 18446744073709551616.0));
        ids.push_back(target ^ d);
    }
    return ids;
}

struct spread {
    double mean = 0;
    double deviation = 0;
};

/// How estimates from `lookups` lookups scatter, relative to the truth.
spread relative_spread(double nodes, unsigned lookups) {
    seeded_random rng{lookups};
    unsigned const rounds = 3'000;
    double sum = 0;
    double squares = 0;
    for (unsigned i = 0; i < rounds; ++i) {
        size_estimate e;
        for (unsigned m = 0; m < lookups; ++m) {
            key160 const target = random_key(rng);
            e.observe(target, closest_of(nodes, target, 8, rng));
        }
        double const ratio = e.nodes() / nodes;
        sum += ratio;
        squares += ratio * ratio;
    }
    double const mean = sum / rounds;
    return {mean, std::sqrt(squares / rounds - mean * mean)};
}

} // namespace

TEST_CASE("nothing is known before the first lookup, and one id tells nothing") {
    size_estimate e;
    CHECK(e.nodes() == 0);
    e.observe(key160{}, std::vector<key160>{});
    e.observe(key160{}, std::vector{key_of("01")});
    CHECK(e.nodes() == 0);
    CHECK(e.lookups() == 0);
}

TEST_CASE("evenly spaced ids give exactly their number") {
    std::vector<key160> ids;
    for (unsigned i = 1; i <= 8; ++i) {
        key160 k;
        k.bytes[1] = static_cast<std::byte>(i); // i / 65 536 of the key space
        ids.push_back(k);
    }
    size_estimate e;
    e.observe(key160{}, ids);
    CHECK(e.nodes() == Approx(65'536).epsilon(1e-9));
    CHECK(e.lookups() == 1);
}

TEST_CASE("the estimate scatters by 0.39 / sqrt(lookups) around the truth") {
    for (unsigned const lookups : {9U, 16U, 49U}) {
        spread const s = relative_spread(2e6, lookups);
        double const predicted = 0.39 / std::sqrt(lookups);
        CAPTURE(lookups, s.mean, s.deviation, predicted);
        CHECK(s.mean == Approx(1 + predicted * predicted).margin(0.02));
        CHECK(s.deviation > 0.85 * predicted);
        CHECK(s.deviation < 1.25 * predicted);
    }
}

TEST_CASE("old lookups fade: a network that grows is followed") {
    seeded_random rng{5};
    size_estimate e{32};
    auto const look = [&](double nodes) {
        key160 const target = random_key(rng);
        e.observe(target, closest_of(nodes, target, 8, rng));
    };
    for (int i = 0; i < 100; ++i)
        look(1e4);
    CHECK(e.nodes() == Approx(1e4).epsilon(0.25));
    CHECK(e.lookups() == 32);
    for (int i = 0; i < 300; ++i)
        look(1e6);
    CHECK(e.nodes() == Approx(1e6).epsilon(0.25));
}

TEST_CASE("an earlier run is continued") {
    size_estimate e{32};
    e.restore(5e6, 10);
    CHECK(e.nodes() == Approx(5e6));
    CHECK(e.lookups() == 10);
    e.restore(5e6, 1'000);
    CHECK(e.lookups() == 32);
    size_estimate unknown;
    unknown.restore(0, 10);
    unknown.restore(std::nan(""), 10);
    unknown.restore(1e300, 10);
    CHECK(unknown.nodes() == 0);
    CHECK(unknown.lookups() == 0);
}
