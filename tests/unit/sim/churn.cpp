#include <dht/sim/churn.hpp>
#include <dht/sim/scenario_words.hpp>

#include "../../catch.hpp"
#include <algorithm>

// Hosts that come and go, without nodes on them.

using namespace dht;

namespace {

constexpr sim::session_law half_hours = sim::session_law::exponential(minutes{30});

struct crowd {
    sim::world w;
    std::vector<sim::scripted_host*> hosts;

    explicit crowd(std::uint32_t count, sim::link const& network = sim::continental)
        : w{1, network} {
        for (std::uint32_t i = 0; i < count; ++i)
            hosts.push_back(&w.add_script(sim::public_v4(i), {}));
    }

    [[nodiscard]] double there() const {
        double n = 0;
        for (auto const* h : hosts)
            n += h->up() ? 1 : 0;
        return n / static_cast<double>(hosts.size());
    }

    /// Of those who are there now, the share that is without a break until then.
    double still_there_after(duration d) {
        std::vector<std::pair<sim::scripted_host*, unsigned>> all;
        for (auto* h : hosts)
            if (h->up()) all.emplace_back(h, h->life());
        w.run_for(d);
        double still = 0;
        for (auto const& [h, life] : all)
            still += h->up() && h->life() == life ? 1 : 0;
        return still / static_cast<double>(all.size());
    }
};

/// The mean of f(own law) over the nodes of h12.
template <class F>
double over_h12(F&& f) {
    double sum = 0;
    for (double z = -6; z < 6; z += 0.01) {
        double const scale_min = 120 * std::exp(1.2 * z);
        sum += 0.01 / std::sqrt(2 * std::numbers::pi) * std::exp(-z * z / 2) *
               f(scale_min, scale_min * std::tgamma(1 + 1 / 0.9));
    }
    return sum;
}

constexpr double away_min = 30;

double online_share(double mean_min) {
    return mean_min / (mean_min + away_min);
}

/// The share that is there at each hour of `days` days.
std::vector<double> by_hour(crowd& c, int days) {
    std::vector<double> all;
    for (int hour = 0; hour < 24 * days; ++hour) {
        all.push_back(c.there());
        c.w.run_for(hours{1});
    }
    return all;
}

/// Counts how it ends.
class mortal final : public sim::host {
public:
    using host::host;
    unsigned ends = 0;
    unsigned goodbyes = 0;

private:
    void begin() override {}

    void end() override { ++ends; }

    void say_goodbye() override { ++goodbyes; }

    void receive(instant, via_index, endpoint const&, byte_view) override {}

    void advance(instant) override {}

    [[nodiscard]] std::optional<deadline> next_deadline() const override { return std::nullopt; }

    std::optional<transmit> poll_transmit() override { return std::nullopt; }

    void take_outcomes() override {}
};

} // namespace

TEST_CASE("as many hosts are there in the first moment as in the last, and as many leave") {
    constexpr std::uint32_t count = 4'000;
    crowd c{count};
    sim::churn comings{c.w, 5, sim::sessions::w60, half_hours};
    unsigned returned = 0;
    comings.on_return([&](sim::host& h) {
        CHECK(h.up());
        ++returned;
    });
    for (auto* h : c.hosts)
        comings.add(*h);
    double const mean_min = 323.5;
    double const expected = mean_min / (mean_min + 30);
    double const deviation = std::sqrt(expected * (1 - expected) / count);
    for (int hour = 0; hour < 24; ++hour) {
        INFO("hour " << hour);
        CHECK(c.there() == Approx(expected).margin(4 * deviation));
        c.w.run_for(hours{1});
    }
    // Each of those who are there leaves 60 / 323.5 times per hour, and comes back.
    double const per_hour = returned / (24.0 * expected * count);
    CHECK(per_hour == Approx(0.186).epsilon(0.03));
}

TEST_CASE("a crowd keeps its size under each law that has a name") {
    constexpr std::uint32_t count = 1'000;
    for (auto const& law : sim::scenario_words::laws) {
        crowd c{count};
        sim::churn comings{c.w, 6, law.what, half_hours};
        for (auto* h : c.hosts)
            comings.add(*h);
        double const mean_min = static_cast<double>(law.what.mean() / seconds{1}) / 60;
        double const expected =
            law.what.spread() == 0
                ? online_share(mean_min)
                : over_h12([](double, double own_min) { return online_share(own_min); });
        double const deviation = std::sqrt(expected * (1 - expected) / count);
        double mean = 0;
        for (double const there : by_hour(c, 1)) {
            INFO(law.name);
            mean += there / 24;
            if (law.what.swing() == 0) CHECK(there == Approx(expected).margin(4 * deviation));
        }
        INFO(law.name);
        CHECK(mean == Approx(expected).margin(4 * deviation));
    }
}

TEST_CASE("who is there is more often one who stays long, in the first moment as a day later") {
    crowd c{4'000};
    sim::churn comings{c.w, 7, sim::sessions::h12, half_hours};
    for (auto* h : c.hosts)
        comings.add(*h);
    auto const stay_an_hour = [](double scale_min, double mean_min) {
        double lost = 0; // per minute of the mean session
        for (double t = 0.5; t < 60; ++t)
            lost += std::exp(-std::pow(t / scale_min, 0.9)) / mean_min;
        return online_share(mean_min) * std::max(0.0, 1 - lost);
    };
    double const expected = over_h12(stay_an_hour) / over_h12([](double, double mean_min) {
                                return online_share(mean_min);
                            });
    CHECK(c.still_there_after(hours{1}) == Approx(expected).margin(0.03)); // four deviations
    c.w.run_for(hours{24});
    CHECK(c.still_there_after(hours{1}) == Approx(expected).margin(0.03));
}

TEST_CASE("a crowd that leaves at night swings by the day, from the first day on") {
    crowd c{4'000};
    sim::churn comings{c.w, 8, sim::sessions::diu, half_hours};
    for (auto* h : c.hosts)
        comings.add(*h);
    auto const there = by_hour(c, 2);
    for (std::size_t hour = 0; hour < 24; ++hour) {
        INFO("hour " << hour);
        CHECK(there[hour] == Approx(there[hour + 24]).margin(0.04)); // four deviations
    }
    auto const least = std::min_element(there.begin(), there.begin() + 24) - there.begin();
    auto const most = std::max_element(there.begin(), there.begin() + 24) - there.begin();
    // The world begins at 22:13.
    CHECK((least + 22) % 24 >= 2);
    CHECK((least + 22) % 24 <= 7);
    CHECK((most + 22) % 24 >= 13);
    CHECK((most + 22) % 24 <= 20);
    CHECK(there[static_cast<std::size_t>(most)] - there[static_cast<std::size_t>(least)] > 0.1);
}

TEST_CASE("it is night where a host is, or the NAT before it") {
    static constexpr sim::quantile_curve any{{0, 1}, {1, 2}};
    static constexpr sim::geography antipodes{
        {0.5, 0.5}, {any, any, any}, 0, {hours{-5}, hours{7}}};
    crowd c{4'000, sim::link::across(antipodes)};
    for (std::size_t i = 0; i < c.hosts.size(); ++i)
        c.hosts[i]->region = static_cast<sim::geography::region>(i % 2);
    CHECK(c.w.zone_of(*c.hosts[0]) == hours{-5});
    CHECK(c.w.zone_of(*c.hosts[1]) == hours{7});
    sim::nat& gate = c.w.add_nat({sim::public_v4(30'000).ip}, {});
    auto& inside = c.w.add_script(sim::private_v4(1), {});
    c.w.put_behind(inside, gate);
    inside.region = sim::geography::region{0};
    gate.region = sim::geography::region{1};
    CHECK(c.w.zone_of(inside) == hours{7});
    CHECK(sim::world{1}.zone_of(inside) == duration{});

    sim::churn comings{c.w, 9, sim::sessions::diu, half_hours};
    for (auto* h : c.hosts)
        comings.add(*h);
    auto const there_in = [&](std::size_t region) {
        double n = 0;
        for (std::size_t i = region; i < c.hosts.size(); i += 2)
            n += c.hosts[i]->up() ? 1 : 0;
        return n / 2'000;
    };
    c.w.run_for(hours{12}); // a quarter past five, in the morning and in the afternoon
    CHECK(there_in(1) - there_in(0) > 0.1);
    c.w.run_for(hours{12});
    CHECK(there_in(0) - there_in(1) > 0.1);
}

TEST_CASE("a host comes and goes at the same times whoever else is there") {
    auto const changes_of_seven = [](std::uint32_t count, std::uint64_t seed) {
        crowd c{count};
        sim::churn comings{c.w, seed, half_hours, half_hours};
        for (auto* h : c.hosts)
            comings.add(*h);
        std::vector<instant> times;
        bool was = c.hosts[7]->up();
        while (c.w.now() < sim::world_begin + hours{24}) {
            c.w.run_for(seconds{1});
            if (c.hosts[7]->up() != was) times.push_back(c.w.now());
            was = c.hosts[7]->up();
        }
        return times;
    };
    auto const alone = changes_of_seven(8, 1);
    CHECK(alone.size() > 20);
    CHECK(changes_of_seven(40, 1) == alone);
    CHECK(changes_of_seven(8, 2) != alone);
}

TEST_CASE("a share of the sessions ends in good order") {
    sim::world w{1};
    auto& host = w.add_host<mortal>(sim::public_v4(1));
    {
        sim::churn comings{w, 3, half_hours, half_hours, 0.25};
        comings.add(host);
        w.run_for(hours{2'000});
    }
    CHECK(host.ends > 1'500);
    CHECK(host.goodbyes == Approx(0.25 * host.ends).epsilon(0.12)); // four deviations

    auto& other = w.add_host<mortal>(sim::public_v4(2));
    sim::churn comings{w, 3, half_hours, half_hours};
    comings.add(other);
    w.run_for(hours{100});
    CHECK(other.ends > 50);
    CHECK(other.goodbyes == 0);
}

TEST_CASE("when churn ends, everybody stays as he is") {
    crowd c{50};
    {
        sim::churn comings{c.w, 1, half_hours, half_hours};
        for (auto* h : c.hosts)
            comings.add(*h);
        c.w.run_for(hours{2});
    }
    double const there = c.there();
    CHECK(there > 0);
    CHECK(there < 1);
    c.w.run_for(hours{10});
    CHECK(c.there() == there);
}

TEST_CASE("calls come at their time, in their order, and may make calls") {
    sim::world w{1};
    std::vector<int> order;
    w.call_after(seconds{2}, [&] { order.push_back(3); });
    w.call_after(seconds{1}, [&] {
        order.push_back(1);
        w.call_after(duration{-5}, [&] { order.push_back(2); });
        CHECK(w.now() == sim::world_begin + seconds{1});
    });
    w.call_after(seconds{2}, [&] { order.push_back(4); });
    w.run_for(seconds{2});
    CHECK(order == std::vector{1, 2, 3, 4});
    CHECK_FALSE(w.step());
}
