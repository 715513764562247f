// Everybody whom a DHT server meets: nodes to know, peers to store, and a load to measure it by.
//
// usage: generator OWN_NETWORK SERVER:PORT
//
// It takes one command a line on its standard input and answers each with one line of JSON. Between
// the commands it goes on answering what the server asks.
//
//   meet                     asks the server for its id, and gathers nodes around it
//   nodes                    where they are
//   greet [per_second]       each of the nodes pings the server
//   census [per_second]      how many contacts the server hands out near them
//   store TORRENTS PEERS [per_second]   announces that many peers of each
//   check [per_second]       keeps in mind those torrents only that the server has peers of
//   crowd PEERS [per_second] announces that many peers of one more torrent
//   tokens COUNT [per_second]   gets what as many announces need
//   load KIND COUNT PLACE    ping find_node get_peers announce_peer popular
//   echo KIND COUNT PLACE    the same, where anything is an answer

#include "campaign.hpp"
#include <cstdio>
#include <iostream>
#include <set>
#include <sstream>

using namespace compare;

namespace {

struct announcement {
    key hash;
    ipv4 from;
    std::string token;
};

struct message {
    ipv4 from;
    std::string bytes;
};

void ignore(std::size_t, std::string_view) {}

class generator {
public:
    generator(ipv4 network, place server)
        : players_{network},
          stage_{players_, {0, port}},
          server_{server} {}

    /// Until there are no more commands.
    void run() {
        std::string line;
        while (next(line)) {
            std::istringstream words{line};
            obey(words);
            std::fflush(stdout);
        }
    }

private:
    static constexpr std::uint16_t port = 20'000;
    static constexpr std::size_t chunk = 20'000; // its tokens are used while they are young

    bool next(std::string& line) {
        pollfd inputs[]{{STDIN_FILENO, POLLIN, 0}, {stage_.socket().native_handle(), POLLIN, 0}};
        for (;;) {
            poll(inputs, 2, -1);
            stage_.attend();
            if (inputs[0].revents != 0) return static_cast<bool>(std::getline(std::cin, line));
        }
    }

    void obey(std::istringstream& words) {
        std::string command;
        words >> command;
        if (command == "meet") return meet();
        if (command == "nodes") return name_nodes();
        if (command == "load" || command == "echo") return load(words, command == "echo");
        std::size_t count = 0;
        std::size_t each = 0;
        if (command == "store") words >> count >> each;
        if (command == "crowd" || command == "tokens") words >> count;
        manner how{server_};
        words >> how.per_second;
        if (command == "greet") return say(greet(how));
        if (command == "census") return census(how);
        if (command == "store") return store(how, count, each);
        if (command == "check") return check(how);
        if (command == "crowd") return crowd(how, count);
        if (command == "tokens") return get_tokens(how, count);
        std::printf("{\"error\": \"unknown command\"}\n");
    }

    void meet() {
        key id{};
        auto const t = stage_.run(
            {server_}, 1, [this](std::size_t, transaction tid) { return asked(0, "ping", tid); },
            [&](std::size_t, std::string_view r) { id = key_of(string_member(r, "id")); });
        if (t.answered > 0) players_.surround(id);
        std::printf("{\"met\": %zu, \"nodes\": %zu}\n", t.answered, players_.nodes());
    }

    void name_nodes() const {
        char const* separator = "";
        std::printf("{\"nodes\": [");
        for (std::size_t i = 0; i < players_.nodes(); ++i, separator = ", ") {
            in_addr const ip{htonl(players_.node(i))};
            char text[INET_ADDRSTRLEN];
            inet_ntop(AF_INET, &ip, text, sizeof text);
            std::printf("%s\"%s:%u\"", separator, text, unsigned{port});
        }
        std::printf("]}\n");
    }

    tally greet(manner const& how) {
        auto const ask = [this](std::size_t i, transaction tid) {
            ipv4 const from = players_.node(i);
            return message{from, query("ping", players_.id_of(from), tid)};
        };
        return stage_.run(how, players_.nodes(), ask, ignore);
    }

    void census(manner const& how) {
        std::set<std::string> seen;
        auto const ask = [this](std::size_t i, transaction tid) {
            key const target = players_.id_of(players_.node(i));
            return asked(i, "find_node", tid, target_argument(target));
        };
        auto const hear = [&seen](std::size_t, std::string_view r) {
            auto nodes = string_member(r, "nodes");
            for (; nodes.size() >= 26; nodes.remove_prefix(26))
                seen.emplace(nodes.substr(0, 20));
        };
        auto const t = stage_.run(how, players_.nodes(), ask, hear);
        std::printf("{\"contacts\": %zu, \"answered\": %zu}\n", seen.size(), t.answered);
    }

    void store(manner const& how, std::size_t torrents, std::size_t peers) {
        hashes_.resize(torrents);
        for (key& hash : hashes_)
            hash = chance_.draw_key();
        tally sum;
        for (std::size_t first = 0; first < torrents * peers; first += chunk) {
            std::vector<announcement> some;
            for (std::size_t i = first; i < std::min(first + chunk, torrents * peers); ++i)
                some.push_back({hashes_[i / peers], asker_for(i), ""});
            add(sum, store_all(how, some));
        }
        say(sum);
    }

    void crowd(manner const& how, std::size_t peers) {
        popular_ = chance_.draw_key();
        std::vector<announcement> all;
        for (std::size_t i = 0; i < peers; ++i)
            all.push_back({popular_, asker_for(i), ""});
        say(store_all(how, all));
    }

    void check(manner const& how) {
        std::vector<key> held;
        auto const t = stage_.run(
            how, hashes_.size(),
            [this](std::size_t i, transaction tid) {
                return asked(i, "get_peers", tid, info_hash_argument(hashes_[i]));
            },
            [&](std::size_t i, std::string_view r) {
                if (!member(r, "values").empty()) held.push_back(hashes_[i]);
            });
        if (!held.empty()) hashes_ = held;
        std::printf("{\"held\": %zu, \"values\": %.1f, \"answered\": %.4f}\n", held.size(),
                    ratio(t.values, held.size()), ratio(t.answered, t.sent));
    }

    void get_tokens(manner const& how, std::size_t count) {
        prepared_.clear();
        for (std::size_t i = 0; i < count; ++i)
            prepared_.push_back({any_hash(), asker_for(chance_.below(cast::askers)), ""});
        say(get_tokens(how, prepared_));
    }

    void load(std::istringstream& words, bool echo) {
        std::string kind;
        std::string to;
        std::size_t count = 0;
        manner how;
        words >> kind >> count >> to;
        how.to = place_of(to);
        how.echo = echo;
        say(stage_.run(
            how, count, [&](std::size_t i, transaction tid) { return question(kind, i, tid); },
            ignore));
    }

    message question(std::string_view kind, std::size_t i, transaction tid) {
        if (kind == "announce_peer") return announce(prepared_.at(i), tid);
        std::size_t const who = chance_.below(cast::askers);
        if (kind == "find_node") return asked(who, kind, tid, target_argument(chance_.draw_key()));
        if (kind == "get_peers") return asked(who, kind, tid, info_hash_argument(any_hash()));
        if (kind == "popular") return asked(who, "get_peers", tid, info_hash_argument(popular_));
        return asked(who, "ping", tid);
    }

    message asked(std::size_t who, std::string_view method, transaction tid,
                  std::string_view arguments = {}) const {
        ipv4 const from = players_.asker(who);
        return {from, query(method, players_.id_of(from), tid, arguments)};
    }

    message announce(announcement const& a, transaction tid) const {
        return {a.from, query("announce_peer", players_.id_of(a.from), tid,
                              announce_arguments(a.hash, a.token))};
    }

    tally get_tokens(manner const& how, std::vector<announcement>& all) {
        return stage_.run(
            how, all.size(),
            [&](std::size_t i, transaction tid) {
                key const id = players_.id_of(all[i].from);
                return message{all[i].from,
                               query("get_peers", id, tid, info_hash_argument(all[i].hash))};
            },
            [&](std::size_t i, std::string_view r) { all[i].token = string_member(r, "token"); });
    }

    tally store_all(manner const& how, std::vector<announcement>& all) {
        get_tokens(how, all);
        return stage_.run(
            how, all.size(), [&](std::size_t i, transaction tid) { return announce(all[i], tid); },
            ignore);
    }

    /// Spreads what follows in order over all askers; 40503 is odd: none comes twice before all
    /// have come.
    ipv4 asker_for(std::size_t i) const { return players_.asker(i * 40'503 % cast::askers); }

    key const& any_hash() { return hashes_.at(chance_.below(hashes_.size())); }

    static double ratio(std::size_t part, std::size_t whole) {
        return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
    }

    static void add(tally& sum, tally const& t) {
        sum.sent += t.sent;
        sum.answered += t.answered;
        sum.errors += t.errors;
        sum.bytes += t.bytes;
        sum.seconds += t.seconds;
    }

    static void say(tally const& t) {
        std::printf("{\"sent\": %zu, \"answered\": %zu, \"errors\": %zu, \"bytes\": %.1f, "
                    "\"nodes\": %.2f, \"values\": %.2f, \"seconds\": %.4f}\n",
                    t.sent, t.answered, t.errors, ratio(t.bytes, t.answered),
                    ratio(t.nodes, t.answered), ratio(t.values, t.answered), t.seconds);
    }

    cast players_;
    stage stage_;
    place server_;
    dice chance_{std::random_device{}()};
    std::vector<key> hashes_;
    key popular_{};
    std::vector<announcement> prepared_;
};

} // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    std::cin.sync_with_stdio(false);
    generator{place_of(argv[1]).ip, place_of(argv[2])}.run();
}
