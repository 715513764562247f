#ifndef DHT_EXAMPLES_DHT_CONTENT_ID_HPP
#define DHT_EXAMPLES_DHT_CONTENT_ID_HPP

#include <dht/kad/id.hpp>

#include <optional>
#include <string_view>

namespace example {

/// The infohash that somebody typed: 40 hex digits, 32 characters of base32, or a magnet link with
/// one of them (BEP 9, `xt=urn:btih:`). Nothing: it is none of these.
std::optional<dht::info_hash> parse_content_id(std::string_view text);

} // namespace example

#endif
