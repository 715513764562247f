#ifndef DHT_TEXT_FORMAT_HPP
#define DHT_TEXT_FORMAT_HPP

#include <dht/base/address_text.hpp>
#include <dht/base/error.hpp>
#include <dht/kad/id.hpp>

#include <fmt/format.h>

/// fmt formatters: addresses and endpoints as people write them, keys as hex digits, errors as
/// their sentence. All take the format of strings, so "{:>21}" aligns an endpoint and "{:.8}"
/// shortens an id.
namespace dht::inline DHT_ABI::text {

constexpr auto characters(address const& a) noexcept {
    return to_text(a);
}

constexpr auto characters(endpoint const& e) noexcept {
    return to_text(e);
}

constexpr auto characters(errc code) noexcept {
    return message(code);
}

template <std::size_t Bits>
constexpr auto characters(key<Bits> const& k) noexcept {
    static_text<Bits / 4> text;
    for (char const digit : to_hex(k.bytes))
        text.append(digit);
    return text;
}

template <class T>
struct formatter : fmt::formatter<fmt::string_view> {
    template <class Context>
    auto format(T const& value, Context& context) const {
        auto const made = characters(value); // lives until it has been formatted
        std::string_view const view = made;
        return fmt::formatter<fmt::string_view>::format({view.data(), view.size()}, context);
    }
};

} // namespace dht::inline DHT_ABI::text

template <>
struct fmt::formatter<dht::address> : dht::text::formatter<dht::address> {};

template <>
struct fmt::formatter<dht::endpoint> : dht::text::formatter<dht::endpoint> {};

template <>
struct fmt::formatter<dht::errc> : dht::text::formatter<dht::errc> {};

template <std::size_t Bits>
struct fmt::formatter<dht::key<Bits>> : dht::text::formatter<dht::key<Bits>> {};

template <>
struct fmt::formatter<dht::node_id> : dht::text::formatter<dht::key160> {};

template <>
struct fmt::formatter<dht::info_hash> : dht::text::formatter<dht::key160> {};

template <>
struct fmt::formatter<dht::item_key> : dht::text::formatter<dht::key160> {};

#endif
