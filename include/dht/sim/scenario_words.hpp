#ifndef DHT_SIM_SCENARIO_WORDS_HPP
#define DHT_SIM_SCENARIO_WORDS_HPP

#include <dht/sim/conditions.hpp>
#include <dht/sim/scenario.hpp>

#include <charconv>
#include <cmath>
#include <span>
#include <string>

/// The words of a scenario's text: numbers, times, names and laws, read and written. Numbers do not
/// depend on the locale, and come back bit for bit.
namespace dht::inline DHT_ABI::sim::scenario_words {

using words = std::vector<std::string_view>;

/// What stands between blanks.
inline words split(std::string_view line) {
    constexpr std::string_view blanks = " \t\r\v\f";
    words all;
    for (std::size_t begin = 0; (begin = line.find_first_not_of(blanks, begin)) != line.npos;) {
        std::size_t const end = std::min(line.find_first_of(blanks, begin), line.size());
        all.push_back(line.substr(begin, end - begin));
        begin = end;
    }
    return all;
}

// -- numbers

struct limits {
    double least = 0;
    double most = 1;
};

template <class Number>
bool read_number(std::string_view word, Number& into, limits const& l) noexcept {
    Number n{};
    auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), n);
    if (error != std::errc{} || end != word.data() + word.size()) return false;
    auto const value = static_cast<double>(n);
    if (!(value >= l.least && value <= l.most)) return false; // so is no number at all
    into = n;
    return true;
}

template <class Number>
std::string write_number(Number n) {
    std::array<char, 32> text;
    auto const end = std::to_chars(text.data(), text.data() + text.size(), n).ptr;
    return {text.data(), end};
}

// -- times

/// Ten years: what is longer was a slip of the pen, and would not fit everywhere.
inline constexpr duration longest = hours{24 * 3'650};

struct unit {
    std::string_view name;
    duration is;
};

inline constexpr std::array<unit, 5> units{{{"us", microseconds{1}},
                                            {"ms", milliseconds{1}},
                                            {"s", seconds{1}},
                                            {"m", minutes{1}},
                                            {"h", hours{1}}}};

inline bool read_time(std::string_view word, duration& into) noexcept {
    std::size_t const digits = std::min(word.find_first_not_of("0123456789."), word.size());
    for (unit const& u : units) {
        double n = 0;
        double const most = static_cast<double>(longest / u.is);
        if (u.name != word.substr(digits)) continue;
        if (!read_number(word.substr(0, digits), n, {0, most})) return false;
        into = duration{std::llround(n * static_cast<double>(u.is.count()))};
        return true;
    }
    return false;
}

/// In the largest unit of which it is a whole number, or in parts of a second.
inline std::string write_time(duration d) {
    if (d == duration{}) return "0s";
    for (std::size_t u = units.size(); --u > 0;)
        if (d % units[u].is == duration{})
            return write_number(d / units[u].is) + std::string{units[u].name};
    std::string const us = std::to_string(d.count() % 1'000'000);
    return write_number(d.count() / 1'000'000) + "." + std::string(6 - us.size(), '0') + us + "s";
}

// -- names

template <class T>
struct named {
    std::string_view name;
    T what;
};

inline constexpr std::array<named<dialing>, 3> dialings{
    {{"ipv4", dialing::ipv4}, {"both", dialing::both}, {"islands", dialing::islands}}};

/// With last miles: standard alone.
inline constexpr std::array<named<conditions>, 4> networks{
    {{"continental", {continental, {}}},
     {"pl490", {link::across(geographies::pl490), {}}},
     {"wn242", {link::across(geographies::wn242), {}}},
     {"standard", standard}}};

inline constexpr std::array<named<nat_mix>, 2> mixes{
    {{"homes", nat_mixes::homes}, {"mobile", nat_mixes::mobile}}};

inline constexpr std::array<named<sim::split>, 2> partings{
    {{"halves", sim::split::halves}, {"unevenly", sim::split::unevenly}}};

inline constexpr std::array<named<symmetry>, 2> symmetries{
    {{"both_ways", symmetry::both_ways}, {"one_way", symmetry::one_way}}};

inline constexpr std::array<named<session_law>, 19> laws{{{"w60", sessions::w60},
                                                          {"wmd", sessions::wmd},
                                                          {"kad", sessions::kad},
                                                          {"bam", sessions::bam},
                                                          {"ipfs25", sessions::ipfs25},
                                                          {"h12", sessions::h12},
                                                          {"diu", sessions::diu},
                                                          {"t6_05", sessions::t6_05},
                                                          {"t6_09", sessions::t6_09},
                                                          {"t7_05", sessions::t7_05},
                                                          {"t7_09", sessions::t7_09},
                                                          {"t8_05", sessions::t8_05},
                                                          {"t8_09", sessions::t8_09},
                                                          {"t9_05", sessions::t9_05},
                                                          {"t9_09", sessions::t9_09},
                                                          {"t10_05", sessions::t10_05},
                                                          {"t11_03", sessions::t11_03},
                                                          {"t14_07", sessions::t14_07},
                                                          {"t15_07", sessions::t15_07}}};

template <class T, std::size_t N>
std::string_view name_of(std::array<named<T>, N> const& among, T const& what) noexcept {
    for (named<T> const& n : among)
        if (n.what == what) return n.name;
    return {};
}

template <class T, std::size_t N>
T const* find(std::array<named<T>, N> const& among, std::string_view name) noexcept {
    for (named<T> const& n : among)
        if (n.name == name) return &n.what;
    return nullptr;
}

/// As a sentence has them: "a, b or c".
template <class Named>
std::string enumerated(Named const& all) {
    std::string text;
    for (std::size_t i = 0; i < all.size(); ++i)
        text += std::string{i == 0               ? ""
                            : i + 1 < all.size() ? ", "
                                                 : " or "} +
                std::string{all[i].name};
    return text;
}

// -- laws of sessions

inline constexpr std::size_t law_parts_max = 4;

inline bool read_part(std::span<std::string_view const> said, session_law::part& into) noexcept {
    return read_number(said[0], into.shape, {0.1, 10}) && read_time(said[1], into.scale) &&
           into.scale >= milliseconds{1};
}

/// Parts of a mixture, SHARE SHAPE SCALE each.
inline std::optional<session_law> read_mixture(std::span<std::string_view const> said) {
    if (said.empty() || said.size() % 3 != 0 || said.size() > 3 * law_parts_max) return {};
    std::vector<session_law::part> parts(said.size() / 3);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        auto const one = said.subspan(3 * i, 3);
        if (!read_number(one[0], parts[i].online, {1e-6, 1})) return {};
        if (!read_part(one.subspan(1), parts[i])) return {};
    }
    return session_law(std::span<session_law::part const>{parts});
}

/// A name; a mean, of an exponential law; `weibull SHAPE SCALE`; or `mixture` and its parts.
inline std::optional<session_law> read_common_law(std::span<std::string_view const> said) {
    if (said.size() > 1 && said[0] == "mixture") return read_mixture(said.subspan(1));
    session_law::part p;
    bool const weibull = said.size() == 3 && said[0] == "weibull";
    if (weibull && read_part(said.subspan(1), p)) return session_law{p};
    if (said.size() != 1) return {};
    if (auto const* const known = find(laws, said[0])) return *known;
    if (!read_time(said[0], p.scale) || p.scale < milliseconds{1}) return {};
    return session_law{p};
}

inline constexpr double spread_max = 3; ///< then a twentieth of all scales are 140 times the median

/// What all nodes have in common, and behind it `spread SIGMA`, `daily SWING` or both.
inline std::optional<session_law> read_law(std::span<std::string_view const> said) {
    double spread = 0;
    double swing = 0;
    auto const take = [&said](std::string_view name, double& into, double most) {
        if (said.size() < 3 || said[said.size() - 2] != name) return true;
        bool const good = read_number(said.back(), into, {0, most});
        said = said.first(said.size() - 2);
        return good;
    };
    if (!take("daily", swing, 1) || !take("spread", spread, spread_max)) return {};
    auto law = read_common_law(said);
    if (law && spread > 0) law = law->spread(spread);
    if (law && swing > 0) law = law->daily(swing);
    return law;
}

inline std::string write_common_law(session_law const& law) {
    session_law::part const& first = law.parts().front();
    bool const alone = law.parts().size() == 1 && first.online == 1;
    if (alone && first.shape == 1) return write_time(first.scale);
    std::string text = alone ? "weibull" : "mixture";
    for (session_law::part const& p : law.parts()) {
        if (!alone) text += " " + write_number(p.online);
        text += " " + write_number(p.shape) + " " + write_time(p.scale);
    }
    return text;
}

inline std::string write_law(session_law const& law) {
    for (auto const& known : laws)
        if (known.what == law) return std::string{known.name};
    std::string text = write_common_law(law);
    if (law.spread() > 0) text += " spread " + write_number(law.spread());
    if (law.swing() > 0) text += " daily " + write_number(law.swing());
    return text;
}

} // namespace dht::inline DHT_ABI::sim::scenario_words

#endif
