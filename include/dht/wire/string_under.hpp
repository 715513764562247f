#ifndef DHT_WIRE_STRING_UNDER_HPP
#define DHT_WIRE_STRING_UNDER_HPP

#include <dht/wire/bencode_reader.hpp>

namespace dht::inline DHT_ABI::bencode {

/// The string under that key of a dictionary, which is read as far as that. Empty: it has none, or
/// something else there, or is no dictionary. O(bytes).
inline byte_view string_under(byte_view dictionary, std::string_view key) noexcept {
    reader in{dictionary};
    if (in.peek() != kind::dictionary) return {};
    for (dictionary_reader keys{in}; keys.next();) {
        bool const here = keys.current().text() == key;
        value const v = in.next();
        if (here) return v.type == kind::string ? v.content() : byte_view{};
    }
    return {};
}

} // namespace dht::inline DHT_ABI::bencode

#endif
