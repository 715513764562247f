#include "commands.hpp"

#include "client.hpp"
#include "findings.hpp"
#include "report.hpp"
#include <algorithm>

namespace example {

namespace {

bool find_peers_of(client& c, options const& o, dht::info_hash const& hash) {
    dht::outcome found = c.finish(c.node().find_peers(c.now(), hash));
    std::sort(found.peers.begin(), found.peers.end());
    if (o.json) {
        json answer{{"infohash", text(hash)}, {"peers", json::array()}};
        for (dht::endpoint const& peer : found.peers)
            answer["peers"].push_back(text(peer));
        add_effort(answer, found);
        fmt::print("{}\n", answer.dump());
    } else {
        for (dht::endpoint const& peer : found.peers)
            fmt::print("{}\n", peer);
        fmt::print("{} peers have {}; ", found.peers.size(), hash);
        print_effort(found);
    }
    return !found.peers.empty();
}

bool announce_one(client& c, options const& o, dht::info_hash const& hash) {
    dht::outcome const done = c.finish(c.node().announce(c.now(), hash, {o.port}));
    if (o.json) {
        json answer{{"infohash", text(hash)}, {"port", o.port}, {"stored", done.stored}};
        add_effort(answer, done);
        fmt::print("{}\n", answer.dump());
    } else {
        fmt::print("{} nodes now know that we have {} on port {}; ", done.stored, hash, o.port);
        print_effort(done);
    }
    return done.stored > 0;
}

} // namespace

exit_code for_each_hash(client& c, options const& o, hash_command one) {
    if (!c.join()) return exit_code::no_network;
    bool found = false;
    for (dht::info_hash const& hash : o.hashes)
        found |= one(c, o, hash);
    c.keep_state();
    return found_if(found);
}

exit_code find_peers(client& c, options const& o) {
    return for_each_hash(c, o, find_peers_of);
}

exit_code announce(client& c, options const& o) {
    return for_each_hash(c, o, announce_one);
}

exit_code ping(client& c, options const& o) {
    std::vector<dht::endpoint> const addresses = resolve(o.whom);
    if (addresses.empty()) fmt::print(stderr, "{}: no such host\n", o.whom.host);
    bool answered = false;
    for (dht::endpoint const& at : addresses) {
        dht::outcome const got = c.finish(c.node().ping(c.now(), at));
        double const ms = 1e3 * in_seconds(got.took);
        json answer{{"addr", text(at)}, {"ok", !got.nodes.empty()}};
        if (!got.nodes.empty())
            answer.update({{"id", text(got.nodes.front().id)}, {"milliseconds", ms}});
        answered |= !got.nodes.empty();
        if (o.json)
            fmt::print("{}\n", answer.dump());
        else if (got.nodes.empty())
            fmt::print("{}: {}\n", at, got.error);
        else
            fmt::print("{}: node {} answered in {:.1f} ms\n", at, got.nodes.front().id, ms);
    }
    return found_if(answered);
}

exit_code find_node(client& c, options const& o) {
    if (!c.join()) return exit_code::no_network;
    dht::outcome const found = c.finish(c.node().find_node(c.now(), o.target));
    c.keep_state();
    if (o.json) {
        json answer{{"target", text(o.target)}, {"nodes", to_json(found.nodes)}};
        add_effort(answer, found);
        fmt::print("{}\n", answer.dump());
    } else {
        table nodes{{"SHARED BITS", "NODE ID", "ADDRESS"}};
        for (dht::node_contact const& n : found.nodes)
            nodes.add(
                {text(dht::common_prefix_length<160>(n.id, o.target)), text(n.id), text(n.at)});
        nodes.print();
        print_effort(found);
    }
    return found_if(!found.nodes.empty());
}

exit_code list_nodes(client& c, options const& o) {
    constexpr dht::seconds joining{8};
    if (!c.join()) return exit_code::no_network;
    c.run_until([] { return false; }, std::min<dht::duration>(joining, o.timeout),
                [&] { return fmt::format("joining: {} nodes known", c.good_contacts()); });
    c.keep_state();
    std::vector<dht::node_contact> all;
    table nodes{{"NODE ID", "ADDRESS", "ROUND TRIP"}};
    for (dht::via_index via = 0; via < c.node().addresses(); ++via)
        c.node().for_each_contact(via, [&](dht::contact const& n) {
            all.push_back({dht::to_node_id(n.id), n.at});
            bool const known = n.rtt_ms != dht::contact::rtt_unknown;
            nodes.add({text(n.id), text(n.at), known ? fmt::format("{} ms", n.rtt_ms) : "?"});
        });
    if (o.json)
        fmt::print("{}\n", json{{"nodes", to_json(all)}}.dump());
    else
        nodes.print();
    return found_if(!all.empty());
}

exit_code serve(client& c, options const&) {
    for (dht::via_index via = 0; via < c.node().addresses(); ++via)
        fmt::print("node {} on {}\n", c.node().own_id(via), c.node().local(via));
    std::fflush(stdout);
    c.bootstrap();
    c.run_until_told([] { return false; }, for_ever,
                     [&] {
                         return fmt::format("{} nodes known, {} queries answered, {} peers stored",
                                            c.good_contacts(), c.counted().served,
                                            c.counted().stored);
                     });
    c.keep_state();
    return exit_code::found;
}

} // namespace example
