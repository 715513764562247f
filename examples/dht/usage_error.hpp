#ifndef DHT_EXAMPLES_DHT_USAGE_ERROR_HPP
#define DHT_EXAMPLES_DHT_USAGE_ERROR_HPP

#include "../common/state_file.hpp"
#include <stdexcept>
#include <system_error>

namespace example {

/// What was asked for can never work, whatever the network does: what() says how to ask for it.
struct usage_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What is in a file that the user named.
inline std::vector<std::byte> read_given_file(std::filesystem::path const& path) try {
    return read_file(path);

} catch (std::system_error const& e) {

    throw usage_error{e.what()};
}

} // namespace example

#endif
