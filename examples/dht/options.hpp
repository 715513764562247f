#ifndef DHT_EXAMPLES_DHT_OPTIONS_HPP
#define DHT_EXAMPLES_DHT_OPTIONS_HPP

#include <dht/content/magnet.hpp>

#include "../common/bootstrap_names.hpp"
#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

namespace example {

class client;

/// What a run ends with.
enum class exit_code : std::uint8_t {
    found = 0,     ///< it was done, or something was found
    nothing = 1,   ///< nothing was found, nobody answered
    usage = 2,     ///< what was asked for makes no sense
    no_network = 3 ///< no node of the network answered, or no socket could be bound
};

/// The command line of dht.
struct options {
    // -- of every command
    std::vector<dht::address> bind;
    std::uint16_t udp_port = 0;
    std::vector<host_and_port> bootstrap;
    bool allow_local = false;
    std::filesystem::path state; ///< empty: none
    std::chrono::seconds timeout{60};
    bool json = false;
    bool quiet = false;

    // -- of some
    std::vector<dht::info_hash> hashes; ///< of one torrent
    dht::key160 target;
    host_and_port whom;
    std::uint16_t port = 0; ///< of the BitTorrent peer
    unsigned demo_nodes = 30;

    // -- of items
    std::string text;           ///< the value as a string, unless one of the next two is given
    std::string bencoded;       ///< hex digits
    std::filesystem::path file; ///< its bytes, as a string
    std::filesystem::path key;  ///< of a key pair; empty: the item is immutable
    std::string salt;
    std::optional<dht::ed25519_public_key> key_of;

    // -- of those that go on
    dht::content::magnet source; ///< whose item to follow
    unsigned updates_max = 0;    ///< 0: until interrupted
    std::chrono::seconds every{300};
    std::uint16_t rate = 20; ///< questions per second
    unsigned index_s = 0;    ///< 0: until interrupted
    std::filesystem::path index_state;

    exit_code (*run)(client&, options const&) = nullptr;
    exit_code (*run_alone)(options const&) = nullptr; ///< needs no node of ours
};

/// Ends the program by itself after --help and when the command line makes no sense.
options parse_options(int argc, char** argv);

} // namespace example

#endif
