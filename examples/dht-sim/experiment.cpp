#include "experiment.hpp"

#include <dht/sim/pcap.hpp>
#include <dht/sim/shrink.hpp>
#include <dht/sim/stage.hpp>

#include <optional>
#include <tuple>

namespace example {

namespace {

namespace sim = dht::sim;

constexpr int moments = 120; // enough for a curve, and for a progress bar

double hours_of(dht::duration d) {
    return std::chrono::duration<double, std::ratio<3'600>>(d).count();
}

/// A stage, and all who watch it from the first datagram on.
class run_of {
public:
    run_of(experiment const& e, attention const& a)
        : of_{e.of},
          checked_{a.checks && e.of != population::standard}, // who never promised to keep our laws
          attention_{a},
          stage_{e.played, e.seed,
                 [this](sim::world& w, std::vector<dht::endpoint> at) -> sim::client& {
                     return cast(w, std::move(at));
                 }} {
        dht::duration const all = e.played.settling + e.played.lasting;
        stage_.on_tick(std::max<dht::duration>(all / moments, dht::milliseconds{1}),
                       [this](dht::duration at, double share) {
                           look(at);
                           if (attention_.on_progress) attention_.on_progress(share);
                       });
    }

    result run() {
        sim::report const& r = stage_.run([this] { laws_->conclude(); });
        dht::duration const end = stage_.world().now() - sim::world_begin;
        if (course_.back().at < end) look(end);
        return {of_, checked_, r, std::move(course_)};
    }

private:
    sim::client& cast(sim::world& w, std::vector<dht::endpoint> at) {
        if (!laws_) watch(w);
        sim::client& c = add_one(of_, w, std::move(at));
        if (checked_) laws_->follow(c, settings_of(of_));
        return c;
    }

    void watch(sim::world& w) {
        laws_.emplace(w);
        w.attach(tally_);
        if (attention_.pcap == nullptr) return;
        capture_.emplace(*attention_.pcap);
        w.attach(*capture_);
    }

    void look(dht::duration at) {
        moment m;
        m.at = at;
        for (sim::client const* const c : stage_.members())
            m.hosts += c->up() ? 1U : 0U;
        if (attention_.draws) look_closely(m);
        m.sent = tally_.by_cause();
        course_.push_back(m);
    }

    void look_closely(moment& m) const {
        std::tie(m.contacts, m.dead) = stage_.contacts();
        auto const holdings = stage_.holdings();
        m.keys = holdings.size();
        m.held = sum_of(holdings);
    }

    population of_;
    bool checked_;
    attention const& attention_;
    sim::tally tally_;
    std::optional<sim::protocol_checker> laws_;
    std::optional<sim::pcap> capture_;
    std::vector<moment> course_;
    sim::stage stage_;
};

} // namespace

double result::host_hours() const {
    double all = 0;
    for (std::size_t i = 1; i < course.size(); ++i)
        all += static_cast<double>(course[i].hosts) * hours_of(course[i].at - course[i - 1].at);
    return all;
}

result experiment::run(attention const& a) const {
    return run_of{*this, a}.run();
}

sim::scenario experiment::shortest_failing(attention const& a) const {
    sim::scenario shortest = played;
    shortest.acts = sim::shrink(played.acts, [&](std::vector<sim::act> const& acts) {
        experiment shorter = *this;
        shorter.played.acts = acts;
        return !shorter.run({a.checks, false, nullptr, a.on_progress}).report.good();
    });
    return shortest;
}

} // namespace example
