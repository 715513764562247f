#include <dht/sim/scenario_text.hpp>

#include "../../catch.hpp"

// A scenario is written down and read back, and whoever writes one is told what is wrong.

using namespace dht;

namespace {

sim::scenario read(std::string_view text, std::uint64_t seed = 1) {
    sim::scenario s;
    auto const fault = sim::read_scenario(text, s, seed);
    INFO(text);
    REQUIRE(!fault);
    return s;
}

std::string fault_of(std::string_view text) {
    sim::scenario s;
    auto const fault = sim::read_scenario(text, s);
    return fault ? std::to_string(fault->line) + ": " + fault->what : "";
}

bool same(sim::link const& a, sim::link const& b) {
    auto const facts = [](sim::link const& l) {
        return std::tuple{l.latency_min, l.latency_max,  l.jitter,     l.loss,        l.duplication,
                          l.map,         l.bursts.begin, l.bursts.end, l.bursts.loss, l.corruption};
    };
    return facts(a) == facts(b);
}

bool same(sim::scenario const& a, sim::scenario const& b) {
    using sim::scenario_words::write_disturbances;
    auto const facts = [](sim::scenario const& s) {
        return std::tuple{s.name,
                          s.nodes,
                          s.routers,
                          s.addresses,
                          s.settling,
                          s.lasting,
                          s.staying,
                          s.away,
                          s.acts,
                          s.found_min,
                          s.got_min,
                          s.recall_min,
                          s.dead_max,
                          s.rogues,
                          s.peers_min,
                          s.nats,
                          s.limits.buckets.shallow,
                          s.limits.buckets.deep,
                          s.cleanly,
                          write_disturbances(s)};
    };
    return facts(a) == facts(b) && same(a.links.network, b.links.network) &&
           same(a.links.door, b.links.door);
}

} // namespace

TEST_CASE("a scenario that is written down comes back the same") {
    for (auto const& ready : sim::scenarios::all) {
        sim::scenario const s = ready.write(7);
        INFO(ready.name);
        CHECK(same(read(write_scenario(s)), s));
    }
}

TEST_CASE("laws, networks and times come back bit for bit") {
    sim::scenario s;
    s.links = sim::losing_in_bursts(sim::standard);
    s.links.network.jitter = 0.1 + 0.2;
    s.links.network.corruption = 1e-9;
    s.staying = sim::sessions::ipfs25;
    s.nats = sim::nat_mixes::mobile;
    s.cleanly = 0.25;
    s.clogging = sim::clogs{0, minutes{7}, seconds{3}};
    s.parting =
        sim::partition_law{sim::split::unevenly, sim::symmetry::one_way, hours{1}, minutes{2}};
    s.limits.buckets.shallow = {8, 9, 10, 128};
    s.limits.buckets.deep = 20;
    s.away = sim::session_law{{0.25, 0.7, duration{1'234'567}}, {0.75, 1, hours{3}}};
    s.settling = duration{1};
    s.acts = {{duration{1'000'001}, sim::verb::put, 4'294'967'295, 3, 9e14},
              {hours{30}, sim::verb::jump, 1, 0, -0.125}};
    CHECK(same(read(write_scenario(s)), s));

    sim::scenario other = s;
    other.acts.clear();
    s.staying.reset();
    s.nats.reset();
    s.clogging.reset();
    s.parting.reset();
    s.limits.buckets = {};
    s.links = {sim::link::across(sim::geographies::wn242, 0), {}};
    s.links.network.bursts = {};
    s.away = sim::session_law::weibull(0.6, minutes{20});
    CHECK(!sim::read_scenario(write_scenario(s), other));
    CHECK(same(other, s));
}

TEST_CASE("a law is written by its name, or as it is") {
    using sim::sessions::h12;
    auto const comes_back = [](std::string const& text, sim::session_law const& law) {
        INFO(text);
        CHECK(read("staying " + text).staying == law);
        CHECK(sim::scenario_words::write_law(law) == text);
    };
    for (auto const& known : sim::scenario_words::laws)
        comes_back(std::string{known.name}, known.what);
    comes_back("30m spread 0.5", sim::session_law::exponential(minutes{30}).spread(0.5));
    comes_back("weibull 0.9 2h spread 1.2 daily 0.1", h12.daily(0.1));
    comes_back("weibull 0.6 215m daily 1", sim::sessions::w60.daily(1));
    comes_back("mixture 0.5 1 3h 0.25 2 1h daily 0.2",
               sim::session_law{{0.5, 1, hours{3}}, {0.25, 2, hours{1}}}.daily(0.2));
    CHECK(read("staying weibull 0.9 120m spread 1.2").staying == h12);
    CHECK(read("staying h12 daily 0.6").staying == sim::sessions::diu);
    CHECK(read("staying w60 spread 0").staying == sim::sessions::w60);
}

TEST_CASE("a text says what is different from a scenario") {
    sim::scenario const s = read("# a comment\n\n  nodes\t200 # hosts\r\nnetwork standard\n"
                                 "loss 0.02\nlasting 1.5h\nstaying w60\naway 30m\n"
                                 "at 20m split 0.5\nat 90s announce 5 3\nat 90s find 6 3");
    CHECK(s.nodes == 200);
    CHECK(s.links.network.map == &sim::geographies::pl490);
    CHECK(s.links.network.loss == 0.02);
    CHECK(s.lasting == minutes{90});
    CHECK(s.staying == sim::sessions::w60);
    CHECK(s.away == sim::session_law::exponential(minutes{30}));
    CHECK(s.acts == std::vector<sim::act>{{seconds{90}, sim::verb::announce, 5, 3, 0},
                                          {seconds{90}, sim::verb::find, 6, 3, 0},
                                          {minutes{20}, sim::verb::split, 0, 0, 0.5}});
    CHECK(s.routers == sim::scenario{}.routers);
}

TEST_CASE("errands are drawn from the seed") {
    CHECK(read("errands 20").acts.size() == 80);
    CHECK(read("errands 20", 3).acts == read("errands 20", 3).acts);
    CHECK(read("errands 20", 3).acts != read("errands 20", 4).acts);
}

TEST_CASE("whoever writes nonsense is told where, and what is expected") {
    CHECK(fault_of("nodes 5\nnodes many") ==
          "2: nodes: expected a whole number from 1 to 10000000");
    CHECK(fault_of("nodes 0") == "1: nodes: expected a whole number from 1 to 10000000");
    CHECK(fault_of("nodes 5 6") == "1: nodes: expected a whole number from 1 to 10000000");
    CHECK(fault_of("loss 1.5") == "1: loss: expected a number from 0 to 1");
    CHECK(fault_of("loss nan") == "1: loss: expected a number from 0 to 1");
    CHECK(fault_of("\n#\nlasting 20") ==
          "3: lasting: expected a time such as 90s, 20m or 1.5h, ten years at most");
    CHECK(fault_of("network moon") == "1: network: expected continental, pl490, wn242 or standard");
    CHECK(fault_of("nats some") == "1: nats: expected homes, mobile or none");
    CHECK(fault_of("buckets 1 2 3") == "1: buckets: expected five whole numbers from 1 to 128");
    CHECK(fault_of("clogs 10m").rfind("1: clogs: expected two times", 0) == 0);
    CHECK(fault_of("parting halves").rfind("1: parting: expected halves or", 0) == 0);
    CHECK(fault_of("at 10m dance 5").rfind("1: there is no act dance, expected crash, ", 0) == 0);
    CHECK(fault_of("at 10m find 5") == "1: at: expected TIME find HOST NUMBER");
    CHECK(fault_of("at 10m heal 1") == "1: at: expected TIME heal ");
    CHECK(fault_of("at 10m split 2") == "1: at: expected TIME split SHARE");
    CHECK(fault_of("colour red").rfind("1: there is no setting colour, expected at, name, ", 0) ==
          0);
    CHECK(fault_of("nodes 5\nerrands 3\nlasting 10m") ==
          "2: errands: expected a scenario lasting over 10m");
}

TEST_CASE("what a law cannot be is refused") {
    for (char const* const law : {"",
                                  "w61",
                                  "0s",
                                  "weibull",
                                  "weibull 0.6",
                                  "weibull 0 20m",
                                  "weibull 0.6 20",
                                  "mixture",
                                  "mixture 1 0.6",
                                  "mixture 0 0.6 20m",
                                  "w60 w60",
                                  "weibull 0.6 20m 1",
                                  "h13",
                                  "daily 0.5",
                                  "w60 daily",
                                  "w60 daily 1.1",
                                  "w60 spread 3.1",
                                  "w60 spread -1",
                                  "w60 daily 0.5 spread 1",
                                  "w60 spread x"})
        CHECK(fault_of("staying " + std::string{law}).rfind("1: staying: expected w60, ", 0) == 0);
}

TEST_CASE("any text is read or refused") {
    std::string const good = write_scenario(sim::scenarios::storm(1));
    sim::dice chance{1};
    for (int i = 0; i < 500; ++i) {
        std::string text = good.substr(0, 1 + chance.next() % good.size());
        for (int damages = 3; damages > 0; --damages) {
            std::size_t const at = chance.next() % text.size();
            text[at] = static_cast<char>(chance.next());
        }
        sim::scenario s;
        auto const fault = sim::read_scenario(text, s);
        CHECK((!fault || (fault->line > 0 && !fault->what.empty())));
    }
}
