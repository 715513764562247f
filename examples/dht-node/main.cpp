/// dht-node: one DHT node as a child process, steered by lines of JSON on standard input and
/// output.

#include "session.hpp"
#include <cstdlib>
#include <iostream>

int main(int argc, char** argv) {
    example::options const options = example::parse_options(argc, argv);
    try {
        asio::io_context io;
        example::session session{io, options};
        session.start();
        io.run();
        // The loop would wait for a name server that does not answer: leave without it.
        if (session.waits_for_system()) std::quick_exit(EXIT_SUCCESS);
    } catch (std::exception const& e) {
        std::cerr << "dht-node: " << e.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
