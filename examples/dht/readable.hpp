#ifndef DHT_EXAMPLES_DHT_READABLE_HPP
#define DHT_EXAMPLES_DHT_READABLE_HPP

#include <dht/base/bytes.hpp>

#include <optional>
#include <string>

namespace example {

/// The text of a value that is one string of UTF-8 without control characters.
std::optional<std::string> readable(dht::byte_view v);

} // namespace example

#endif
