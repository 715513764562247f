#ifndef DHT_EXAMPLES_DHT_CONTENT_ID_HPP
#define DHT_EXAMPLES_DHT_CONTENT_ID_HPP

#include <dht/content/magnet.hpp>

#include <vector>

namespace example {

/// The infohashes that somebody typed: 40 hex digits, 32 characters of base32, 64 hex digits of
/// version 2 (BEP 52), or a magnet link with one of them or both. None: it is none of these.
std::vector<dht::info_hash> parse_content_id(std::string_view text);

/// What to follow (BEP 46): 64 hex digits of a public key, or a magnet link with one.
std::optional<dht::content::magnet> parse_source(std::string_view text);

} // namespace example

#endif
