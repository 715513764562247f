#include <dht/dht.hpp>

#include "client.hpp"
#include "commands.hpp"
#include "findings.hpp"
#include "report.hpp"
#include <cmath>

namespace example {

namespace {

void print_sample(dht::endpoint const& at, dht::outcome const& got) {
    if (!got.sample) return fmt::print("{}: {}\n", at, got.error);
    if (!got.sample->supported) return fmt::print("{}: does not know BEP 51\n", at);
    table hashes{{"INFOHASH"}};
    for (dht::info_hash const& hash : got.sample->hashes)
        hashes.add({text(hash)});
    hashes.print();
    fmt::print("{} of the {} torrents that {} knows, others after {} s\n",
               got.sample->hashes.size(), got.sample->num, at, got.sample->interval.count());
}

json json_of_sample(dht::endpoint const& at, dht::outcome const& got) {
    bool const ok = got.sample && got.sample->supported;
    json answer{{"addr", text(at)}, {"ok", ok}, {"nodes", to_json(got.nodes)}};
    if (!ok) return answer;
    answer.update({{"num", got.sample->num},
                   {"interval", got.sample->interval.count()},
                   {"samples", json::array()}});
    for (dht::info_hash const& hash : got.sample->hashes)
        answer["samples"].push_back(text(hash));
    return answer;
}

bool scrape_one(client& c, options const& o, dht::info_hash const& hash) {
    dht::find_peers_options const wish{.noseed = false, .scrape = true};
    dht::outcome const found = c.finish(c.node().find_peers(c.now(), hash, wish));
    dht::swarm_size const size = found.scrape.value_or(dht::swarm_size{});
    json answer{{"infohash", text(hash)},
                {"counted", found.scrape.has_value()},
                {"seeds", std::llround(size.seeds)},
                {"leeches", std::llround(size.leeches)}};
    add_effort(answer, found);
    if (o.json) {
        fmt::print("{}\n", answer.dump());
    } else {
        table t{{"SEEDS", "LEECHES", "INFOHASH"}};
        t.add({answer["seeds"].dump(), answer["leeches"].dump(), text(hash)});
        t.print();
        if (!found.scrape) fmt::print("no node counts its peers; ");
        print_effort(found);
    }
    return found.scrape.has_value();
}

} // namespace

exit_code scrape(client& c, options const& o) {
    return for_each_hash(c, o, scrape_one);
}

exit_code sample(client& c, options const& o) {
    std::vector<dht::endpoint> const addresses = resolve(o.whom);
    if (addresses.empty()) fmt::print(stderr, "{}: no such host\n", o.whom.host);
    bool answered = false;
    for (dht::endpoint const& at : addresses) {
        dht::outcome const got = c.finish(c.node().sample(c.now(), at, o.target));
        answered |= got.sample && got.sample->supported;
        if (o.json)
            fmt::print("{}\n", json_of_sample(at, got).dump());
        else
            print_sample(at, got);
    }
    return found_if(answered);
}

} // namespace example
