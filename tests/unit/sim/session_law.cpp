#include <dht/sim/session_law.hpp>

#include "../../catch.hpp"
#include <algorithm>
#include <vector>

// Sessions against what the literature and the calculus say of them.

using namespace dht;

namespace {

constexpr unsigned draws = 40'000;

double in_minutes(duration d) {
    return static_cast<double>(d.count()) / 60e6;
}

template <class Draw>
std::vector<double> sample(Draw draw) {
    sim::dice chance{7};
    std::vector<double> values;
    for (unsigned i = 0; i < draws; ++i)
        values.push_back(draw(chance));
    std::sort(values.begin(), values.end());
    return values;
}

double mean(std::vector<double> const& values) {
    double sum = 0;
    for (double const v : values)
        sum += v / static_cast<double>(values.size());
    return sum;
}

double quantile(std::vector<double> const& sorted, double share) {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size()))];
}

double share_above(std::vector<double> const& sorted, double limit) {
    auto const first = std::upper_bound(sorted.begin(), sorted.end(), limit);
    return static_cast<double>(sorted.end() - first) / static_cast<double>(sorted.size());
}

std::vector<double> newcomers(sim::session_law const& law) {
    return sample([&](sim::dice& chance) { return in_minutes(law.newcomer(chance)); });
}

std::vector<double> rests(sim::session_law const& law) {
    return sample([&](sim::dice& chance) { return in_minutes(law.resident(chance).rest); });
}

std::vector<double> ages(sim::session_law const& law) {
    return sample([&](sim::dice& chance) { return in_minutes(law.resident(chance).age); });
}

/// How well age tells who will still be there: the chance that of two, one who stays and one who
/// goes, the older one stays.
double foresight(sim::session_law const& law, double horizon) {
    sim::dice chance{8};
    std::vector<std::pair<double, bool>> all;
    for (unsigned i = 0; i < draws; ++i) {
        auto const p = law.resident(chance);
        all.emplace_back(in_minutes(p.age), in_minutes(p.rest) > horizon);
    }
    std::sort(all.begin(), all.end());
    double pairs = 0;
    double gone = 0;
    double right = 0;
    for (auto const& [age, stays] : all) {
        gone += stays ? 0 : 1;
        right += stays ? gone : 0;
    }
    pairs = gone * (static_cast<double>(all.size()) - gone);
    return right / pairs;
}

} // namespace

TEST_CASE("draws have the mean and the deviation of their law") {
    auto const moments = [](auto draw, double expected_mean, double expected_deviation) {
        auto const values = sample(draw);
        double const m = mean(values);
        double square = 0;
        for (double const v : values)
            square += (v - m) * (v - m) / draws;
        CHECK(m == Approx(expected_mean).margin(5 * expected_deviation / std::sqrt(draws)));
        CHECK(std::sqrt(square) == Approx(expected_deviation).epsilon(0.05));
    };
    moments([](sim::dice& c) { return sim::exponential(c); }, 1, 1);
    moments([](sim::dice& c) { return sim::normal(c); }, 0, 1);
    moments([](sim::dice& c) { return sim::gamma(c, 1); }, 1, 1);
    moments([](sim::dice& c) { return sim::gamma(c, 2.667); }, 2.667, std::sqrt(2.667));
    moments([](sim::dice& c) { return sim::weibull(c, 2, 3); }, 2.6587, 1.3898);
    CHECK(quantile(sample([](sim::dice& c) { return sim::lognormal(c, 4, 0.8); }), 0.5) ==
          Approx(4).epsilon(0.03));
}

TEST_CASE("sessions have the means and medians that were measured") {
    auto const check = [](sim::session_law const& law, double mean_min, double median_min) {
        auto const values = newcomers(law);
        CHECK(in_minutes(law.mean()) == Approx(mean_min).epsilon(0.01));
        CHECK(mean(values) == Approx(mean_min).epsilon(0.05));
        CHECK(quantile(values, 0.5) == Approx(median_min).epsilon(0.05)); // 3 deviations of wmd
    };
    check(sim::sessions::w60, 323, 117);
    check(sim::sessions::wmd, 1'334, 200);
    check(sim::sessions::kad, 249, 93);
    check(sim::sessions::bam, 2.02, 1.4);
    CHECK(share_above(newcomers(sim::sessions::wmd), 9'000) == Approx(0.03).margin(0.003));
}

TEST_CASE("who is online stays as long as the theory of renewal says") {
    auto const survive = [](sim::session_law const& law, double after_min) {
        return share_above(rests(law), after_min);
    };
    CHECK(survive(sim::sessions::w60, 10) == Approx(0.974).margin(0.004));
    CHECK(survive(sim::sessions::w60, 60) == Approx(0.862).margin(0.008));
    CHECK(survive(sim::sessions::w60, 360) == Approx(0.492).margin(0.012));
    CHECK(survive(sim::sessions::wmd, 10) == Approx(0.9935).margin(0.002));
    CHECK(survive(sim::sessions::wmd, 60) == Approx(0.966).margin(0.004));
    CHECK(survive(sim::sessions::wmd, 360) == Approx(0.851).margin(0.008));
    CHECK(survive(sim::sessions::bam, 1.4) == Approx(0.5).margin(0.012));
    // Age and rest have one law.
    CHECK(quantile(ages(sim::sessions::w60), 0.5) ==
          Approx(quantile(rests(sim::sessions::w60), 0.5)).epsilon(0.05));
}

TEST_CASE("age tells as much about the future as the law lets it") {
    CHECK(foresight(sim::sessions::w60, 10) == Approx(0.662).margin(0.02));
    CHECK(foresight(sim::sessions::w60, 60) == Approx(0.646).margin(0.012));
    CHECK(foresight(sim::sessions::w60, 360) == Approx(0.633).margin(0.01));
    CHECK(foresight(sim::sessions::wmd, 60) == Approx(0.755).margin(0.02));
    CHECK(foresight(sim::sessions::bam, 1.4) == Approx(0.5).margin(0.01));
}

TEST_CASE("a mixture has its shares of who is online, and more of the short ones among arrivals") {
    sim::session_law const& law = sim::sessions::ipfs25;
    auto const online = rests(law);
    auto const arriving = newcomers(law);
    // 87 % of 240 h on average, 13 % of w60: what is left of a session has the mean of the
    // exponential part, the median lies far above that of w60.
    CHECK(share_above(online, 14'400) == Approx(0.87 * 0.3679).margin(0.012));
    CHECK(in_minutes(law.mean()) == Approx(1 / (0.87 / 14'400 + 0.13 / 323.5)).epsilon(0.01));
    CHECK(mean(arriving) == Approx(in_minutes(law.mean())).epsilon(0.06));
    CHECK(quantile(arriving, 0.5) < 200);
}
