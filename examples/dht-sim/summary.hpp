#ifndef DHT_EXAMPLES_DHT_SIM_SUMMARY_HPP
#define DHT_EXAMPLES_DHT_SIM_SUMMARY_HPP

#include "experiment.hpp"
#include <map>
#include <string>
#include <vector>

namespace example {

/// One figure of each of several runs.
struct row {
    std::string label; ///< indented where it belongs to a row above
    std::vector<std::string> cells;
};

/// How they went, side by side. The first row is the heading.
std::vector<row> summary(std::vector<result> const& runs);

/// In columns, with what was expected in vain below.
void print(std::vector<row> const& rows);

/// Operations of one kind by what users call them.
struct errands {
    std::string_view name;
    dht::sim::errands_done dht::sim::report::*done;
    bool may_fail = true; ///< lookups are judged by their recall
};

inline constexpr std::array<errands, 5> all_errands{{{"announces", &dht::sim::report::announces},
                                                     {"finds", &dht::sim::report::finds},
                                                     {"lookups", &dht::sim::report::lookups, false},
                                                     {"puts", &dht::sim::report::puts},
                                                     {"gets", &dht::sim::report::gets}}};

double milliseconds_at(dht::sim::errands_done const& done, double share);

/// Mean questions of one of them.
double questions_each(dht::sim::errands_done const& done);

/// 0: of nothing.
double mean_of(dht::histogram const& h);

/// What hosts did that none may, and how often.
std::map<std::string_view, unsigned> complaints_by_name(dht::sim::report const& r);

} // namespace example

#endif
