// play [--shrink] [--pcap FILE] SCENARIO|all [FIRST_SEED [LAST_SEED]]
//
// Puts scenarios on with the usual node, every host of them held to the protocol, and prints one
// line for each seed: how it went, and the hash of the trace, which is the same with every
// compiler. Exit status 1: something was not as the scenario expects; --shrink then finds a short
// list of acts that still fails, and --pcap writes what the first seed's hosts sent.

#include <dht/sim/pcap.hpp>
#include <dht/sim/scenarios.hpp>
#include <dht/sim/shrink.hpp>
#include <dht/sim/stage.hpp>

#include "../usual_node.hpp"
#include <cstdio>
#include <cstring>
#include <fstream>

using namespace dht;

namespace {

/// One experiment, and who watches it.
class play {
public:
    play(sim::scenario const& s, std::uint64_t seed, char const* pcap_file = nullptr)
        : stage_{
              s, seed,
              [this, limits = s.limits](sim::world& w, std::vector<endpoint> at) -> sim::client& {
                  if (!laws_) laws_.emplace(w);
                  auto& h = w.add<sim::node<>>(std::move(at), limits);
                  laws_->follow(h, limits);
                  return h;
              }} {
        if (pcap_file == nullptr) return;
        file_.open(pcap_file, std::ios::binary);
        capture_.emplace(file_);
        stage_.world().attach(*capture_);
    }

    sim::report const& run() {
        return stage_.run([this] { laws_->conclude(); });
    }

private:
    std::optional<sim::protocol_checker> laws_;
    std::ofstream file_;
    std::optional<sim::pcap> capture_;
    sim::stage stage_;
};

void print(std::string_view name, std::uint64_t seed, sim::report const& r) {
    std::printf("%-14.*s %6llu  found %llu/%llu, %.3f of all  recall %.3f  dead %.3f  %9llu "
                "datagrams  %016llx\n",
                static_cast<int>(name.size()), name.data(), static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(r.finds.good),
                static_cast<unsigned long long>(r.finds.count), r.brought_share(), r.mean_recall(),
                r.dead_share(), static_cast<unsigned long long>(r.traffic.sent),
                static_cast<unsigned long long>(r.trace));
    for (std::string const& failure : r.failures)
        std::printf("  %s\n", failure.c_str());
    std::fflush(stdout);
}

void print(sim::act const& a) {
    std::printf("    %10.3f s  %-9s host %u, number %u, amount %g\n",
                static_cast<double>(a.at.count()) / 1e6, std::string{name_of(a.does)}.c_str(),
                a.who, a.what, a.amount);
}

void print_shortest(sim::scenario s, std::uint64_t seed) {
    s.acts = sim::shrink(s.acts, [&](std::vector<sim::act> const& acts) {
        sim::scenario shorter = s;
        shorter.acts = acts;
        return !play{shorter, seed}.run().good();
    });
    std::printf("  seed %llu fails with these acts alone:\n",
                static_cast<unsigned long long>(seed));
    for (sim::act const& a : s.acts)
        print(a);
}

struct options {
    std::string_view name;
    std::uint64_t first = 1;
    std::uint64_t last = 1;
    bool shrinks = false;
    char const* pcap_file = nullptr;
};

bool read(int argc, char** argv, options& o) {
    int at = 1;
    for (; at < argc && std::strncmp(argv[at], "--", 2) == 0; ++at) {
        if (std::strcmp(argv[at], "--shrink") == 0)
            o.shrinks = true;
        else if (std::strcmp(argv[at], "--pcap") == 0 && at + 1 < argc)
            o.pcap_file = argv[++at];
        else
            return false;
    }
    if (at >= argc) return false;
    o.name = argv[at++];
    if (at < argc) o.first = o.last = std::strtoull(argv[at++], nullptr, 10);
    if (at < argc) o.last = std::strtoull(argv[at++], nullptr, 10);
    return at == argc;
}

} // namespace

int main(int argc, char** argv) {
    options o;
    if (!read(argc, argv, o)) {
        std::fprintf(stderr, "usage: play [--shrink] [--pcap FILE] SCENARIO|all [SEED [LAST]]\n");
        return 2;
    }
    bool all_good = true;
    bool any = false;
    for (auto const& ready : sim::scenarios::all) {
        if (o.name != "all" && o.name != ready.name) continue;
        any = true;
        for (std::uint64_t seed = o.first; seed <= o.last; ++seed) {
            sim::scenario const s = ready.write(seed);
            play p{s, seed, seed == o.first ? o.pcap_file : nullptr};
            sim::report const& r = p.run();
            print(ready.name, seed, r);
            all_good &= r.good();
            if (!r.good() && o.shrinks) print_shortest(s, seed);
        }
    }
    if (!any) std::fprintf(stderr, "play: there is no scenario of that name\n");
    return any && all_good ? 0 : any ? 1 : 2;
}
