#include "options.hpp"

#include <dht/base/address_text.hpp>
#include <dht/version.hpp>

#include "../common/hex_text.hpp"
#include "commands.hpp"
#include "content_id.hpp"
#include <CLI/CLI.hpp>

namespace example {

namespace {

constexpr char const* well_known[] = {"dht.transmissionbt.com:6881", "dht.libtorrent.org:25401",
                                      "router.bittorrent.com:6881", "router.utorrent.com:6881"};

constexpr char const* footer = R"(Examples:
  dht demo                                          a network of 30 nodes on this machine
  dht find-peers 08ada5a7a6183aae1e09d831df6748d566095a10
  dht find-peers 'magnet:?xt=urn:btih:08ada5a7a6183aae1e09d831df6748d566095a10'
  dht announce 08ada5a7a6183aae1e09d831df6748d566095a10 --port 51413
  dht ping dht.transmissionbt.com:6881
  dht put 'Hello World!'                            then: dht get TARGET
  dht keygen my.key
  dht put --key my.key --salt news 'Hello again'    then: dht get --key-of K --salt news
  dht scrape 08ada5a7a6183aae1e09d831df6748d566095a10
  dht sample dht.libtorrent.org:25401
  dht follow 'magnet:?xs=urn:btpk:K&s=6e657773'     each update of an item, until Ctrl-C
  dht index --state torrents.state > torrents       infohashes that nodes know of, until Ctrl-C
  dht serve --udp-port 6881                         until Ctrl-C

Exit status: 0 done or found, 1 nothing found or no answer, 2 wrong usage, or a
value, key or file that cannot be used, 3 no node of the network answered or no
socket could be bound.

A damaged state file is named, kept as FILE.damaged, and replaced by a new one.)";

/// Options as they are typed.
struct raw_options {
    std::vector<std::string> bind{"0.0.0.0"};
    std::vector<std::string> bootstrap;
    bool no_default_bootstrap = false;
    std::string state;
    unsigned timeout_s = 60;
};

// CLI11 makes an error message of the text that a check returns; "" is fine.

std::string check_address(std::string const& text) {
    return dht::parse_address(text) ? "" : "not an address in numbers: " + text;
}

std::string check_name(std::string const& text) {
    return parse_host_and_port(text) ? "" : "not HOST:PORT: " + text;
}

std::string check_hash(std::string const& text) {
    return !parse_content_id(text).empty()
               ? ""
               : "no infohash (40 or 64 hex digits, 32 of base32, a magnet link): " + text;
}

std::string check_key(std::string const& text) {
    return dht::node_id::from_hex(text) ? "" : "not 40 hex digits: " + text;
}

std::string check_hex(std::string const& text) {
    return parse_hex(text) && !text.empty() ? "" : "not hex digits, two for each byte: " + text;
}

std::string check_public_key(std::string const& text) {
    return text.size() == 64 && parse_hex(text) ? "" : "not 64 hex digits: " + text;
}

std::string check_source(std::string const& text) {
    return parse_source(text) ? ""
                              : "no key (64 hex digits, a magnet link with xs=urn:btpk:): " + text;
}

std::string check_salt(std::string const& text) {
    return text.size() <= 64 ? "" : "a salt has at most 64 bytes";
}

void declare_common(CLI::App& app, options& o, raw_options& raw) {
    app.add_option("--bind", raw.bind, "address in numbers; may be repeated (default 0.0.0.0)")
        ->type_name("ADDR")
        ->expected(1)
        ->take_all()
        ->check(check_address);
    app.add_option("--udp-port", o.udp_port, "of our node (default 0: any free one)")
        ->type_name("P");
    app.add_option("--bootstrap", raw.bootstrap, "a node to start from; may be repeated")
        ->type_name("HOST:PORT")
        ->expected(1)
        ->take_all()
        ->check(check_name);
    app.add_flag("--no-default-bootstrap", raw.no_default_bootstrap,
                 "do not use the well-known nodes");
    app.add_flag(
        "--allow-local", o.allow_local,
        "a private network: any address will do; neither well-known nodes nor saved state");
    app.add_option("--state", raw.state,
                   "what is known of the network (default ~/.cache/dht/state)")
        ->type_name("FILE");
    app.add_option("--timeout", raw.timeout_s, "seconds that a command may take (default 60)")
        ->type_name("S")
        ->check(CLI::Range(1, 86'400));
    app.add_flag("--json", o.json, "print one JSON object, for scripts");
    app.add_flag("--quiet", o.quiet, "no progress on standard error");
}

CLI::App* add_command(CLI::App& app, options& o, char const* name, char const* help,
                      exit_code (*run)(client&, options const&)) {
    CLI::App* const command = app.add_subcommand(name, help)->fallthrough();
    command->callback([&o, run] { o.run = run; });
    return command;
}

CLI::App* add_command(CLI::App& app, options& o, char const* name, char const* help,
                      exit_code (*run)(options const&)) {
    CLI::App* const command = app.add_subcommand(name, help)->fallthrough();
    command->callback([&o, run] { o.run_alone = run; });
    return command;
}

void add_whom(CLI::App& command, options& o) {
    command
        .add_option_function<std::string>(
            "HOST:PORT", [&o](std::string const& text) { o.whom = *parse_host_and_port(text); },
            "of a node")
        ->required()
        ->type_name("")
        ->check(check_name);
}

CLI::Option* add_target(CLI::App& command, options& o) {
    return command
        .add_option_function<std::string>(
            "TARGET", [&o](std::string const& text) { o.target = *dht::node_id::from_hex(text); },
            "40 hex digits")
        ->type_name("")
        ->check(check_key);
}

CLI::Option* add_salt(CLI::App& command, options& o) {
    return command
        .add_option("--salt", o.salt, "tells several items of one key apart; at most 64 bytes")
        ->type_name("S")
        ->check(check_salt);
}

void add_hash(CLI::App& command, options& o) {
    command
        .add_option_function<std::string>(
            "HASH", [&o](std::string const& text) { o.hashes = parse_content_id(text); },
            "infohash in hex or base32, or a magnet link; of a hybrid torrent both are meant")
        ->required()
        ->type_name("")
        ->check(check_hash);
}

void declare_put(CLI::App& app, options& o) {
    CLI::App* const command = add_command(
        app, o, "put", "store up to 1000 bytes for two hours: for ever the same, or ours", put);
    auto* const text = command->add_option("TEXT", o.text, "the value, as a string");
    text->type_name("");
    auto* const bencoded = command->add_option("--bencoded", o.bencoded, "a bencoded value");
    bencoded->type_name("HEX")->check(check_hex)->excludes(text);
    auto* const file = command->add_option("--file", o.file, "the bytes of a file, as a string");
    file->type_name("FILE")->check(CLI::ExistingFile)->excludes(text)->excludes(bencoded);
    auto* const key =
        command->add_option("--key", o.key, "sign with it, and replace what is there");
    key->type_name("FILE")->check(CLI::ExistingFile);
    add_salt(*command, o)->needs(key);
    command->callback([=, &o] {
        if (text->empty() && bencoded->empty() && file->empty())
            throw CLI::RequiredError{"TEXT, --bencoded or --file"};
        o.run = put;
    });
}

void declare_get(CLI::App& app, options& o) {
    CLI::App* const command = add_command(app, o, "get", "what is stored there", get);
    CLI::Option* const target = add_target(*command, o);
    CLI::Option* const key = command->add_option_function<std::string>(
        "--key-of",
        [&o](std::string const& text) {
            o.key_of.emplace();
            dht::from_hex(text, *o.key_of);
        },
        "whose item: a public key");
    key->type_name("PUBKEY")->check(check_public_key)->excludes(target);
    add_salt(*command, o)->needs(key);
    command->callback([=, &o] {
        if (target->empty() && key->empty()) throw CLI::RequiredError{"TARGET or --key-of"};
        o.run = get;
    });
}

void declare_items(CLI::App& app, options& o) {
    declare_put(app, o);
    declare_get(app, o);
    add_command(app, o, "keygen", "make a key pair, and print the public key", make_key)
        ->add_option("FILE", o.key, "new; keep it secret")
        ->required()
        ->type_name("");
}

void declare_surveys(CLI::App& app, options& o) {
    add_hash(*add_command(app, o, "scrape", "how many have this torrent", scrape), o);
    CLI::App* const sampling =
        add_command(app, o, "sample", "some torrents that a node knows of", sample);
    add_whom(*sampling, o);
    add_target(*sampling, o);
}

void declare_follow(CLI::App& app, options& o) {
    CLI::App* const command =
        add_command(app, o, "follow", "tell each update of an item that changes", follow);
    command
        ->add_option_function<std::string>(
            "LINK|KEY", [&o](std::string const& text) { o.source = *parse_source(text); },
            "magnet:?xs=urn:btpk:...&s=..., or a public key (64 hex digits)")
        ->required()
        ->type_name("")
        ->check(check_source);
    add_salt(*command, o);
    command->add_option("--count", o.updates_max, "end after that many updates (default: Ctrl-C)")
        ->type_name("N");
    command
        ->add_option_function<unsigned>(
            "--every", [&o](unsigned s) { o.every = std::chrono::seconds{s}; },
            "seconds between two looks; more while nothing changes (default 300)")
        ->type_name("S")
        ->check(CLI::Range(1, 86'400));
}

void declare_index(CLI::App& app, options& o) {
    CLI::App* const command =
        add_command(app, o, "index", "collect torrents that nodes know of, politely", index);
    command->add_option("--rate", o.rate, "questions per second (default 20)")
        ->type_name("N")
        ->check(CLI::Range(1, 1'000));
    command->add_option("--state", o.index_state, "go on from there, and keep it for the next time")
        ->type_name("FILE");
    command->add_option("--seconds", o.index_s, "end after that time (default: Ctrl-C)")
        ->type_name("N");
}

void declare_commands(CLI::App& app, options& o) {
    add_hash(*add_command(app, o, "find-peers", "who has this torrent", find_peers), o);

    CLI::App* const announcing =
        add_command(app, o, "announce", "tell the network that we have it", announce);
    add_hash(*announcing, o);
    announcing->add_option("--port", o.port, "of our BitTorrent client")
        ->required()
        ->type_name("P")
        ->check(CLI::Range(1, 65'535));

    add_whom(*add_command(app, o, "ping", "who is there, and how fast", ping), o);

    add_command(app, o, "nodes", "join, and list the nodes that we know then", list_nodes);

    add_target(*add_command(app, o, "find-node", "the nodes closest to a key", find_node), o)
        ->required();

    add_command(app, o, "serve", "be a node of the network until Ctrl-C", serve);

    add_command(app, o, "demo", "a whole network on loopback, in this process", demo)
        ->add_option("--nodes", o.demo_nodes, "how many (default 30)")
        ->type_name("N")
        ->check(CLI::Range(3, 200));
}

/// Below XDG_CACHE_HOME or HOME; empty when there is no such place that we can write to.
std::filesystem::path default_state() {
    char const* const cache = std::getenv("XDG_CACHE_HOME");
    char const* const home = std::getenv("HOME");
    if (cache == nullptr && home == nullptr) return {};
    auto const directory =
        (cache != nullptr ? std::filesystem::path{cache} : std::filesystem::path{home} / ".cache") /
        "dht";
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    return error ? std::filesystem::path{} : directory / "state";
}

void convert(raw_options const& raw, options& o) {
    for (std::string const& text : raw.bind)
        o.bind.push_back(*dht::parse_address(text));
    for (std::string const& text : raw.bootstrap)
        o.bootstrap.push_back(*parse_host_and_port(text));
    bool const public_network = !o.allow_local && !raw.no_default_bootstrap;
    if (public_network)
        for (char const* const name : well_known)
            o.bootstrap.push_back(*parse_host_and_port(name));
    o.state = raw.state;
    if (o.state.empty() && public_network) o.state = default_state();
    o.timeout = std::chrono::seconds{raw.timeout_s};
}

} // namespace

options parse_options(int argc, char** argv) {
    CLI::App app{"Ask, and be part of, the BitTorrent DHT."};
    app.require_subcommand(1);
    app.footer(footer);
    app.set_version_flag("--version", "dht " DHT_VERSION_STRING);
    options o;
    raw_options raw;
    declare_common(app, o, raw);
    declare_commands(app, o);
    declare_items(app, o);
    declare_surveys(app, o);
    declare_follow(app, o);
    declare_index(app, o);
    try {
        app.parse(argc, argv);
    } catch (CLI::Error const& e) {
        std::exit(app.exit(e) == 0 ? 0 : static_cast<int>(exit_code::usage));
    }
    convert(raw, o);
    return o;
}

} // namespace example
