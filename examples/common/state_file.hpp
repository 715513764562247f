#ifndef DHT_EXAMPLES_COMMON_STATE_FILE_HPP
#define DHT_EXAMPLES_COMMON_STATE_FILE_HPP

#include <dht/base/bytes.hpp>

#include <filesystem>
#include <optional>
#include <vector>

namespace example {

/// What is in the file; nothing when there is none. Throws std::system_error when it cannot be
/// read.
std::vector<std::byte> read_file(std::filesystem::path const& path);

/// Writes beside the file, syncs, and renames: whoever looks, and a machine that loses power, sees
/// the old file or the new one, never half of it. Throws std::system_error.
void replace_file(std::filesystem::path const& path, dht::byte_view bytes);

/// Renames a file that nobody can use to FILE.damaged, FILE.damaged.2 and so on, whichever is free.
/// Nothing: it could not be renamed, or is no file.
std::optional<std::filesystem::path> set_aside(std::filesystem::path const& path);

} // namespace example

#endif
