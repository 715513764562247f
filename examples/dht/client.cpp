#include "client.hpp"

#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include "../common/node_state.hpp"
#include <algorithm>

namespace example {

namespace {

constexpr dht::seconds join_patience{20};       // or the time limit of the options
constexpr dht::seconds old_friends_patience{4}; // then the bootstrap nodes are asked as well

address_choice filter_of(options const& o) {
    return o.allow_local ? address_choice::local_too() : address_choice::global_only();
}

/// The first address of a family that we ask from.
std::optional<dht::via_index> via_of(dht::family f, std::vector<dht::address> const& bind) {
    auto const is_of_it = [f](dht::address const& ip) { return ip.ip_family() == f; };
    auto const found = std::find_if(bind.begin(), bind.end(), is_of_it);
    if (found == bind.end()) return std::nullopt;
    return static_cast<dht::via_index>(found - bind.begin());
}

extension_options extensions_of(options const& o) {
    extension_options e;
    e.follower.poll_min = o.every;
    e.follower.poll_max =
        std::max<dht::minutes>(e.follower.poll_max, std::chrono::ceil<dht::minutes>(o.every));
    e.indexer.questions_per_second = o.rate;
    e.indexer.via = {via_of(dht::family::ipv4, o.bind), via_of(dht::family::ipv6, o.bind)};
    return e;
}

} // namespace

client::client(options const& o)
    : options_{o},
      host_{io_, o.bind, o.udp_port, filter_of(o), extensions_of(o)},
      names_{io_.get_executor(), [this](dht::endpoint const& at) { host_.bootstrap(at); }},
      line_{o.quiet} {
    load_state(node(), now(), options_.state);
    host_.go();
}

bool client::run_until(std::function<bool()> const& done, dht::duration at_most,
                       std::function<std::string()> const& status) {
    constexpr dht::duration tick = dht::milliseconds{50};
    dht::instant const end = now() + at_most;
    while (!done() && now() < end) {
        io_.restart();
        io_.run_one_for(std::min(tick, end - now()));
        line_.show(status());
    }
    line_.clear();
    return done();
}

bool client::run_until_told(std::function<bool()> const& done, dht::duration at_most,
                            std::function<std::string()> const& status) {
    bool told = false;
    asio::signal_set signals{io_, SIGINT, SIGTERM};
    signals.async_wait([&](std::error_code error, int) { told = !error; });
    run_until([&] { return done() || told; }, at_most, status);
    return done();
}

void client::say(std::string const& line) {
    line_.clear();
    fmt::print("{}\n", line);
    std::fflush(stdout);
}

void client::bootstrap() {
    for (host_and_port const& name : options_.bootstrap)
        names_.add(name);
}

bool client::join() {
    auto const joined = [this] { return counted().answered > 0; };
    auto const status = [this] {
        return fmt::format("looking for the network: {} questions, no answer yet", counted().asked);
    };
    bool const has_friends = good_contacts() >= node().limits().good_contacts_wanted;
    if (has_friends && run_until(joined, old_friends_patience, status)) return true;
    bootstrap();
    bool const answered = run_until(joined, std::min(join_patience, options_.timeout), status);
    if (!answered) fmt::print(stderr, "No node of the network answered; see --bootstrap.\n");
    return answered;
}

dht::outcome client::finish(dht::operation_id id) {
    host_.go();
    auto const ended = [this, id] {
        dht::outcome const* const latest = host_.latest(id);
        return latest != nullptr && latest->finished;
    };
    auto const status = [this, id] { return progress(id); };
    if (!run_until(ended, options_.timeout, status)) {
        node().cancel(now(), id);
        host_.go();
        run_until(ended, dht::hours{1}, status); // at once
    }
    return *host_.latest(id);
}

std::string client::progress(dht::operation_id id) {
    dht::outcome const* const latest = host_.latest(id);
    std::size_t const peers = latest == nullptr ? 0 : latest->peers.size();
    return fmt::format("{} questions, {} answers{}", counted().asked, counted().answered,
                       peers == 0 ? "" : fmt::format(", {} peers", peers));
}

void client::keep_state() {
    save_state(node(), now(), options_.state);
}

} // namespace example
