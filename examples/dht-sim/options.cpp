#include "options.hpp"

#include <dht/sim/scenario_text.hpp>

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <fstream>

namespace example {

namespace {

namespace sim = dht::sim;

constexpr char const* footer = R"(Examples:
  dht-sim lossy                                     how our node does under 10 % loss
  dht-sim churning --beside standard --html a.html  beside BEP 5 by the book, with curves
  dht-sim --errands 50 --nodes 500 --network pl490 --staying w60
  dht-sim storm --text > storm.txt                  to change it, and then:
  dht-sim --config storm.txt --seed 7

Exit status: 0 all was as the scenario expects, 1 it was not, 2 wrong usage, or a
file that cannot be used.)";

/// Settings that flags change: their names are those of a scenario's text.
struct flag {
    char const* setting;
    char const* help;
};

constexpr std::array<flag, 12> flags{{
    {"nodes", "how many hosts"},
    {"routers", "of them, whom everybody knows at first"},
    {"addresses", "ipv4, both or islands"},
    {"network", "continental, pl490, wn242 or standard"},
    {"jitter", "deviation of latencies, as a share"},
    {"loss", "share of datagrams that are lost"},
    {"duplication", "share of datagrams that come twice"},
    {"settling", "time before anything happens, such as 20m"},
    {"lasting", "time after that"},
    {"staying", "law of sessions: w60, h12, diu, 30m, 'weibull 0.6 20m', ..."},
    {"away", "law of the time between two sessions"},
    {"errands", "so many more announces, finds and lookups"},
}};

/// Options as they are typed.
struct raw_options {
    std::string scenario;
    std::string config;
    std::string changes; ///< of flags, as lines of a scenario's text
    bool unchecked = false;
};

[[noreturn]] void refuse(std::string const& why) {
    fmt::print(stderr, "dht-sim: {}\n", why);
    std::exit(2);
}

sim::scenarios::ready const* find_ready(std::string_view name) {
    for (auto const& r : sim::scenarios::all)
        if (r.name == name) return &r;
    return nullptr;
}

// CLI11 makes an error message of the text that a check returns; "" is fine.

std::string check_scenario(std::string const& name) {
    return find_ready(name) != nullptr ? "" : "no such scenario, see --list: " + name;
}

void add_population(CLI::App& app, char const* name, char const* help,
                    std::function<void(population)> take) {
    auto const taken = [take = std::move(take)](std::string const& text) {
        auto const& all = population_names;
        take(static_cast<population>(std::find(all.begin(), all.end(), text) - all.begin()));
    };
    std::vector<std::string> const names{population_names.begin(), population_names.end()};
    app.add_option_function<std::string>(name, taken, help)
        ->type_name("KIND")
        ->check(CLI::IsMember{names});
}

void add_flags(CLI::App& app, raw_options& raw) {
    for (flag const& f : flags) {
        std::string const setting = f.setting;
        auto const line = [setting](std::string const& v) { return setting + " " + v + "\n"; };
        app.add_option_function<std::string>(
               "--" + setting, [&raw, line](std::string const& v) { raw.changes += line(v); },
               f.help)
            ->group("What is different")
            ->type_name("X")
            ->check([line](std::string const& v) {
                sim::scenario any;
                auto const fault = sim::read_scenario(line(v), any);
                return fault ? fault->what : "";
            });
    }
}

void declare(CLI::App& app, options& o, raw_options& raw) {
    auto* const name = app.add_option("SCENARIO", raw.scenario, "one of --list")->type_name("");
    name->check(check_scenario);
    app.add_option("--config", raw.config, "a scenario as text")
        ->type_name("FILE")
        ->check(CLI::ExistingFile)
        ->excludes(name);
    app.add_flag("--list", o.lists, "say which scenarios there are");
    app.add_option("--seed", o.wanted.seed, "of all chance (default 1)")->type_name("N");
    add_population(app, "--kind", "who lives there: ours (default), flat or standard",
                   [&o](population p) { o.wanted.of = p; });
    add_population(app, "--beside", "who does the same, to compare with",
                   [&o](population p) { o.beside = p; });
    app.add_flag("--no-check", raw.unchecked, "do not hold hosts to the protocol: faster");
    app.add_flag("--shrink", o.shrinks, "after a failure: the fewest acts that still fail");
    app.add_flag("--text", o.writes, "write the scenario down and do nothing else");
    app.add_flag("--json", o.json, "print one JSON object, for scripts");
    app.add_option("--html", o.html, "a page with the table and curves")->type_name("FILE");
    app.add_option("--pcap", o.pcap, "all that is sent, for Wireshark")->type_name("FILE");
    add_flags(app, raw);
}

std::string text_of(std::string const& file) {
    std::ifstream in{file, std::ios::binary};
    std::string text{std::istreambuf_iterator<char>{in}, {}};
    if (in.bad() || !in) refuse(file + ": cannot be read");
    return text;
}

sim::scenario scenario_of(raw_options const& raw, std::uint64_t seed) {
    auto const* const ready = find_ready(raw.scenario);
    sim::scenario s = ready != nullptr ? ready->write(seed) : sim::scenario{};
    if (!raw.config.empty())
        if (auto const fault = sim::read_scenario(text_of(raw.config), s, seed))
            refuse(fmt::format("{}:{}: {}", raw.config, fault->line, fault->what));
    if (auto const fault = sim::read_scenario(raw.changes, s, seed)) refuse(fault->what);
    return s;
}

/// Whether it can be played, and that population can live there.
void check(sim::scenario const& s, population p) {
    if (s.lasting <= dht::duration{}) refuse("a scenario has to last: give --lasting");
    if (p == population::standard && s.addresses != sim::dialing::ipv4)
        refuse("standard clients speak IPv4 only: choose --addresses ipv4");
}

} // namespace

options parse_options(int argc, char** argv) {
    CLI::App app{"Put a network of DHT nodes through all weathers, in virtual time."};
    app.footer(footer);
    options o;
    raw_options raw;
    declare(app, o, raw);
    try {
        app.parse(argc, argv);
    } catch (CLI::Error const& e) {
        std::exit(app.exit(e) == 0 ? 0 : 2);
    }
    bool const says_what = !raw.scenario.empty() || !raw.config.empty() || !raw.changes.empty();
    if (!says_what && !o.lists) refuse("which scenario? See --list and --help");
    o.checks = !raw.unchecked;
    o.wanted.played = scenario_of(raw, o.wanted.seed);
    check(o.wanted.played, o.wanted.of);
    check(o.wanted.played, o.beside.value_or(o.wanted.of));
    return o;
}

void list_scenarios() {
    for (auto const& ready : sim::scenarios::all) {
        fmt::print("{:<14}  {}\n", ready.name, ready.says);
    }
}

} // namespace example
