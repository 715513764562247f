#ifndef DHT_EXAMPLES_COMMON_NODE_STATE_HPP
#define DHT_EXAMPLES_COMMON_NODE_STATE_HPP

#include <dht/base/error.hpp>
#include <dht/base/time.hpp>

#include "state_file.hpp"
#include <iostream>
#include <system_error>

namespace example {

/// Puts into the node what save_state() has kept. No file, or no path: nothing happens. Whatever is
/// wrong with the file is said on standard error, and the node starts fresh.
template <class Node>
void load_state(Node& node, dht::instant now, std::filesystem::path const& path) try {
    if (path.empty()) return;
    std::vector<std::byte> const bytes = read_file(path);
    if (bytes.empty()) return;
    dht::errc const error = node.restore(now, bytes);
    if (error != dht::errc::ok) std::cerr << path.string() << ": " << dht::message(error) << '\n';

} catch (std::system_error const& e) {

    std::cerr << "the state cannot be loaded, starting fresh: " << e.what() << '\n';
}

/// Keeps ids and contacts for the next start. What goes wrong is said on standard error.
template <class Node>
void save_state(Node const& node, dht::instant now, std::filesystem::path const& path) try {
    if (path.empty()) return;
    std::vector<std::byte> bytes;
    node.snapshot(now, bytes);
    replace_file(path, bytes);

} catch (std::system_error const& e) {

    std::cerr << "the state cannot be saved: " << e.what() << '\n';
}

} // namespace example

#endif
