#include "readable.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace example {

std::optional<std::string> readable(dht::byte_view v) {
    std::string_view const all = dht::as_text(v);
    std::size_t const colon = all.find(':');
    bool const is_string = !all.empty() && all[0] >= '0' && all[0] <= '9';
    if (!is_string || colon == all.npos) return std::nullopt;
    std::string_view const content = all.substr(colon + 1);
    bool const safe = std::all_of(content.begin(), content.end(), [](unsigned char c) {
        return (c >= 32 && c != 127) || c == '\n' || c == '\t';
    });
    if (!safe) return std::nullopt;
    try {
        static_cast<void>(nlohmann::json(content).dump()); // throws when it is no UTF-8
        return std::string{content};
    } catch (nlohmann::json::exception const&) {
        return std::nullopt;
    }
}

} // namespace example
