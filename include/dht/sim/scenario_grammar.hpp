#ifndef DHT_SIM_SCENARIO_GRAMMAR_HPP
#define DHT_SIM_SCENARIO_GRAMMAR_HPP

#include <dht/sim/scenario_words.hpp>

#include <variant>

/// What the lines of a scenario's text look like, for those who read and who write them.
namespace dht::inline DHT_ABI::sim::scenario_words {

/// A setting that is one number or one time; limits are those of what makes sense.
struct field {
    std::string_view name;
    std::variant<std::uint32_t scenario::*, double scenario::*, double link::*,
                 duration scenario::*>
        where;
    limits within{};
};

/// Addresses differ for longer than anybody has memory.
inline constexpr limits hosts{1, 10'000'000};

inline constexpr std::array<field, 15> fields{{{"nodes", &scenario::nodes, hosts},
                                               {"routers", &scenario::routers, hosts},
                                               {"rogues", &scenario::rogues, {0, 1'000}},
                                               {"settling", &scenario::settling},
                                               {"lasting", &scenario::lasting},
                                               {"jitter", &link::jitter, {0, 100}},
                                               {"loss", &link::loss},
                                               {"duplication", &link::duplication},
                                               {"corruption", &link::corruption},
                                               {"cleanly", &scenario::cleanly},
                                               {"found_min", &scenario::found_min},
                                               {"peers_min", &scenario::peers_min},
                                               {"got_min", &scenario::got_min},
                                               {"recall_min", &scenario::recall_min},
                                               {"dead_max", &scenario::dead_max}}};

/// What stands behind the name of an act: the numbers of a host and of a torrent, key or item, and
/// an amount within limits. What is in brackets may be left out.
struct act_grammar {
    std::string_view arguments;
    limits amount{};
};

inline constexpr std::array<act_grammar, 12> acts{{{"HOST"},
                                                   {"HOST"},
                                                   {"HOST"},
                                                   {"HOST NUMBER [IMPLIED_PORT]"},
                                                   {"HOST NUMBER"},
                                                   {"HOST NUMBER"},
                                                   {"HOST NUMBER SEQ", {0, 1e15}},
                                                   {"HOST NUMBER"},
                                                   {"SHARE"},
                                                   {""},
                                                   {"SHARE"},
                                                   {"HOST SECONDS", {-1e7, 1e7}}}};

inline act_grammar const& grammar_of(verb v) noexcept {
    return acts[static_cast<std::size_t>(v)];
}

inline std::optional<verb> verb_of(std::string_view name) noexcept {
    for (std::size_t i = 0; i < acts.size(); ++i)
        if (name_of(static_cast<verb>(i)) == name) return static_cast<verb>(i);
    return std::nullopt;
}

} // namespace dht::inline DHT_ABI::sim::scenario_words

#endif
