#ifndef DHT_EXAMPLES_DHT_SEED_FILE_HPP
#define DHT_EXAMPLES_DHT_SEED_FILE_HPP

#include <dht/crypto/ed25519.hpp>

#include <filesystem>

namespace example {

/// A key pair in a file: its seed (RFC 8032) as 64 hex digits, for the eyes of its owner only.
/// Throws usage_error when there is no such file or it holds something else.
dht::ed25519_key_pair read_seed_file(std::filesystem::path const& path);

/// Makes a new key pair. Throws usage_error when there is a file already, since keys are not
/// overwritten, and when none can be made there.
dht::ed25519_key_pair make_seed_file(std::filesystem::path const& path);

} // namespace example

#endif
