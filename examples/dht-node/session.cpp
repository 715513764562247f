#include "session.hpp"

#include "../common/node_state.hpp"
#include "../common/sockets.hpp"
#include "operations.hpp"
#include <csignal>

template class dht::basic_node<example::node_type::traits>;
template class dht::io::asio_driver<example::node_type>;

namespace example {

namespace {

/// With a key of this run.
signature_choice signatures(options const& o) {
    if (!o.sign) return signature_choice::none();
    dht::ed25519_seed seed;
    dht::system_entropy(seed);
    return signature_choice::with(dht::ed25519_key_pair::from_seed(seed));
}

node_type make_node(options const& o) {
    dht::settings s;
    s.read_only = o.read_only;
    return node_type{s, o.allow_local ? address_choice::local_too() : address_choice::global_only(),
                     id_choice{o.node_id}, signatures(o)};
}

} // namespace

session::session(asio::io_context& io, options const& o)
    : io_{io},
      options_{o},
      node_{make_node(o)},
      driver_{io.get_executor(), node_},
      console_{io,
               {[this](std::string_view line) { dispatch(*this, line); },
                [this] { refuse({}, "the line is longer than 64 KiB"); }, [this] { quit({}); }}},
      signals_{io, SIGTERM, SIGINT},
      names_{io.get_executor(),
             [this](dht::endpoint const& at) {
                 node_.bootstrap(now(), at);
                 driver_.kick();
             }},
      patience_{io} {
    driver_.on_outcome = [this](dht::outcome const& outcome) { on_outcome(outcome); };
    open_sockets();
    node_.policy<dht::slots::id_generator>().choose(options_.node_id); // rather than a saved one
    load_state(node_, now(), options_.state);
}

void session::open_sockets() {
    for (auto& socket : bind_sockets(io_, options_.bind, options_.port))
        driver_.open(std::move(socket));
}

void session::start() {
    std::signal(SIGPIPE, SIG_IGN); // a controller that is gone closes our input too
    signals_.async_wait([this](std::error_code error, int) {
        if (!error) quit({});
    });
    console_.write(ready_event(*this).dump());
    console_.start();
    for (host_and_port const& name : options_.bootstrap)
        bootstrap(name);
}

std::vector<dht::endpoint> session::own_peers(dht::info_hash const& hash, bool noseed) {
    auto& store = node_.policy<dht::slots::peer_store>();
    auto& chance = node_.policy<dht::slots::random_source>();
    std::vector<dht::endpoint> all;
    for (dht::family const ip : {dht::family::ipv4, dht::family::ipv6}) {
        std::vector<dht::endpoint> peers(node_.limits().peers_per_torrent_max);
        peers.resize(store.sample(now(), hash, {ip, noseed}, chance, peers));
        all.insert(all.end(), peers.begin(), peers.end());
    }
    return all;
}

void session::await(request const& r, dht::operation_id id, conclusion conclude) {
    if (!id) return refuse(r.id(), dht::message(dht::errc::limit_reached));
    auto const [at, fresh] = waiting_.try_emplace(
        id, waiting_request{r.id(), std::move(conclude), asio::steady_timer{io_, r.timeout()}});
    at->second.timer.async_wait([this, id](std::error_code error) {
        if (!error) on_timeout(id);
    });
    driver_.kick();
}

void session::on_timeout(dht::operation_id id) {
    auto const found = waiting_.find(id);
    if (found == waiting_.end()) return; // its outcome came in the same moment
    found->second.timed_out = true;
    node_.cancel(now(), id);
    driver_.kick();
}

void session::on_outcome(dht::outcome const& o) {
    auto const found = waiting_.find(o.operation);
    if (!o.finished || found == waiting_.end()) return;
    json members = found->second.conclude(o);
    if (found->second.timed_out) members["timed_out"] = true;
    write(found->second.id, std::move(members));
    waiting_.erase(found);
}

void session::write(json const& id, json members) {
    members["id"] = id;
    console_.write(members.dump());
}

void session::quit(std::function<void()> const& last_word) {
    if (!std::exchange(ending_, true)) {
        save_state(node_, now(), options_.state);
        node_.stop(now());
        for (auto const& [id, request] : waiting_)
            refuse(request.id, "the program ends");
        waiting_.clear();
    }
    if (last_word) last_word();
    console_.when_written([this] { io_.stop(); });
    patience_.expires_after(std::chrono::seconds{1}); // nobody may ever read our last words
    patience_.async_wait([this](std::error_code error) {
        if (!error) io_.stop();
    });
}

} // namespace example
