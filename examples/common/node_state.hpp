#ifndef DHT_EXAMPLES_COMMON_NODE_STATE_HPP
#define DHT_EXAMPLES_COMMON_NODE_STATE_HPP

#include <dht/base/error.hpp>
#include <dht/base/time.hpp>

#include "state_file.hpp"
#include <iostream>
#include <system_error>

/// What programs keep for their next start. Whatever is wrong with it is said on standard error.
namespace example {

namespace detail {

/// Why the file is of no use; empty: it is.
template <class Restore>
std::string complaint_about(std::filesystem::path const& path, Restore&& restore) try {
    dht::errc const error = restore(read_file(path));
    if (error == dht::errc::ok) return {};
    return error == dht::errc::snapshot_version ? "written by another version" : "damaged";

} catch (std::system_error const& e) {

    return e.code().message();
}

} // namespace detail

/// restore(bytes) -> errc gets what is in the file. No file, or no path: nothing happens. A file of
/// no use is kept under another name, since a new one will take its place, and the program starts
/// fresh.
template <class Restore>
void load_file(std::filesystem::path const& path, Restore&& restore) {
    std::error_code error;
    if (path.empty() || !std::filesystem::exists(path, error)) return;
    std::string const wrong = detail::complaint_about(path, restore);
    if (wrong.empty()) return;
    std::cerr << path.string() << ": " << wrong << "; starting fresh";
    if (auto const kept = set_aside(path)) std::cerr << ", and keeping it as " << kept->string();
    std::cerr << std::endl;
}

/// save(bytes) fills them.
template <class Save>
void save_file(std::filesystem::path const& path, Save&& save) try {
    if (path.empty()) return;
    std::vector<std::byte> bytes;
    save(bytes);
    replace_file(path, bytes);

} catch (std::system_error const& e) {

    std::cerr << "the state cannot be saved: " << e.what() << '\n';
}

/// Puts into the node what save_state() has kept.
template <class Node>
void load_state(Node& node, dht::instant now, std::filesystem::path const& path) {
    load_file(path, [&](dht::byte_view bytes) { return node.restore(now, bytes); });
}

/// Keeps ids and contacts for the next start.
template <class Node>
void save_state(Node const& node, dht::instant now, std::filesystem::path const& path) {
    save_file(path, [&](std::vector<std::byte>& bytes) { node.snapshot(now, bytes); });
}

} // namespace example

#endif
