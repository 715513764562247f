/// dht: the BitTorrent DHT for people. `dht --help` says what it can do.

#include <fmt/core.h>

#include "client.hpp"
#include "commands.hpp"
#include "usage_error.hpp"
#include <cstdlib>

int main(int argc, char** argv) {
    example::options const options = example::parse_options(argc, argv);
    try {
        if (options.run_alone != nullptr) return static_cast<int>(options.run_alone(options));
        example::client client{options};
        int const code = static_cast<int>(options.run(client, options));
        std::fflush(stdout);
        // The loop would wait for a name server that does not answer: leave without it.
        if (client.waits_for_system()) std::quick_exit(code);
        return code;
    } catch (example::usage_error const& e) {
        fmt::print(stderr, "dht: {}\n", e.what());
        return static_cast<int>(example::exit_code::usage);
    } catch (std::exception const& e) {
        fmt::print(stderr, "dht: {}\n", e.what());
        return static_cast<int>(example::exit_code::no_network);
    }
}
