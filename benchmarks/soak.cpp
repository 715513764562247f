// soak [DATAGRAMS [SEED]]: does a node grow? One with default policies and limits, in memory, gets
// about that many datagrams (100 000 000) of everybody who can reach a node: honest ones, broken ones and
// floods, in twenty rounds of nine phases, the last of which is a night of three hours in which
// what it keeps for others expires. It asks questions of its own meanwhile, in a network whose
// nodes come and go.
//
// Two lines for each round, at its height and at its end: simulated hours; MiB resident and KiB of
// the heap, now; contacts, torrents, peers, items; replies since the last line. Exit status 1: the
// most or the least that the heap held in the last tenth, or the most of the process, is more than
// in the fifth, by when all that has a bound is full, and a margin: a twentieth and 64 KiB. Of the
// process that says nothing with sanitizers, unless ASAN_OPTIONS=quarantine_size_mb=1.

#include "allocations.hpp"
#include "others.hpp"
#include <array>
#include <cstdio>
#include <deque>
#include <fstream>
#include <unistd.h>

using namespace bench;

namespace {

using soaked_node = dht::node<seeded_random>;

constexpr std::uint64_t rounds = 20;
constexpr duration night{hours{3}};

std::uint64_t resident_bytes() {
    std::ifstream file{"/proc/self/statm"};
    std::uint64_t all = 0;
    std::uint64_t resident = 0;
    file >> all >> resident;
    return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

/// Of one figure within a tenth of all datagrams.
struct range {
    std::uint64_t least = ~std::uint64_t{0};
    std::uint64_t most = 0;

    void see(std::uint64_t value) {
        least = std::min(least, value);
        most = std::max(most, value);
    }
};

/// What a node is told, and by whom.
class soak {
public:
    explicit soak(std::uint64_t seed)
        : chance_{seed},
          dice_{seed},
          neighbours_{seed},
          node_{settings{}, seeded_random{seed}} {
        node_.set_unix_time(now_, unix_time{1'700'000'000});
        node_.open(now_, {address::v4(0x2d0a0b0c), 6'881});
        for (std::uint32_t n = 0; n < 20; ++n)
            node_.bootstrap(now_, neighbour(n));
    }

    // -- what one of them does, once

    void be_honest() {
        static constexpr std::array<void (soak::*)(), 16> all{
            &soak::ping,      &soak::find_node, &soak::find_node, &soak::find_node,
            &soak::find_node, &soak::get_peers, &soak::get_peers, &soak::get_peers,
            &soak::get_peers, &soak::announce,  &soak::announce,  &soak::announce,
            &soak::put,       &soak::get,       &soak::sample,    &soak::scrape};
        from_ = stranger(dice_.below(60'000) * 257U);
        (this->*all[dice_.below(all.size())])();
        if (dice_.below(2'000) == 0) put_mutable();
        if (dice_.below(2'000) == 0) ask_for_something();
    }

    void send_garbage() {
        from_ = any_stranger();
        std::string bytes = chance_.find_node();
        switch (dice_.below(8)) {
        case 0:
            return tell(chance_.draw(dice_.below(600)));
        case 1:
            return tell("d" + chance_.draw(dice_.below(600)));
        case 2:
            return tell(bytes.substr(0, dice_.below(100)));
        case 3:
            return tell(std::string(1'000 + dice_.below(5'000), 'd'));
        case 4:
            return tell(std::string(dice_.below(600), 'l'));
        case 5:
            return tell(bytes + bytes);
        case 6:
            return tell(chance_.query("nothing", "6:target20:" + chance_.draw(20)));
        default:
            bytes[dice_.below(static_cast<std::uint32_t>(bytes.size()))] ^=
                static_cast<char>(1U << dice_.below(8));
            tell(bytes);
        }
    }

    /// Replies and errors that nobody has asked for, also from those it knows.
    void lie() {
        from_ = dice_.below(2) == 0 ? any_stranger() : neighbour(dice_.below(neighbour_count));
        std::string const last = "1:t6:" + chance_.draw(6) + "1:y1:";
        switch (dice_.below(4)) {
        case 0:
            return tell("d1:eli201e7:Generice" + last + "ee");
        case 1:
            return tell("d1:rd2:id20:" + chance_.draw(20) + "e" + last + "re");
        case 2:
            return tell(last_answer_);
        default:
            tell("d1:rd2:id20:" + chance_.draw(20) + "5:nodes208:" + chance_.draw(208) + "e" +
                 last + "re");
        }
    }

    /// From everywhere to anything; or from a few to all that there is.
    void flood_torrents() {
        if (dice_.below(10) == 0) return be_honest();
        from_ = dice_.below(8) == 0 ? stranger(dice_.below(16)) : any_stranger();
        announce_to(torrent(dice_.below(300'000)));
    }

    void flood_samples() {
        from_ = any_stranger();
        dice_.below(2) == 0 ? sample() : scrape();
    }

    void flood_items() {
        from_ = dice_.below(4) == 0 ? stranger(dice_.below(16)) : any_stranger();
        std::uint32_t const die = dice_.below(1'000);
        if (die < 10) return put_mutable();
        if (die < 20) return put_forged();
        die < 100 ? tell(chance_.put(chance_.draw_item(), "0123456789abcdef")) : put();
    }

    void flood_alone() {
        from_ = stranger(dice_.below(8));
        find_node();
    }

    /// Nodes that have a new id with every query, and so has who asks for the first time.
    void change_ids() {
        from_ = dice_.below(4) == 0 ? any_stranger() : neighbour(dice_.below(neighbour_count));
        dice_.below(2) == 0 ? ping() : find_node();
    }

    /// By night nobody brings anything.
    void rest() {
        from_ = stranger(dice_.below(60'000) * 257U);
        dice_.below(2) == 0 ? find_node() : get_peers();
        if (dice_.below(200) == 0) ask_for_something();
    }

    // -- time

    /// What waits for its time comes first.
    void pass(duration step) {
        instant const end = now_ + step;
        for (;;) {
            instant const answer_at = answers_.empty() ? never : answers_.front().at;
            auto const deadline = node_.next_deadline();
            instant const wake_at = deadline ? deadline->at : never;
            if (std::min(answer_at, wake_at) > end) break;
            now_ = std::max(now_, std::min(answer_at, wake_at));
            answer_at <= wake_at ? tell_answer() : node_.advance(now_);
            drain();
        }
        now_ = end;
    }

    [[nodiscard]] instant now() const { return now_; }

    [[nodiscard]] std::uint64_t datagrams() const { return datagrams_; }

    void print(char const* phase) {
        auto& peers = node_.policy<slots::peer_store>();
        std::printf("%12llu %7.1f %-9s %6.1f %8llu %8zu %8zu %8zu %6zu %9llu\n",
                    static_cast<unsigned long long>(datagrams_),
                    static_cast<double>(now_.time_since_epoch() / seconds{1}) / 3'600, phase,
                    static_cast<double>(resident_bytes()) / (1 << 20),
                    static_cast<unsigned long long>(heap.bytes >> 10U), node_.good_contacts(0),
                    peers.keys(), peers.peers(), node_.policy<slots::item_store>().items(),
                    static_cast<unsigned long long>(replies_));
        std::fflush(stdout);
        replies_ = 0;
    }

private:
    endpoint any_stranger() { return stranger(static_cast<std::uint32_t>(dice_.next())); }

    /// A few of them are what everybody wants.
    info_hash some_torrent() {
        return torrent(dice_.below(2) == 0 ? dice_.below(1'000) : dice_.below(50'000));
    }

    void ping() { tell(chance_.ping()); }

    void find_node() { tell(chance_.find_node()); }

    void get_peers() { tell(chance_.get_peers(some_torrent())); }

    void announce() { announce_to(some_torrent()); }

    void announce_to(info_hash const& hash) {
        tell(chance_.get_peers(hash));
        if (std::string const token = token_of(reply_); !token.empty())
            tell(chance_.announce(hash, token));
    }

    void sample() { tell(chance_.query("sample_infohashes", "6:target20:" + chance_.draw(20))); }

    void scrape() {
        info_hash const hash = some_torrent();
        tell(chance_.query("get_peers",
                           "9:info_hash20:" + std::string{as_text(hash.bytes)} + "6:scrapei1e"));
    }

    void get() {
        tell(chance_.query("get", "6:target20:" + std::string{as_text(last_item_.bytes)}));
    }

    void put() { put_item(chance_.draw_item()); }

    void put_mutable() { put_item(item_for(kind::put_mutable, chance_, ++versions_)); }

    void put_forged() {
        item forged = chance_.draw_item();
        forged.k.emplace();
        seeded_random{dice_.next()}.fill(*forged.k);
        seeded_random{dice_.next()}.fill(forged.sig);
        put_item(forged);
    }

    void put_item(item const& i) {
        last_item_ = i.key();
        tell(chance_.get(last_item_));
        if (std::string const token = token_of(reply_); !token.empty()) tell(chance_.put(i, token));
    }

    /// What its user wants.
    void ask_for_something() {
        switch (dice_.below(4)) {
        case 0:
            node_.find_peers(now_, some_torrent());
            break;
        case 1:
            node_.announce(now_, some_torrent(), {.port = 6'881});
            break;
        case 2:
            node_.put(now_, chance_.draw_item());
            break;
        default:
            node_.sample(now_, neighbour(dice_.below(neighbour_count)), {});
        }
        drain();
    }

    void tell(std::string const& bytes) {
        ++datagrams_;
        reply_.clear();
        node_.receive(now_, 0, from_, as_bytes(bytes));
        drain();
    }

    void tell_answer() {
        auto const a = std::move(answers_.front());
        answers_.pop_front();
        from_ = a.from;
        last_answer_ = a.bytes;
        tell(a.bytes);
    }

    void drain() {
        while (auto const t = node_.poll_transmit())
            take(t->to, as_text(t->bytes));
        while (node_.poll_outcome()) {
        }
    }

    void take(endpoint const& to, std::string_view bytes) {
        if (bytes.find("1:y1:q") == bytes.npos) {
            ++replies_;
            reply_ = bytes;
        } else if (auto a = neighbours_.answer(now_, to, bytes); !a.empty()) {
            answers_.push_back({now_ + milliseconds{50}, to, std::move(a)});
        }
    }

    struct underway {
        instant at;
        endpoint from;
        std::string bytes;
    };

    load chance_;
    split_mix dice_;
    neighbourhood neighbours_;
    soaked_node node_;
    instant now_{seconds{1'000}};
    endpoint from_;
    std::string reply_;
    std::string last_answer_;
    std::deque<underway> answers_;
    item_key last_item_{};
    std::size_t versions_ = 0;
    std::uint64_t datagrams_ = 0;
    std::uint64_t replies_ = 0;
};

struct phase {
    char const* name;
    unsigned percent; ///< of a round's datagrams
    duration pace;    ///< between two; zero: three hours for all of them
    void (soak::*act)();
};

constexpr std::array<phase, 9> phases{{
    {"day", 20, milliseconds{2}, &soak::be_honest},
    {"garbage", 10, microseconds{50}, &soak::send_garbage},
    {"lies", 10, microseconds{50}, &soak::lie},
    {"samples", 6, microseconds{100}, &soak::flood_samples},
    {"alone", 5, microseconds{100}, &soak::flood_alone},
    {"ids", 5, microseconds{200}, &soak::change_ids},
    {"items", 6, microseconds{200}, &soak::flood_items},
    {"torrents", 35, microseconds{200}, &soak::flood_torrents},
    {"night", 3, {}, &soak::rest},
}};

/// Runs them all, and remembers what it saw in each tenth.
class watch {
public:
    watch(std::uint64_t datagrams, std::uint64_t seed) : datagrams_{datagrams}, soak_{seed} {
        std::puts("   datagrams   hours phase     RSS MiB heap KiB contacts torrents    peers  "
                  "items   replies");
    }

    void run() {
        for (std::uint64_t round = 0; round < rounds; ++round)
            for (phase const& p : phases)
                run(p, round);
    }

    /// Does the last tenth exceed the fifth?
    [[nodiscard]] bool grew() const {
        say("heap", heap_);
        say("resident", resident_);
        return exceeds(heap_[9].most, heap_[4].most) || exceeds(heap_[9].least, heap_[4].least) ||
               exceeds(resident_[9].most, resident_[4].most);
    }

private:
    using tenths = std::array<range, 10>;

    static void say(char const* what, tenths const& t) {
        auto const kib = [](std::uint64_t bytes) -> unsigned long long { return bytes >> 10U; };
        std::printf("KiB, %s: %llu to %llu in the fifth tenth, %llu to %llu in the last\n", what,
                    kib(t[4].least), kib(t[4].most), kib(t[9].least), kib(t[9].most));
    }

    static bool exceeds(std::uint64_t now, std::uint64_t then) {
        return now > then + then / 20 + (64U << 10U);
    }

    void run(phase const& p, std::uint64_t round) {
        std::uint64_t const share = datagrams_ / rounds * p.percent / 100;
        bool const by_time = p.pace == duration{};
        duration const pace = by_time ? night / static_cast<std::int64_t>(share) : p.pace;
        instant const begin = soak_.now();
        std::uint64_t const before = soak_.datagrams();
        while (by_time ? soak_.now() < begin + night : soak_.datagrams() < before + share) {
            soak_.pass(pace);
            (soak_.*p.act)();
            look(round);
        }
        if (&p >= &phases[phases.size() - 2]) soak_.print(p.name);
    }

    void look(std::uint64_t round) {
        std::size_t const tenth = round * 10 / rounds;
        heap_[tenth].see(heap.bytes);
        if (++looks_ % 1'000 == 0) resident_[tenth].see(resident_bytes());
    }

    std::uint64_t datagrams_;
    soak soak_;
    tenths heap_{};
    tenths resident_{};
    std::uint64_t looks_ = 0;
};

} // namespace

int main(int argc, char** argv) {
    std::uint64_t const datagrams = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000'000;
    if (datagrams < 100'000)
        return std::fputs("soak [DATAGRAMS [SEED]], 100000 or more\n", stderr), 2;
    watch w{datagrams, argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1};
    w.run();
    bool const grew = w.grew();
    std::puts(grew ? "It grew." : "It did not grow.");
    return grew ? 1 : 0;
}
