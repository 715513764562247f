#include "client.hpp"

#include <fmt/format.h>

#include "../common/node_state.hpp"

namespace example {

namespace {

constexpr dht::seconds join_patience{20};       // or the time limit of the options
constexpr dht::seconds old_friends_patience{4}; // then the bootstrap nodes are asked as well

address_choice filter_of(options const& o) {
    return o.allow_local ? address_choice::local_too() : address_choice::global_only();
}

} // namespace

client::client(options const& o)
    : options_{o},
      host_{io_, o.bind, o.udp_port, filter_of(o)},
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
