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
exit_code put(client& c, options const& o);
exit_code get(client& c, options const& o);
exit_code scrape(client& c, options const& o);
exit_code sample(client& c, options const& o);
exit_code follow(client& c, options const& o);
exit_code index(client& c, options const& o);

/// Joins, and does one thing for each hash of the command line: a hybrid torrent has two (BEP 52).
using hash_command = bool (*)(client&, options const&, dht::info_hash const&);
exit_code for_each_hash(client& c, options const& o, hash_command one);

/// A new key pair in a file.
exit_code make_key(options const& o);

/// A whole network in this process, on loopback.
exit_code demo(options const& o);

} // namespace example

#endif
