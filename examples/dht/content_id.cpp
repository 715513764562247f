#include "content_id.hpp"

#include <dht/content/torrent_link.hpp>

namespace example {

namespace {

dht::content::torrent_link parse_link(std::string_view text) {
    if (auto const v1 = dht::content::parse_info_hash(text)) return {.v1 = v1};
    dht::content::info_hash_v2 v2;
    if (dht::from_hex(text, v2)) return {.v2 = v2};
    return dht::content::parse_torrent_link(text).value_or(dht::content::torrent_link{});
}

} // namespace

std::vector<dht::info_hash> parse_content_id(std::string_view text) {
    auto const swarms = parse_link(text).swarms();
    return {swarms.begin(), swarms.end()};
}

std::optional<dht::content::magnet> parse_source(std::string_view text) {
    dht::content::magnet source;
    if (dht::from_hex(text, source.k)) return source;
    return dht::content::parse_magnet(text);
}

} // namespace example
