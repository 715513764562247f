#ifndef DHT_EXAMPLES_DHT_SIM_EXPERIMENT_HPP
#define DHT_EXAMPLES_DHT_SIM_EXPERIMENT_HPP

#include <dht/sim/report.hpp>
#include <dht/sim/tally.hpp>

#include "population.hpp"
#include <iosfwd>

namespace example {

/// What hosts have sent, by what for.
using sent_by_cause = std::array<dht::sim::tally::amount, dht::sim::tally::names.size()>;

/// What a network is like at one moment.
struct moment {
    dht::duration at{};       ///< since the begin
    std::size_t hosts = 0;    ///< that are up
    std::size_t contacts = 0; ///< in all their tables; 0 where nobody asked for curves
    std::size_t dead = 0;     ///< of those
    std::size_t keys = 0;     ///< that should be held; 0 as above
    dht::sim::holding held{}; ///< all together
    sent_by_cause sent{};     ///< since the begin
};

/// What came of a scenario, and how.
struct result {
    population of{};
    bool checked = false; ///< each host was held to the protocol
    dht::sim::report report;
    std::vector<moment> course; ///< from the begin to the end, never empty

    /// All the time that hosts were up.
    [[nodiscard]] double host_hours() const;

    [[nodiscard]] sent_by_cause const& sent() const { return course.back().sent; }
};

/// What else is wanted of an experiment. All of it costs time, and changes nothing.
struct attention {
    bool checks = true;           ///< hosts of our kinds are held to the protocol
    bool draws = false;           ///< looks at all tables and keys all the time, for curves
    std::ostream* pcap = nullptr; ///< everything that is sent
    std::function<void(double)> on_progress; ///< share of all time that is over
};

struct experiment {
    dht::sim::scenario played;
    std::uint64_t seed = 1;
    population of{};

    [[nodiscard]] result run(attention const& a) const;

    /// The fewest acts with which it still fails: runs it many times.
    [[nodiscard]] dht::sim::scenario shortest_failing(attention const& a) const;
};

} // namespace example

#endif
