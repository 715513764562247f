#ifndef DHT_EXAMPLES_DHT_FINDINGS_HPP
#define DHT_EXAMPLES_DHT_FINDINGS_HPP

#include <dht/outcome.hpp>
#include <dht/text/format.hpp>

#include "options.hpp"
#include <nlohmann/json.hpp>

/// What the answers of several commands have in common.
namespace example {

using json = nlohmann::json;

template <class T>
std::string text(T const& value) {
    return fmt::format("{}", value);
}

inline double in_seconds(dht::duration d) {
    return std::chrono::duration<double>(d).count();
}

/// How the search went, below a table.
inline void print_effort(dht::outcome const& o) {
    fmt::print("{} of {} nodes answered, {:.1f} s\n", o.replied, o.asked, in_seconds(o.took));
    if (o.error != dht::errc::ok) fmt::print("incomplete: {}\n", o.error);
}

inline void add_effort(json& answer, dht::outcome const& o) {
    answer["asked"] = o.asked;
    answer["answered"] = o.replied;
    answer["seconds"] = in_seconds(o.took);
    if (o.error != dht::errc::ok) answer["error"] = dht::message(o.error);
}

inline exit_code found_if(bool found) {
    return found ? exit_code::found : exit_code::nothing;
}

inline json to_json(std::vector<dht::node_contact> const& nodes) {
    json list = json::array();
    for (dht::node_contact const& n : nodes)
        list.push_back({{"id", text(n.id)}, {"addr", text(n.at)}});
    return list;
}

} // namespace example

#endif
