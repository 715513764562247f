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

/// How well a score tells who will still be there: the chance that of two, one who stays and one
/// who goes, the one who stays has the higher score.
double foresight(std::vector<std::pair<double, bool>> all) {
    std::sort(all.begin(), all.end());
    double pairs = 0;
    double gone = 0;
    double right = 0;
    for (auto const& [score, stays] : all) {
        gone += stays ? 0 : 1;
        right += stays ? gone : 0;
    }
    pairs = gone * (static_cast<double>(all.size()) - gone);
    return right / pairs;
}

double foresight(sim::session_law const& law, double horizon) {
    sim::dice chance{8};
    std::vector<std::pair<double, bool>> all;
    for (unsigned i = 0; i < draws; ++i) {
        auto const p = law.resident(chance);
        all.emplace_back(in_minutes(p.age), in_minutes(p.rest) > horizon);
    }
    return foresight(std::move(all));
}

// -- what the laws must be, by numerical integration

template <class F>
double integral(double from, double to, F&& f) {
    constexpr int steps = 2'000;
    double const step = (to - from) / steps;
    double sum = 0;
    for (int i = 0; i < steps; ++i)
        sum += step * f(from + (i + 0.5) * step);
    return sum;
}

/// Of a Weibull law; times in minutes.
struct weibull {
    double shape;
    double scale;

    [[nodiscard]] double survival(double t) const { return std::exp(-std::pow(t / scale, shape)); }

    [[nodiscard]] double hazard(double t) const {
        return shape / scale * std::pow(t / scale, shape - 1);
    }

    [[nodiscard]] double mean() const { return scale * std::tgamma(1 + 1 / shape); }

    [[nodiscard]] double quantile(double share) const {
        return scale * std::pow(-std::log(1 - share), 1 / shape);
    }

    /// Of who is online at a moment, from then on.
    [[nodiscard]] double rest_survival(double t) const {
        return 1 - integral(0, t, [&](double s) { return survival(s); }) / mean();
    }
};

/// Of the nodes of h12: f of each node's law, all nodes weighted by w of theirs.
template <class F, class W>
double over_nodes(F&& f, W&& w) {
    double all = 0;
    double const sum = integral(-6, 8, [&](double z) {
        weibull const own{0.9, 120 * std::exp(1.2 * z)};
        double const weight = w(own) * std::exp(-z * z / 2);
        all += weight * 14 / 2'000;
        return weight * f(own);
    });
    return sum / all;
}

template <class F>
double of_arrivals(F&& f) {
    return over_nodes(f, [](weibull const&) { return 1.0; });
}

template <class F>
double of_residents(F&& f) {
    return over_nodes(f, [](weibull const& own) { return own.mean(); });
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

TEST_CASE("the swarms of the trace archive have their quantiles, arriving and online") {
    auto const check = [](sim::session_law const& law, double scale_min, double shape) {
        INFO("scale " << scale_min);
        weibull const expected{shape, scale_min};
        CHECK(in_minutes(law.mean()) == Approx(expected.mean()).epsilon(0.0001));
        auto const arriving = newcomers(law);
        for (double const share : {0.1, 0.5, 0.9})
            CHECK(quantile(arriving, share) == Approx(expected.quantile(share)).epsilon(0.08));
        auto const online = rests(law);
        for (double const after : {60.0, 1'000.0})
            CHECK(share_above(online, after) ==
                  Approx(expected.rest_survival(after)).margin(0.012));
    };
    check(sim::sessions::t6_05, 287.93, 0.63);
    check(sim::sessions::t6_09, 246.24, 0.67);
    check(sim::sessions::t7_05, 205.71, 0.62);
    check(sim::sessions::t7_09, 222.56, 0.60);
    check(sim::sessions::t8_05, 203.09, 0.61);
    check(sim::sessions::t8_09, 181.91, 0.59);
    check(sim::sessions::t9_05, 175.47, 0.59);
    check(sim::sessions::t9_09, 200.80, 0.55);
    check(sim::sessions::t10_05, 238.85, 0.61);
    check(sim::sessions::t11_03, 1'249.08, 0.75);
    check(sim::sessions::t14_07, 53.89, 0.60);
    check(sim::sessions::t15_07, 651.81, 0.64);
}

TEST_CASE("where nodes differ, those who arrive and those who are online follow the mixed law") {
    sim::session_law const& law = sim::sessions::h12;
    CHECK(in_minutes(law.mean()) ==
          Approx(of_arrivals([](weibull const& own) { return own.mean(); })).epsilon(0.001));
    auto const arriving = newcomers(law);
    auto const online = rests(law);
    for (double const after : {5.0, 60.0, 360.0, 2'000.0}) {
        INFO("after " << after);
        CHECK(share_above(arriving, after) == Approx(of_arrivals([&](auto const& own) {
                                                  return own.survival(after);
                                              })).margin(0.01));
        CHECK(share_above(online, after) == Approx(of_residents([&](auto const& own) {
                                                return own.rest_survival(after);
                                            })).margin(0.01));
    }
    auto const scale_of = [](sim::session_law const& own) {
        return in_minutes(own.parts().front().scale);
    };
    auto const scales = sample([&](sim::dice& c) { return scale_of(law.of_node(c)); });
    CHECK(quantile(scales, 0.5) == Approx(120).epsilon(0.03));
    CHECK(quantile(scales, 0.841) == Approx(120 * std::exp(1.2)).epsilon(0.04));
    auto const theirs = sample([&](sim::dice& c) { return scale_of(law.of_resident(c)); });
    CHECK(quantile(theirs, 0.5) == Approx(120 * std::exp(1.44)).epsilon(0.03));
}

TEST_CASE("a node keeps what it differs in over all its sessions") {
    sim::dice chance{3};
    auto const logarithm = [&](sim::session_law const& law) {
        return std::log(in_minutes(law.newcomer(chance)));
    };
    double mean = 0;
    double own = 0;   // covariance of two sessions of one node
    double other = 0; // and of two nodes
    double last = 0;
    bool same = true;
    for (unsigned i = 0; i < draws; ++i) {
        sim::session_law const law = sim::sessions::h12.of_node(chance);
        same = same && law.of_node(chance) == law && law.of_resident(chance) == law;
        double const first = logarithm(law) - 4.15; // about their mean
        double const second = logarithm(law) - 4.15;
        mean += (first + second) / (2 * draws);
        own += first * second / draws;
        other += first * last / draws;
        last = second;
    }
    CHECK(same);
    CHECK(own - mean * mean == Approx(1.2 * 1.2).margin(0.08));
    CHECK(other - mean * mean == Approx(0).margin(0.08));
}

TEST_CASE("what is known of a node tells as much of the next hour as it can") {
    constexpr double horizon = 60;
    sim::dice chance{9};
    std::vector<std::pair<double, bool>> by_age;
    std::vector<std::pair<double, bool>> by_record;
    std::vector<std::pair<double, bool>> by_oracle;
    for (unsigned i = 0; i < draws; ++i) {
        sim::session_law const own = sim::sessions::h12.of_resident(chance);
        auto const now = own.resident(chance);
        double const age = in_minutes(now.age);
        bool const stays = in_minutes(now.rest) > horizon;
        double earlier = 0; // all that five sessions say of the scale
        for (int session = 0; session < 5; ++session)
            earlier += std::pow(in_minutes(own.newcomer(chance)), 0.9);
        by_age.emplace_back(age, stays);
        weibull const truth{0.9, in_minutes(own.parts().front().scale)};
        by_oracle.emplace_back(truth.survival(age + horizon) / truth.survival(age), stays);
        double all = 0; // by Bayes, from the law of scales, the sessions and the age
        double survive = 0;
        for (double z = -4; z <= 6; z += 0.2) {
            weibull const guess{0.9, 120 * std::exp(1.2 * z)};
            double const raised = std::pow(guess.scale, -0.9);
            double const likely = std::exp(-z * z / 2 - 5 * 0.9 * 1.2 * z - earlier * raised);
            all += likely * guess.survival(age);
            survive += likely * guess.survival(age + horizon);
        }
        by_record.emplace_back(all > 0 ? survive / all : 0, stays);
    }
    CHECK(foresight(by_age) == Approx(0.731).margin(0.01));
    CHECK(foresight(by_record) == Approx(0.783).margin(0.01));
    CHECK(foresight(by_oracle) == Approx(0.806).margin(0.01));
}

TEST_CASE("who leaves by the time of day does so most at 3 in the night") {
    sim::session_law const& law = sim::sessions::diu;
    CHECK(law.haste(hours{3}) == Approx(1.6));
    CHECK(law.haste(hours{9}) == Approx(1));
    CHECK(law.haste(hours{15}) == Approx(0.4));
    CHECK(law.haste(hours{21}) == Approx(1).margin(1e-9));
    CHECK(law.haste(hours{24 * 1'000 + 3}) == Approx(1.6));
    CHECK(sim::sessions::h12.haste(hours{3}) == 1);
}

TEST_CASE("the time of day stretches sessions as its hazard says, and others not at all") {
    sim::session_law const law = sim::session_law::weibull(0.9, minutes{120}).daily(0.6);
    weibull const even{0.9, 120};
    for (int const from_h : {0, 6, 12, 22}) {
        auto const sessions = sample(
            [&](sim::dice& c) { return in_minutes(law.newcomer(c, hours{24 * 365 + from_h})); });
        for (double const after : {10.0, 60.0, 400.0, 1'500.0}) {
            double const spent = integral(0, after, [&](double age) {
                auto const at = hours{from_h} + seconds{static_cast<int>(60 * age)};
                return even.hazard(age) * law.haste(at);
            });
            INFO(after << " min after " << from_h << " h");
            CHECK(share_above(sessions, after) == Approx(std::exp(-spent)).margin(0.01));
        }
    }
    sim::dice one{5};
    sim::dice other{5};
    CHECK(sim::sessions::h12.newcomer(one, hours{3}) == sim::sessions::h12.newcomer(other));
}
