/// dht-sim: how a network of DHT nodes does in all weathers. `dht-sim --help` says what it can do.

#include <dht/sim/scenario_text.hpp>

#include <fmt/core.h>

#include "json.hpp"
#include "options.hpp"
#include "page.hpp"
#include "progress.hpp"
#include "summary.hpp"
#include <fstream>

namespace example {

namespace {

/// A file that is being written; one that cannot be is known before hours of work.
class file {
public:
    explicit file(std::filesystem::path const& at) : at_{at} {
        if (at.empty()) return;
        out_.open(at, std::ios::binary);
        complain();
    }

    [[nodiscard]] std::ofstream* get() { return at_.empty() ? nullptr : &out_; }

    void finish() {
        if (at_.empty()) return;
        out_.flush();
        complain();
    }

private:
    void complain() const {
        if (!out_) throw std::runtime_error{at_.string() + ": cannot be written"};
    }

    std::filesystem::path at_;
    std::ofstream out_;
};

result run(experiment const& e, attention a) {
    progress const bar{fmt::format("{}, {}", e.played.name, name_of(e.of))};
    a.on_progress = [&bar](double share) { bar.show(share); };
    return e.run(a);
}

std::string shortest_of(experiment const& e, attention a) {
    progress const bar{"looking for the fewest acts that fail"};
    a.on_progress = [&bar](double share) { bar.show(share); };
    return write_scenario(e.shortest_failing(a));
}

std::vector<result> run_all(options const& o, attention a) {
    std::vector<result> runs{run(o.wanted, a)};
    a.pcap = nullptr;
    experiment other = o.wanted;
    other.of = o.beside.value_or(other.of);
    if (o.beside) runs.push_back(run(other, a));
    return runs;
}

void tell(options const& o, std::vector<result> const& runs) {
    if (o.json) return fmt::print("{}\n", json_of(o.wanted, runs));
    fmt::print("{}, seed {}, {} hosts\n\n", o.wanted.played.name, o.wanted.seed,
               o.wanted.played.nodes);
    print(summary(runs));
    for (result const& r : runs)
        for (std::string const& failure : r.report.failures)
            fmt::print("{}: {}\n", name_of(r.of), failure);
}

int play(options const& o) {
    file pcap{o.pcap};
    file html{o.html};
    attention const a{o.checks, !o.html.empty(), pcap.get(), {}};
    std::vector<result> const runs = run_all(o, a);
    tell(o, runs);
    if (html.get() != nullptr) *html.get() << page_of(o.wanted, runs);
    html.finish();
    pcap.finish();
    bool const good = runs.front().report.good();
    if (!good && o.shrinks)
        fmt::print(o.json ? stderr : stdout, "\n# the fewest acts that fail\n{}",
                   shortest_of(o.wanted, a));
    return good ? 0 : 1;
}

} // namespace

} // namespace example

int main(int argc, char** argv) {
    example::options const o = example::parse_options(argc, argv);
    try {
        if (o.lists)
            example::list_scenarios();
        else if (o.writes)
            fmt::print("{}", write_scenario(o.wanted.played));
        else
            return example::play(o);
        return 0;
    } catch (std::exception const& e) {
        fmt::print(stderr, "dht-sim: {}\n", e.what());
        return 2;
    }
}
