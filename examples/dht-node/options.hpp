#ifndef DHT_EXAMPLES_DHT_NODE_OPTIONS_HPP
#define DHT_EXAMPLES_DHT_NODE_OPTIONS_HPP

#include <dht/kad/id.hpp>

#include "../common/bootstrap_names.hpp"
#include <filesystem>
#include <vector>

namespace example {

/// The command line of dht-node.
struct options {
    std::uint16_t port = 0;
    std::vector<dht::address> bind;
    std::vector<host_and_port> bootstrap;
    bool read_only = false;
    bool allow_local = false;
    bool sign = false;
    std::filesystem::path state; ///< empty: none
    std::optional<dht::node_id> node_id;
};

/// Ends the program by itself: with status 0 after --help, with status 2 and a sentence on standard
/// error when an option is unknown or makes no sense.
options parse_options(int argc, char** argv);

} // namespace example

#endif
