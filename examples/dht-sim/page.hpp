#ifndef DHT_EXAMPLES_DHT_SIM_PAGE_HPP
#define DHT_EXAMPLES_DHT_SIM_PAGE_HPP

#include "experiment.hpp"

namespace example {

/// One web page with everything in it: the table, and how it came to be, run beside run on the same
/// scales. It is well-formed XML and needs neither network nor script.
std::string page_of(experiment const& e, std::vector<result> const& runs);

} // namespace example

#endif
