#include "options.hpp"

#include <dht/base/address_text.hpp>

#include <CLI/CLI.hpp>

namespace example {

namespace {

struct raw_options {
    std::vector<std::string> bind{"0.0.0.0"};
    std::vector<std::string> bootstrap;
    std::string node_id;
};

dht::address read_address(std::string const& text) {
    auto const ip = dht::parse_address(text);
    if (!ip) throw CLI::ValidationError{"--bind", "not an address in numbers: " + text};
    return *ip;
}

host_and_port read_name(std::string const& text) {
    auto name = parse_host_and_port(text);
    if (!name) throw CLI::ValidationError{"--bootstrap", "not HOST:PORT: " + text};
    return *std::move(name);
}

void declare(CLI::App& app, options& o, raw_options& raw) {
    app.add_option("--port", o.port, "UDP port on every bound address; 0: any free one")
        ->required()
        ->type_name("P");
    app.add_option("--bind", raw.bind,
                   "an address in numbers, IPv4 or IPv6; may be repeated (default 0.0.0.0)")
        ->type_name("ADDR")
        ->expected(1)
        ->take_all();
    app.add_option("--bootstrap", raw.bootstrap, "a node to start from; may be repeated")
        ->type_name("HOST:PORT")
        ->expected(1)
        ->take_all();
    app.add_flag("--read-only", o.read_only, "answer no queries (BEP 43)");
    app.add_flag("--allow-local", o.allow_local,
                 "addresses that are not global are as good as others");
    app.add_flag(
        "--sign", o.sign,
        "sign messages with a key of this run; others need not (secure/signed_messages.hpp)");
    app.add_option("--state", o.state, "load the routing table from there, save it at the end")
        ->type_name("FILE");
    app.add_option("--node-id", raw.node_id, "start with this node id")->type_name("HEX");
}

void convert(raw_options const& raw, options& o) {
    for (std::string const& text : raw.bind)
        o.bind.push_back(read_address(text));
    for (std::string const& text : raw.bootstrap)
        o.bootstrap.push_back(read_name(text));
    if (raw.node_id.empty()) return;
    o.node_id = dht::node_id::from_hex(raw.node_id);
    if (!o.node_id) throw CLI::ValidationError{"--node-id", "not 40 hex digits: " + raw.node_id};
}

} // namespace

options parse_options(int argc, char** argv) {
    CLI::App app{"One BitTorrent DHT node, steered by lines of JSON on standard input."};
    app.footer("Example: dht-node --port 6881 --bootstrap router.bittorrent.com:6881\n"
               "Then type: {\"id\":1,\"op\":\"info\"}");
    options o;
    raw_options raw;
    declare(app, o, raw);
    try {
        app.parse(argc, argv);
        convert(raw, o);
    } catch (CLI::Error const& e) {
        std::exit(app.exit(e) == 0 ? 0 : 2);
    }
    return o;
}

} // namespace example
