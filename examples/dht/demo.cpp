#include <dht/text/format.hpp>

#include "commands.hpp"
#include "host.hpp"
#include "report.hpp"
#include <memory>
#include <stdexcept>

namespace example {

namespace {

constexpr dht::seconds patience{20};

/// What the demo waited for did not come.
struct demo_failed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Many nodes in one process, each on its own address of the loopback network. They know of each
/// other only what they learn over UDP.
class loopback_network {
public:
    /// A node that starts from the first one.
    host& add() {
        dht::address const ip =
            dht::address::v4(0x7f000002U + static_cast<std::uint32_t>(hosts_.size()));
        hosts_.push_back(std::make_unique<host>(io_, std::vector{ip}, std::uint16_t{0},
                                                address_choice::local_too()));
        if (hosts_.size() > 1) hosts_.back()->bootstrap(place_of(*hosts_.front()));
        return *hosts_.back();
    }

    host& at(std::size_t i) { return *hosts_.at(i); }

    [[nodiscard]] std::size_t size() const noexcept { return hosts_.size(); }

    static dht::endpoint place_of(host& h) { return h.node().local(0); }

    /// Runs all nodes until `done()`; throws demo_failed with `what` when that takes too long.
    template <class Done>
    void run_until(Done&& done, std::string const& what) {
        dht::instant const end = at(0).now() + patience;
        while (!done()) {
            if (at(0).now() >= end) throw demo_failed{what};
            io_.run_one_for(std::chrono::milliseconds{10});
        }
    }

    dht::outcome finish(host& h, dht::operation_id id) {
        h.go();
        auto const ended = [&] { return h.latest(id) != nullptr && h.latest(id)->finished; };
        run_until(ended, "an operation did not end");
        return *h.latest(id);
    }

private:
    asio::io_context io_;
    std::vector<std::unique_ptr<host>> hosts_;
};

double milliseconds_of(dht::duration d) {
    return 1e-3 * static_cast<double>(d.count());
}

/// Adds nodes one after the other and shows each as soon as it knows somebody.
void grow(loopback_network& network, unsigned nodes) {
    dht::instant const began = network.add().now();
    fmt::print("node  1 on {} waits for others\n", network.place_of(network.at(0)));
    while (network.size() < nodes) {
        host& h = network.add();
        network.run_until([&] { return h.good_contacts() > 0; },
                          fmt::format("{} found nobody", network.place_of(h)));
        fmt::print("node {:2} on {} joined, {:4.0f} ms, id {:.8}\n", network.size(),
                   network.place_of(h), milliseconds_of(h.now() - began), h.node().own_id(0));
        std::fflush(stdout);
    }
}

/// Everybody is to know a few others; the first nodes hear of the last ones only by and by.
void settle(loopback_network& network) {
    std::size_t const wanted = std::min<std::size_t>(8, network.size() - 1);
    std::size_t most = 0;
    std::size_t settled = 0;
    network.run_until(
        [&] {
            settled = 0;
            for (std::size_t i = 0; i < network.size(); ++i) {
                std::size_t const known = network.at(i).good_contacts();
                settled += known >= wanted ? 1 : 0;
                most = std::max(most, known);
            }
            return settled == network.size();
        },
        "not every node came to know the others");
    fmt::print("every node knows at least {} others, the best connected {}\n\n", wanted, most);
}

dht::info_hash random_hash() {
    dht::info_hash hash;
    dht::system_random{}.fill(hash.bytes);
    return hash;
}

std::string effort(dht::outcome const& o) {
    return fmt::format("{} of {} nodes answered, {:.1f} ms", o.replied, o.asked,
                       milliseconds_of(o.took));
}

/// One more node joins and announces; a node of the old network, which knows nothing of it, finds
/// it.
void announce_and_find(loopback_network& network) {
    host& newcomer = network.add();
    host& finder = network.at(network.size() / 2);
    network.run_until([&] { return newcomer.good_contacts() > 0; }, "the newcomer found nobody");
    dht::info_hash const hash = random_hash();
    constexpr std::uint16_t port = 51'413;
    dht::endpoint const peer{network.place_of(newcomer).ip, port};

    auto const announced =
        network.finish(newcomer, newcomer.node().announce(newcomer.now(), hash, {port}));
    if (announced.stored == 0) throw demo_failed{"nobody stored the announce"};
    auto const found = network.finish(finder, finder.node().find_peers(finder.now(), hash));
    if (found.peers != std::vector{peer}) throw demo_failed{"the peer was not found"};

    table steps{{"STEP", "NODE", "RESULT", "EFFORT"}};
    steps.add({"join", fmt::format("{}", network.place_of(newcomer)),
               fmt::format("{} nodes known", newcomer.good_contacts()), ""});
    steps.add({"announce", fmt::format("{}", network.place_of(newcomer)),
               fmt::format("stored on {} nodes", announced.stored), effort(announced)});
    steps.add({"find-peers", fmt::format("{}", network.place_of(finder)),
               fmt::format("found {}", found.peers.front()), effort(found)});
    fmt::print("infohash {}\n\n", hash);
    steps.print();
}

} // namespace

exit_code demo(options const& o) try {
    loopback_network network;
    grow(network, o.demo_nodes);
    settle(network);
    announce_and_find(network);
    return exit_code::found;

} catch (demo_failed const& e) {

    fmt::print(stderr, "dht demo: {}\n", e.what());
    return exit_code::nothing;
}

} // namespace example
