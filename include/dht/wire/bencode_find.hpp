#ifndef DHT_WIRE_BENCODE_FIND_HPP
#define DHT_WIRE_BENCODE_FIND_HPP

#include <dht/wire/bencode_reader.hpp>

namespace dht::inline DHT_ABI::bencode {

/// The bytes of the string under that key of a dictionary; empty when there is none, or no
/// dictionary. Of a key that repeats, the first value counts. O(bytes of the dictionary).
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
