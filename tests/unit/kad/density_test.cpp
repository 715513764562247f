#include <dht/kad/density_test.hpp>
#include <dht/kad/size_estimate.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <cmath>
#include <cstdio>

using namespace dht;
using namespace dht::test;

namespace {

/// By logarithms, term by term, from the far end.
double poisson_by_logarithms(unsigned count, double mean) {
    double sum = 0;
    for (unsigned i = count + 400; i-- > count;)
        sum += std::exp(i * std::log(mean) - mean - std::lgamma(i + 1.0));
    return sum;
}

/// The mean has a gamma law of that shape: Simpson's rule.
double poisson_averaged(unsigned count, double mean, unsigned shape) {
    double const low = std::max(1e-9, mean * (1 - 10 / std::sqrt(shape)));
    double const high = mean * (1 + 40 / std::sqrt(shape));
    constexpr int steps = 10'000;
    double sum = 0;
    for (int i = 0; i <= steps; ++i) {
        double const m = low + (high - low) * i / steps;
        double const weight =
            std::exp(shape * std::log(shape / mean) + (shape - 1.0) * std::log(m) -
                     shape * m / mean - std::lgamma(shape));
        double const simpson = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
        sum += simpson * weight * poisson_by_logarithms(count, m);
    }
    return sum * (high - low) / (3 * steps);
}

constexpr double network_size = 1e6;

/// The ids closest to zero when `sybils` are between it and the closest of the others.
std::vector<key160> closest_to_zero(std::size_t count, std::size_t sybils, seeded_random& rng) {
    double distance = -std::log(uniform(rng));
    std::vector<double> all;
    for (std::size_t i = 0; i < sybils; ++i)
        all.push_back(distance * uniform(rng));
    std::sort(all.begin(), all.end());
    for (; all.size() < count; distance -= std::log(uniform(rng)))
        all.push_back(distance);
    std::vector<key160> ids(count);
    for (std::size_t i = 0; i < count; ++i)
        store_big_endian(ids[i].bytes.data(),
                         static_cast<std::uint64_t>(all[i] / network_size * 0x1p64));
    return ids;
}

size_estimate estimate_of(unsigned lookups, seeded_random& rng) {
    size_estimate e;
    for (unsigned i = 0; i < lookups; ++i)
        e.observe(key160{}, closest_to_zero(8, 0, rng));
    return e;
}

density look(size_estimate const& size, std::size_t sybils, seeded_random& rng) {
    std::array<double, 20> expected{};
    auto const ids = closest_to_zero(20, sybils, rng);
    for (std::size_t i = 0; i < ids.size(); ++i)
        expected[i] = size.expected_within(ids[i]);
    return density_of(expected, size.certainty());
}

} // namespace

TEST_CASE("the chance of a crowd is Poisson's where the size is known") {
    for (unsigned const count : {1U, 2U, 7U, 8U, 20U})
        for (double const mean : {0.01, 0.5, 2.0, 8.0, 30.0}) {
            CAPTURE(count, mean);
            double const p = chance_of_crowd(count, mean, 1U << 30U);
            CHECK(p == Approx(poisson_by_logarithms(count, mean)).epsilon(2e-4));
        }
    CHECK(chance_of_crowd(3, 0, 400) == 0);
    CHECK(chance_of_crowd(0, 5, 400) == Approx(1));
}

TEST_CASE("where it is estimated, the chance is averaged over the sizes there may be") {
    for (unsigned const certainty : {28U, 112U, 448U})
        for (unsigned const count : {7U, 12U, 20U})
            for (double const mean : {1.0, 3.0, 6.0}) {
                CAPTURE(certainty, count, mean);
                CHECK(chance_of_crowd(count, mean, certainty) ==
                      Approx(poisson_averaged(count, mean, certainty)).epsilon(1e-6));
            }
}

TEST_CASE("an estimate deviates as much as one from all the nodes that it is as certain as") {
    seeded_random rng{1};
    size_estimate none;
    CHECK(none.certainty() == 0);
    CHECK(estimate_of(3, rng).certainty() == 0); // not to be relied on
    for (unsigned const lookups : {4U, 16U, 64U}) {
        constexpr int rounds = 2'000;
        double squares = 0;
        for (int i = 0; i < rounds; ++i) {
            double const error = network_size / estimate_of(lookups, rng).nodes() - 1;
            squares += error * error;
        }
        double const certainty = estimate_of(lookups, rng).certainty();
        CAPTURE(lookups, certainty);
        CHECK(std::sqrt(squares / rounds) == Approx(1 / std::sqrt(certainty)).epsilon(0.06));
    }
    CHECK(estimate_of(10, rng).expected_within(key160{}) == Approx(0).margin(1e-9));
}

TEST_CASE("Sybils that take the places of the closest are suspicious, honest nodes are not") {
    seeded_random rng{2};
    auto const share = [&](unsigned lookups, std::size_t sybils, int draws) {
        int found = 0;
        for (int i = 0; i < draws; ++i) {
            size_estimate const size = estimate_of(lookups, rng);
            for (int n = 0; n < 50; ++n)
                found += look(size, sybils, rng).suspicious() ? 1 : 0;
        }
        return found / (50.0 * draws);
    };
    for (unsigned const lookups : {4U, 16U, 64U}) {
        double const false_alarms = share(lookups, 0, 1'000); // 50 000: four or five expected
        std::printf("density test, %u lookups: false alarms %.5f", lookups, false_alarms);
        CAPTURE(lookups);
        CHECK(false_alarms <= 0.000'26);
        double const few = share(lookups, 8, 200);
        double const some = share(lookups, 16, 200);
        double const many = share(lookups, 64, 20);
        std::printf(", 8 Sybils %.3f, 16 %.4f, 64 %.4f\n", few, some, many);
        CHECK(many == 1);
        if (lookups < 64) continue;
        CHECK(few == Approx(0.765).margin(0.02)); // deviation 0.0043
        CHECK(some == Approx(0.993).margin(0.004));
    }
}

TEST_CASE("a crowd is told how large it is, and too few to be one are not looked at") {
    std::array<double, 20> expected{};
    for (std::size_t i = 0; i < expected.size(); ++i)
        expected[i] = i < 12 ? 0.5 : static_cast<double>(i - 8);
    density const around = density_of(expected, 448);
    CHECK(around.suspicious());
    CHECK(around.crowd == 12);
    CHECK(around.p_value == chance_of_crowd(12, 0.5, 448));
    CHECK(density_of(std::span{expected}.first(6), 448).p_value == 1);
    CHECK(density_of(std::span<double const>{}, 448).crowd == 0);
    std::array<double, 20> sparse{};
    for (std::size_t i = 0; i < sparse.size(); ++i)
        sparse[i] = 3.0 * static_cast<double>(i + 1);
    CHECK(density_of(sparse, 448).p_value == 1);
}
