#include <dht/sim/churn.hpp>

#include "../../catch.hpp"

// Hosts that come and go, without nodes on them.

using namespace dht;

namespace {

constexpr sim::session_law half_hours = sim::session_law::exponential(minutes{30});

struct crowd {
    sim::world w{1};
    std::vector<sim::scripted_host*> hosts;

    explicit crowd(std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i)
            hosts.push_back(&w.add_script(sim::public_v4(i), {}));
    }

    [[nodiscard]] double there() const {
        double n = 0;
        for (auto const* h : hosts)
            n += h->up() ? 1 : 0;
        return n / static_cast<double>(hosts.size());
    }
};

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

TEST_CASE("a host comes and goes at the same times whoever else is there") {
    auto const changes_of_seven = [](std::uint32_t count, std::uint64_t seed) {
        crowd c{count};
        sim::churn comings{c.w, seed, half_hours, half_hours};
        for (auto* h : c.hosts)
            comings.add(*h);
        std::vector<instant> times;
        bool was = c.hosts[7]->up();
        while (c.w.now() < instant{hours{24}}) {
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
        CHECK(w.now() == instant{seconds{1}});
    });
    w.call_after(seconds{2}, [&] { order.push_back(4); });
    w.run_for(seconds{2});
    CHECK(order == std::vector{1, 2, 3, 4});
    CHECK_FALSE(w.step());
}
