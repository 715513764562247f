#ifndef DHT_SIM_SCENARIO_READER_HPP
#define DHT_SIM_SCENARIO_READER_HPP

#include <dht/sim/scenario_grammar.hpp>
#include <dht/sim/scenarios.hpp>

namespace dht::inline DHT_ABI::sim {

/// What is wrong with a text.
struct text_fault {
    std::size_t line = 0; ///< from 1 on
    std::string what;     ///< which setting, and what is expected
};

namespace scenario_words {

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
        static constexpr std::array<key, 12> all{{
            {"name", &reader::take_name, "a word"},
            {"addresses", &reader::take_addresses, "ipv4, both or islands"},
            {"network", &reader::take_network, "continental, pl490, wn242 or standard"},
            {"latency", &reader::take_latency, "two times, the least and the most one way"},
            {"bursts", &reader::take_bursts, "the chances of a begin, of an end, and of a loss"},
            {"nats", &reader::take_nats, "homes, mobile or none"},
            {"clogs", &reader::take_clogs, "two times, between stalls and of them, or none"},
            {"parting", &reader::take_parting, parting_expected},
            {"buckets", &reader::take_buckets, "five whole numbers from 1 to 128"},
            {"staying", &reader::take_staying, law_expected},
            {"away", &reader::take_away, law_expected},
            {"errands", &reader::take_errands, "a whole number up to 100000"},
        }};
        return all;
    }

    static constexpr std::string_view parting_expected =
        "halves or unevenly, both_ways or one_way, and two times, whole and parted; or none";
    static constexpr std::string_view law_expected =
        "w60, wmd, kad, bam, ipfs25, h12, diu, one of t6_05 to t15_07, a mean such as 30m, or "
        "weibull SHAPE SCALE; and behind it spread SIGMA, daily SWING or both";

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
        return read_field(f, rest, s_.links.network.*where);
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
        if (known != nullptr) s_.links = *known;
        return known != nullptr;
    }

    bool take_latency(said rest) {
        link& l = s_.links.network;
        l.map = nullptr;
        return rest.size() == 2 && read_time(rest[0], l.latency_min) &&
               read_time(rest[1], l.latency_max) && l.latency_min <= l.latency_max;
    }

    bool take_bursts(said rest) {
        loss_bursts& b = s_.links.network.bursts;
        return rest.size() == 3 && read_number(rest[0], b.begin, {}) &&
               read_number(rest[1], b.end, {}) && read_number(rest[2], b.loss, {});
    }

    static bool is_none(said rest) { return rest.size() == 1 && rest[0] == "none"; }

    bool take_nats(said rest) {
        auto const* const known = rest.size() == 1 ? find(mixes, rest[0]) : nullptr;
        s_.nats.reset();
        if (known != nullptr) s_.nats = *known;
        return known != nullptr || is_none(rest);
    }

    bool take_clogs(said rest) {
        s_.clogging.reset();
        if (is_none(rest)) return true;
        clogs& c = s_.clogging.emplace();
        return rest.size() == 2 && read_time(rest[0], c.every) && read_time(rest[1], c.mean) &&
               c.every >= seconds{1};
    }

    bool take_parting(said rest) {
        s_.parting.reset();
        if (is_none(rest)) return true;
        if (rest.size() != 4) return false;
        auto const* const how = find(partings, rest[0]);
        auto const* const ways = find(symmetries, rest[1]);
        if (how == nullptr || ways == nullptr) return false;
        partition_law& p = s_.parting.emplace();
        p.how = *how;
        p.ways = *ways;
        return read_time(rest[2], p.mean_whole) && read_time(rest[3], p.mean_parted);
    }

    bool take_buckets(said rest) {
        bucket_capacities& b = s_.limits.buckets;
        if (rest.size() != b.shallow.size() + 1) return false;
        for (std::size_t i = 0; i < rest.size(); ++i)
            if (unsigned n = 0; read_number(rest[i], n, {1, bucket_capacity_max}))
                (i < b.shallow.size() ? b.shallow[i] : b.deep) = static_cast<std::uint8_t>(n);
            else
                return false;
        return true;
    }

    bool take_staying(said rest) {
        bool const forever = rest.size() == 1 && rest[0] == "forever";
        auto const law = read_law(rest);
        if (law || forever) s_.staying = law;
        return law || forever;
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

} // namespace scenario_words

} // namespace dht::inline DHT_ABI::sim

#endif
