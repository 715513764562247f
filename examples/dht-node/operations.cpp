#include "operations.hpp"

#include <dht/version.hpp>

#include "answers.hpp"
#include "item_operations.hpp"
#include <cmath>

namespace example {

namespace {

constexpr char const* version = "dht " DHT_VERSION_STRING;

json node_ids(session& s) {
    json ids = json::array();
    for (dht::via_index via = 0; via < s.node().addresses(); ++via)
        ids.push_back(hex(s.node().own_id(via)));
    return ids;
}

std::size_t good_nodes(session& s, dht::family f) {
    std::size_t good = 0;
    for (dht::via_index via = 0; via < s.node().addresses(); ++via)
        if (s.node().local(via).ip.ip_family() == f) good += s.node().good_contacts(via);
    return good;
}

void info(session& s, request const& r) {
    s.answer(r, {{"node_ids", node_ids(s)},
                 {"nodes4", good_nodes(s, dht::family::ipv4)},
                 {"nodes6", good_nodes(s, dht::family::ipv6)},
                 {"version", version}});
}

void nodes(session& s, request const& r) {
    node_set good;
    for (dht::via_index via = 0; via < s.node().addresses(); ++via)
        s.node().for_each_contact(via, [&](dht::contact const& c) {
            if (c.failures == 0) good.add({dht::to_node_id(c.id), c.at});
        });
    s.answer(r, {{"nodes", good.to_json()}});
}

void bootstrap(session& s, request const& r) {
    auto const name = parse_host_and_port(r.text("addr"));
    if (!name) throw bad_request{"member 'addr' must be HOST:PORT"};
    s.bootstrap(*name);
    s.answer(r, json::object());
}

void ping(session& s, request const& r) {
    s.await(r, s.node().ping(s.now(), r.contact("addr")), [](dht::outcome const& o) {
        return o.nodes.empty() ? failure(o) : success({{"node_id", hex(o.nodes.front().id)}});
    });
}

void find_node(session& s, request const& r) {
    dht::key160 const target = r.key("target");
    s.await(r, s.node().find_node(s.now(), target), [target](dht::outcome const& o) {
        node_set found;
        for (dht::node_contact const& n : o.nodes)
            found.add(n);
        found.sort_by_distance(target);
        return success({{"nodes", found.to_json()}});
    });
}

/// What an operation found, and what others have stored with us.
json peers_of(session& s, dht::info_hash const& hash, bool noseed, dht::outcome const& o) {
    peer_set peers;
    for (dht::endpoint const& peer : o.peers)
        peers.add(peer);
    for (dht::endpoint const& peer : s.own_peers(hash, noseed))
        peers.add(peer);
    return peers.to_json();
}

/// Nobody who counts has answered: then nobody was counted.
void add_scrape(json& answer, dht::outcome const& o) {
    dht::swarm_size const size = o.scrape.value_or(dht::swarm_size{});
    answer["seeds"] = std::llround(size.seeds);
    answer["leeches"] = std::llround(size.leeches);
}

void get_peers(session& s, request const& r) {
    dht::info_hash const hash{r.key("infohash")};
    dht::find_peers_options const wish{r.flag("noseed"), r.flag("scrape")};
    s.await(r, s.node().find_peers(s.now(), hash, wish), [=, &s](dht::outcome const& o) {
        json answer = success({{"peers", peers_of(s, hash, wish.noseed, o)}});
        if (wish.scrape) add_scrape(answer, o);
        return answer;
    });
}

void announce(session& s, request const& r) {
    dht::info_hash const hash{r.key("infohash")};
    dht::announce_options const options{r.port("port"), r.flag("implied_port"), r.flag("seed")};
    s.await(r, s.node().announce(s.now(), hash, options), [=, &s](dht::outcome const& o) {
        json answer = success({{"stored", o.stored}, {"peers", peers_of(s, hash, false, o)}});
        add_errors(answer, o);
        return answer;
    });
}

void sample(session& s, request const& r) {
    dht::endpoint const at = r.contact("addr");
    s.await(r, s.node().sample(s.now(), at, r.key("target")), sample_answer);
}

void quit(session& s, request const& r) {
    s.quit([&s, r] { s.answer(r, json::object()); });
}

constexpr operation table[] = {
    {"info", false, info},
    {"bootstrap", false, bootstrap},
    {"quit", false, quit},
    {"nodes", true, nodes},
    {"ping", true, ping},
    {"find_node", true, find_node},
    {"get_peers", true, get_peers},
    {"announce", true, announce},
    {"put", true, put},
    {"get", true, get},
    {"sample", true, sample},
};

operation const* find_operation(std::string_view name) noexcept {
    for (operation const& o : table)
        if (o.name == name) return &o;
    return nullptr;
}

void start(session& s, request const& r) {
    if (r.id().is_null()) throw bad_request{"member 'id' must be an integer"};
    operation const* const o = find_operation(r.text("op"));
    if (o == nullptr) throw bad_request{"unknown op"};
    static_cast<void>(r.timeout()); // complains before anything has begun
    o->start(s, r);
}

} // namespace

std::span<operation const> operations() noexcept {
    return table;
}

void dispatch(session& s, std::string_view line) {
    json id;
    try {
        request const r = request::parse(line);
        id = r.id();
        start(s, r);
    } catch (bad_request const& e) {
        s.refuse(id, e.what());
    }
}

json ready_event(session& s) {
    json caps{"ipv6",   "read_only",   "state",       "seed", "noseed",
              "scrape", "put_mutable", "get_mutable", "cas"};
    for (operation const& o : table)
        if (o.in_caps) caps.push_back(o.name);
    return {{"event", "ready"},        {"proto", 1},
            {"version", version},      {"port", s.node().local(0).port},
            {"node_ids", node_ids(s)}, {"caps", caps}};
}

} // namespace example
