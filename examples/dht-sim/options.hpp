#ifndef DHT_EXAMPLES_DHT_SIM_OPTIONS_HPP
#define DHT_EXAMPLES_DHT_SIM_OPTIONS_HPP

#include "experiment.hpp"
#include <filesystem>

namespace example {

/// The command line of dht-sim.
struct options {
    experiment wanted;
    std::optional<population> beside; ///< who else plays the same
    bool lists = false;               ///< only says which scenarios there are
    bool writes = false;              ///< only writes the scenario down
    bool checks = true;
    bool shrinks = false;
    bool json = false;
    std::filesystem::path html; ///< empty: none
    std::filesystem::path pcap; ///< empty: none
};

/// Ends the program by itself after --help and, with status 2, when the command line or the
/// scenario makes no sense.
options parse_options(int argc, char** argv);

/// A sentence for each scenario that is ready.
void list_scenarios();

} // namespace example

#endif
