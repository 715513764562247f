#ifndef DHT_SIM_SCENARIO_TEXT_HPP
#define DHT_SIM_SCENARIO_TEXT_HPP

#include <dht/sim/scenario_words.hpp>
#include <dht/sim/scenarios.hpp>

/// A scenario as text, for people to write down: a line for each setting, and one for each act.
///
///     nodes 200          # settings of sim::scenario that are not named stay as they are
///     network pl490      # then jitter, loss, duplication, corruption, bursts, latency
///     loss 0.02
///     staying w60        # or 30m, or weibull 0.6 20m
///     errands 20         # so many announces, finds and lookups, drawn from the seed
///     at 10m announce 5 3
///     at 20m split 0.5
///     at 40m heal
namespace dht::inline DHT_ABI::sim {

/// What is wrong with a text.
struct text_fault {
    std::size_t line = 0; ///< from 1 on
    std::string what;     ///< which setting, and what is expected
};

namespace scenario_words {

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

inline constexpr std::array<field, 12> fields{{{"nodes", &scenario::nodes, hosts},
                                               {"routers", &scenario::routers, hosts},
                                               {"settling", &scenario::settling},
                                               {"lasting", &scenario::lasting},
                                               {"jitter", &link::jitter, {0, 100}},
                                               {"loss", &link::loss},
                                               {"duplication", &link::duplication},
                                               {"corruption", &link::corruption},
                                               {"found_min", &scenario::found_min},
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

inline bool read_argument(std::string_view kind, std::string_view word, act& into) noexcept {
    if (kind == "HOST") return read_number(word, into.who, {0, 4294967295});
    if (kind == "NUMBER") return read_number(word, into.what, {0, 4294967295});
    return read_number(word, into.amount, grammar_of(into.does).amount);
}

/// Reads one line after the other. What a line says is wrong comes back as a sentence; empty: fine.
class reader {
public:
    using said = std::span<std::string_view const>;

    reader(scenario& into, std::uint64_t seed) noexcept : s_{into}, seed_{seed} {}

    std::optional<text_fault> read(std::string_view text) {
        for (std::size_t number = 1; !text.empty(); ++number) {
            std::size_t const end = std::min(text.find('\n'), text.size());
            std::string_view const line = text.substr(0, end);
            std::string const wrong = read_line(split(line.substr(0, line.find('#'))));
            if (!wrong.empty()) return text_fault{number, wrong};
            if (errands_ > 0 && errands_line_ == 0) errands_line_ = number;
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        return conclude();
    }

private:
    struct key {
        std::string_view name;
        bool (reader::*take)(said);
        std::string_view expected;
    };

    static auto const& keys() {
        static constexpr std::array<key, 8> all{{
            {"name", &reader::take_name, "a word"},
            {"addresses", &reader::take_addresses, "ipv4, both or islands"},
            {"network", &reader::take_network, "continental, pl490, wn242 or standard"},
            {"latency", &reader::take_latency, "two times, the least and the most one way"},
            {"bursts", &reader::take_bursts, "the chances of a begin, of an end, and of a loss"},
            {"staying", &reader::take_staying, law_expected},
            {"away", &reader::take_away, law_expected},
            {"errands", &reader::take_errands, "a whole number up to 100000"},
        }};
        return all;
    }

    static constexpr std::string_view law_expected =
        "w60, wmd, kad, bam, ipfs25, a mean such as 30m, or weibull SHAPE SCALE";

    std::string read_line(words const& line) {
        if (line.empty()) return {};
        said const rest = said{line}.subspan(1);
        if (line[0] == "at") return read_act(rest);
        for (field const& f : fields)
            if (f.name == line[0])
                return std::visit([&](auto where) { return take(f, where, rest); }, f.where);
        for (key const& k : keys())
            if (k.name == line[0]) return (this->*k.take)(rest) ? "" : expected(k.name, k.expected);
        return "there is no setting " + std::string{line[0]} + ", expected at, " +
               enumerated(keys()) + ", " + enumerated(fields);
    }

    static std::string expected(std::string_view of, std::string_view what) {
        return std::string{of} + ": expected " + std::string{what};
    }

    // -- fields

    template <class T>
    std::string take(field const& f, T scenario::*where, said rest) {
        return read_field(f, rest, s_.*where);
    }

    std::string take(field const& f, double link::*where, said rest) {
        return read_field(f, rest, s_.network.*where);
    }

    template <class Number>
    static std::string read_field(field const& f, said rest, Number& into) {
        if (rest.size() == 1 && read_number(rest[0], into, f.within)) return {};
        std::string const kind = std::is_integral_v<Number> ? "a whole number" : "a number";
        return expected(f.name, kind + " from " + write_number(f.within.least) + " to " +
                                    std::to_string(std::llround(f.within.most)));
    }

    static std::string read_field(field const& f, said rest, duration& into) {
        if (rest.size() == 1 && read_time(rest[0], into)) return {};
        return expected(f.name, "a time such as 90s, 20m or 1.5h, ten years at most");
    }

    // -- the other settings

    bool take_name(said rest) {
        if (rest.size() == 1) s_.name = rest[0];
        return rest.size() == 1;
    }

    bool take_addresses(said rest) {
        auto const* const known = rest.size() == 1 ? find(dialings, rest[0]) : nullptr;
        if (known != nullptr) s_.addresses = *known;
        return known != nullptr;
    }

    bool take_network(said rest) {
        auto const* const known = rest.size() == 1 ? find(networks, rest[0]) : nullptr;
        if (known != nullptr) s_.network = *known;
        return known != nullptr;
    }

    bool take_latency(said rest) {
        link& l = s_.network;
        l.map = nullptr;
        return rest.size() == 2 && read_time(rest[0], l.latency_min) &&
               read_time(rest[1], l.latency_max) && l.latency_min <= l.latency_max;
    }

    bool take_bursts(said rest) {
        loss_bursts& b = s_.network.bursts;
        return rest.size() == 3 && read_number(rest[0], b.begin, {}) &&
               read_number(rest[1], b.end, {}) && read_number(rest[2], b.loss, {});
    }

    bool take_staying(said rest) {
        auto const law = read_law(rest);
        if (law) s_.staying = law;
        return law.has_value();
    }

    bool take_away(said rest) {
        auto const law = read_law(rest);
        if (law) s_.away = *law;
        return law.has_value();
    }

    bool take_errands(said rest) {
        return rest.size() == 1 && read_number(rest[0], errands_, {0, 100'000});
    }

    // -- acts

    std::string read_act(said rest) {
        act a;
        if (rest.size() < 2 || !read_time(rest[0], a.at))
            return expected("at", "a time and an act, such as 10m announce 5 3");
        auto const does = verb_of(rest[1]);
        if (!does) return "there is no act " + std::string{rest[1]} + ", expected " + verbs();
        a.does = *does;
        std::string_view const arguments = grammar_of(*does).arguments;
        if (!read_arguments(split(arguments), rest.subspan(2), a))
            return expected("at", "TIME " + std::string{rest[1]} + " " + std::string{arguments});
        s_.acts.push_back(a);
        return {};
    }

    static bool read_arguments(words const& kinds, said rest, act& into) {
        if (rest.size() > kinds.size()) return false;
        for (std::size_t i = 0; i < rest.size(); ++i)
            if (!read_argument(kinds[i], rest[i], into)) return false;
        return rest.size() == kinds.size() || kinds[rest.size()].front() == '[';
    }

    static std::string verbs() {
        std::array<named<verb>, acts.size()> all;
        for (std::size_t i = 0; i < all.size(); ++i)
            all[i].name = name_of(static_cast<verb>(i));
        return enumerated(all);
    }

    // -- what can only be said at the end

    std::optional<text_fault> conclude() {
        if (errands_ > 0 && s_.lasting <= minutes{10})
            return text_fault{errands_line_, "errands: expected a scenario lasting over 10m"};
        scenarios::detail::author{seed_, s_}.errands(errands_);
        return std::nullopt;
    }

    scenario& s_;
    std::uint64_t seed_;
    std::uint32_t errands_ = 0;
    std::size_t errands_line_ = 0;
};

/// One of those with a name, and what is different from it.
inline std::string write_network(link const& l) {
    auto const* base = &networks[0];
    for (auto const& n : networks)
        if (l.map != nullptr && n.what.map == l.map) base = &n;
    DHT_ASSERT(l.map == base->what.map); // maps of your own have no names
    std::string text = "network " + std::string{base->name} + "\n";
    if (l.map == nullptr)
        text += "latency " + write_time(l.latency_min) + " " + write_time(l.latency_max) + "\n";
    if (l.bursts.begin > 0)
        text += "bursts " + write_number(l.bursts.begin) + " " + write_number(l.bursts.end) + " " +
                write_number(l.bursts.loss) + "\n";
    return text;
}

inline std::string write(std::uint32_t n) {
    return write_number(n);
}

inline std::string write(double n) {
    return write_number(n);
}

inline std::string write(duration d) {
    return write_time(d);
}

inline std::string write_field(field const& f, scenario const& s) {
    auto const value = [&](auto where) {
        if constexpr (std::is_same_v<decltype(where), double link::*>)
            return write(s.network.*where);
        else
            return write(s.*where);
    };
    return std::string{f.name} + " " + std::visit(value, f.where) + "\n";
}

inline std::string write_act(act const& a) {
    std::string text = "at " + write_time(a.at) + " " + std::string{name_of(a.does)};
    for (std::string_view const kind : split(grammar_of(a.does).arguments))
        if (kind.front() != '[' || a.amount != 0)
            text += " " + (kind == "HOST"     ? write_number(a.who)
                           : kind == "NUMBER" ? write_number(a.what)
                                              : write_number(a.amount));
    return text + "\n";
}

} // namespace scenario_words

/// Changes what the text names; acts are added to those that are there. Errands are drawn from the
/// seed. Returns nothing, or what is wrong with the first line that cannot be read: then the
/// scenario has been changed in part. O(n log n) of lines.
[[nodiscard]] inline std::optional<text_fault> read_scenario(std::string_view text, scenario& into,
                                                             std::uint64_t seed = 1) {
    return scenario_words::reader{into, seed}.read(text);
}

/// The whole scenario: reading it into any other one without acts gives this one. What a text
/// cannot say has no effect here (limits of queues and sizes, arguments that an act does not use).
/// The name should be one word without `#`, and the map of the network one of those with a name.
[[nodiscard]] inline std::string to_text(scenario const& s) {
    using namespace scenario_words;
    std::string text = "name " + s.name + "\naddresses ";
    for (auto const& n : dialings)
        if (n.what == s.addresses) text += std::string{n.name} + "\n";
    text += write_network(s.network);
    for (field const& f : fields)
        text += write_field(f, s);
    if (s.staying) text += "staying " + write_law(*s.staying) + "\n";
    text += "away " + write_law(s.away) + "\n";
    for (act const& a : s.acts)
        text += write_act(a);
    return text;
}

} // namespace dht::inline DHT_ABI::sim

#endif
