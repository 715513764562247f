#ifndef DHT_EXAMPLES_DHT_COMMANDS_HPP
#define DHT_EXAMPLES_DHT_COMMANDS_HPP

#include "options.hpp"

/// What the program can do: one function per command.
namespace example {

exit_code find_peers(client& c, options const& o);
exit_code announce(client& c, options const& o);
exit_code ping(client& c, options const& o);
exit_code list_nodes(client& c, options const& o);
exit_code find_node(client& c, options const& o);
exit_code serve(client& c, options const& o);

/// A whole network in this process, on loopback.
exit_code demo(options const& o);

} // namespace example

#endif
