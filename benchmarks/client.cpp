// What lookups cost the node that makes them: time from a reply to the next questions, calls of
// operator new, bytes. A network of 100 000 nodes in memory answers each question at once, and its
// own time does not count. The node has default policies and knows 500 contacts.

#include "allocations.hpp"
#include "scripted_network.hpp"
#include <algorithm>
#include <benchmark/benchmark.h>
#include <ctime>

namespace {

using namespace bench;

using node_type = dht::node<seeded_random>;

enum class kind { find_node, find_peers, announce };

/// Room for so many lookups at once, each with eight questions on their way.
settings room_for(std::size_t lookups) {
    settings s;
    s.operations_max = static_cast<std::uint16_t>(lookups);
    s.lookups_max = static_cast<std::uint16_t>(lookups + 16);
    s.transactions_max = 65'535;
    s.outbox_bytes_max = 64'000'000;
    return s;
}

/// What this thread has had of the processor: other programs do not count.
double processor_seconds() {
    std::timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// The clock is a system call, as long as half a step of a lookup.
double seconds_to_read_clock() {
    double best = 1;
    for (int i = 0; i < 1'000; ++i) {
        double const before = processor_seconds();
        best = std::min(best, processor_seconds() - before);
    }
    return best;
}

/// Time and calls of operator new of what it is told to watch, added up.
struct meter {
    double seconds = 0;
    std::uint64_t calls = 0;

    template <class F>
    void during(F&& f) {
        static double const of_clock = seconds_to_read_clock();
        std::uint64_t const calls_before = heap.calls;
        double const before = processor_seconds();
        f();
        seconds += processor_seconds() - before - of_clock;
        calls += heap.calls - calls_before;
    }
};

struct figures {
    meter starting;  ///< find_node, find_peers, announce
    meter stepping;  ///< receive and advance
    meter finishing; ///< poll_outcome
    std::size_t started = 0;
    std::size_t replies = 0;
    std::size_t lookups = 0;   ///< that have ended
    std::size_t questions = 0; ///< of these, while searching
    std::size_t stored = 0;
    std::size_t peers = 0;

    [[nodiscard]] double seconds() const {
        return starting.seconds + stepping.seconds + finishing.seconds;
    }
};

class client {
public:
    explicit client(std::size_t at_once)
        : mail_(16 * at_once + 512), // whose memory is not the node's
          node_{room_for(at_once), seeded_random{7}} {
        node_.open(now_, {address::v4(0x08080808), 6881});
        for (std::size_t i = 0; i < 500; ++i) {
            node_.ping(now_, network()[i * 199 % network().size()].at);
            turn();
        }
        seen = {};
    }

    void start(kind what, std::size_t count) {
        seen.starting.during([&] {
            for (std::size_t i = 0; i < count; ++i)
                start(what);
        });
        seen.started += count;
    }

    /// All questions are asked and answered, and the outcomes taken.
    void turn() {
        ask();
        now_ += milliseconds{50};
        seen.stepping.during([&] {
            for (std::size_t i = 0; i < count_; ++i)
                node_.receive(now_, 0, mail_[i].other, mail_[i].view());
            if (auto const next = node_.next_deadline(); next && next->at <= now_)
                node_.advance(now_);
        });
        seen.replies += count_;
        seen.finishing.during([&] {
            while (node_.poll_outcome(heard_))
                if (heard_.finished) note(heard_);
        });
    }

    figures seen;

private:
    struct letter {
        endpoint other;
        std::uint16_t size = 0;
        std::array<std::byte, 510> bytes;

        [[nodiscard]] byte_view view() const { return byte_view{bytes}.first(size); }
    };

    static scripted_network const& network() {
        static scripted_network const one{100'000};
        return one;
    }

    void start(kind what) {
        info_hash hash;
        chance_.fill(hash.bytes);
        if (what == kind::find_node) node_.find_node(now_, hash);
        if (what == kind::find_peers) node_.find_peers(now_, hash);
        if (what == kind::announce) node_.announce(now_, hash, {.port = 7'000});
    }

    /// The answers stand in mail_ afterwards.
    void ask() {
        count_ = 0;
        while (auto const t = node_.poll_transmit()) {
            if (count_ == mail_.size()) mail_.emplace_back();
            letter& reply = mail_[count_];
            reply.other = t->to;
            reply.size = static_cast<std::uint16_t>(network().answer(t->to, t->bytes, reply.bytes));
            count_ += reply.size > 0 ? 1 : 0;
        }
    }

    void note(outcome const& o) {
        ++seen.lookups;
        seen.questions += o.asked;
        seen.stored += o.stored;
        seen.peers += o.peers.size();
    }

    instant now_{seconds{1'000}};
    seeded_random chance_{3};
    std::vector<letter> mail_;
    node_type node_;
    outcome heard_;
    std::size_t count_ = 0;
};

void report(benchmark::State& state, figures const& f) {
    auto const per_lookup = [&](auto n) {
        return static_cast<double>(n) / static_cast<double>(f.lookups);
    };
    state.counters["ns_per_step"] = f.stepping.seconds * 1e9 / static_cast<double>(f.replies);
    state.counters["ns_to_start"] = f.starting.seconds * 1e9 / static_cast<double>(f.started);
    state.counters["ns_to_finish"] = per_lookup(f.finishing.seconds * 1e9);
    state.counters["lookups_per_s"] = static_cast<double>(f.lookups) / f.seconds();
    state.counters["questions"] = per_lookup(f.questions);
    state.counters["peers"] = per_lookup(f.peers);
    state.counters["stored"] = per_lookup(f.stored);
    state.counters["news_to_start"] =
        static_cast<double>(f.starting.calls) / static_cast<double>(f.started);
    state.counters["news_on_the_way"] = per_lookup(f.stepping.calls);
    state.counters["news_of_outcomes"] = per_lookup(f.finishing.calls);
}

/// So many are under way all the time: for each that ends another one starts.
void lookup(benchmark::State& state, kind what) {
    auto const at_once = static_cast<std::size_t>(state.range(0));
    client one{at_once};
    std::uint64_t const bytes_before = heap.bytes;
    one.start(what, at_once);
    double const bytes = static_cast<double>(heap.bytes - bytes_before);
    auto const turn = [&] {
        std::size_t const before = one.seen.lookups;
        one.turn();
        one.start(what, one.seen.lookups - before);
    };
    while (one.seen.lookups < 2 * at_once + 1'000)
        turn();
    one.seen = {};
    for (auto _ : state) {
        double const before = one.seen.seconds();
        turn();
        state.SetIterationTime(one.seen.seconds() - before);
    }
    report(state, one.seen);
    state.counters["bytes"] = bytes / static_cast<double>(at_once);
}

/// All torrents from one node: so many under way, and the next begins when one ends.
void announce_10000(benchmark::State& state) {
    constexpr std::size_t torrents = 10'000;
    auto const at_once = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        client one{at_once};
        std::uint64_t const bytes_before = heap.peak = heap.bytes;
        one.start(kind::announce, at_once);
        while (one.seen.lookups < torrents) {
            one.turn();
            std::size_t const due = std::min(torrents, one.seen.lookups + at_once);
            one.start(kind::announce, due - one.seen.started);
        }
        state.SetIterationTime(one.seen.seconds());
        report(state, one.seen);
        state.counters["peak_bytes"] = static_cast<double>(heap.peak - bytes_before);
    }
}

BENCHMARK_CAPTURE(lookup, find_node, kind::find_node)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->UseManualTime();
BENCHMARK_CAPTURE(lookup, find_peers, kind::find_peers)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->UseManualTime();
BENCHMARK_CAPTURE(lookup, announce, kind::announce)->Arg(1)->Arg(100)->Arg(10'000)->UseManualTime();
BENCHMARK(announce_10000)
    ->Arg(1)
    ->Arg(100)
    ->Arg(10'000)
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
