#ifndef DHT_EXAMPLES_DHT_SIM_JSON_HPP
#define DHT_EXAMPLES_DHT_SIM_JSON_HPP

#include "experiment.hpp"

namespace example {

/// For programs: the figures of the table, and the hash of the trace, the same on every machine.
std::string json_of(experiment const& e, std::vector<result> const& runs);

} // namespace example

#endif
