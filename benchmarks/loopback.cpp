// Datagrams that one core answers over loopback, beside a bare echo that answers with as many
// bytes. The server has a core of its own, and so has the generator, which keeps 64 queries on
// their way. Both servers read and send up to 64 with one system call.

#include <dht/io/drain.hpp>
#include <dht/io/steady_clock.hpp>
#include <dht/io/udp_socket.hpp>

#include <asio/io_context.hpp>

#include "load.hpp"
#include <atomic>
#include <benchmark/benchmark.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <thread>

namespace {

using namespace bench;
using io::udp_socket;

constexpr std::size_t window = 64;
constexpr std::size_t query_count = 8'192;

void pin_to(unsigned core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core % std::thread::hardware_concurrency(), &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

/// CPU time of this thread.
double cpu_seconds() {
    rusage r{};
    getrusage(RUSAGE_THREAD, &r);
    auto const seconds_of = [](timeval t) {
        return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    return seconds_of(r.ru_utime) + seconds_of(r.ru_stime);
}

/// Sends queries from all the addresses of 127/8 that they are to come from, until it is told to
/// stop.
class generator {
public:
    generator(endpoint const& server, std::vector<question> queries)
        : server_{io::to_asio(server)},
          queries_{std::move(queries)},
          thread_{[this] { run(); }} {}

    ~generator() {
        stop_ = true;
        thread_.join();
    }

    std::atomic<std::uint64_t> sent = 0;
    std::atomic<std::uint64_t> answered = 0;

private:
    void run() {
        pin_to(1);
        asio::io_context context;
        udp_socket socket{context.get_executor(), {address::v4(0U), 20'000}};
        fd_ = socket.native().native_handle();
        std::size_t waiting = 0;
        std::size_t idle = 0;
        while (!stop_) {
            std::size_t const got = receive();
            waiting -= std::min(got, waiting);
            answered += got;
            idle = got > 0 ? 0 : idle + 1;
            if (idle > 20'000) waiting = idle = 0; // lost somewhere
            if (waiting + 16 <= window) waiting += send(16);
        }
    }

    std::size_t receive() {
        static thread_local std::array<std::array<char, 2'048>, 32> buffers;
        std::array<iovec, 32> pieces;
        std::array<mmsghdr, 32> messages{};
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            pieces[i] = {buffers[i].data(), buffers[i].size()};
            messages[i].msg_hdr.msg_iov = &pieces[i];
            messages[i].msg_hdr.msg_iovlen = 1;
        }
        int const n = recvmmsg(fd_, messages.data(), messages.size(), MSG_DONTWAIT, nullptr);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

    std::size_t send(std::size_t count) {
        std::array<iovec, 16> pieces;
        std::array<mmsghdr, 16> messages{};
        std::array<io::detail::control_buffer, 16> controls;
        for (std::size_t i = 0; i < count; ++i) {
            question& q = queries_[next_++ % queries_.size()];
            pieces[i] = {q.bytes.data(), q.bytes.size()};
            messages[i].msg_hdr.msg_name = server_.data();
            messages[i].msg_hdr.msg_namelen = static_cast<socklen_t>(server_.size());
            messages[i].msg_hdr.msg_iov = &pieces[i];
            messages[i].msg_hdr.msg_iovlen = 1;
            io::detail::put_source(messages[i].msg_hdr, controls[i], q.from.ip);
        }
        int const n = sendmmsg(fd_, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT);
        sent += n > 0 ? static_cast<std::size_t>(n) : 0;
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

    asio::ip::udp::endpoint server_;
    std::vector<question> queries_;
    std::size_t next_ = 0;
    int fd_ = -1;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

struct server {
    asio::io_context context;
    udp_socket socket{context.get_executor(), {address::v4(0x7f000001), 0}};
    load chance{loopback_askers};
    dht::node<allow_local, seeded_random> node{limits(), seeded_random{7}};
    std::vector<info_hash> hashes;
    io::input_batch input;

    server() {
        node.open(io::steady_now(), socket.local());
        befriend(node, io::steady_now(), chance, 500);
        hashes = store(node, io::steady_now(), chance, 100'000, 5);
    }

    static settings limits() {
        settings s = roomy_limits();
        s.queries_per_second = 1'000; // the generator is faster than 10 000 real askers
        s.queries_burst = 10'000;
        return s;
    }

    void wait() {
        pollfd there{socket.native().native_handle(), POLLIN, 0};
        poll(&there, 1, 10);
    }

    /// Answers what has come; how many datagrams that were.
    std::size_t turn() {
        if (socket.receive(input) != udp_socket::input::datagram) return 0;
        instant const now = io::steady_now();
        node.expect(input.datagrams());
        for (auto const& d : input.datagrams())
            node.receive(now, 0, d.from, d.bytes);
        if (auto const next = node.next_deadline(); next && next->at <= now) node.advance(now);
        io::drain(node, [&](std::span<transmit const> batch) { socket.send(batch); });
        return input.datagrams().size();
    }

    std::size_t echo(std::size_t reply_bytes) {
        if (socket.receive(input) != udp_socket::input::datagram) return 0;
        std::array<transmit, io::input_batch::size_max> batch;
        std::size_t count = 0;
        for (auto const& d : input.datagrams())
            batch[count++] = {0, d.from, {d.bytes.data(), reply_bytes}};
        socket.send(std::span{batch}.first(count));
        return count;
    }
};

server& the_server() {
    static server one;
    return one;
}

/// One iteration is one datagram that was read, and answered.
template <class Turn>
void serve(benchmark::State& state, kind what, Turn turn) {
    server& s = the_server();
    auto queries = questions(s.node, io::steady_now(), s.chance, what, s.hashes, query_count);
    pin_to(0);
    generator g{s.socket.local(), std::move(queries)};
    std::int64_t left = 0;
    double const cpu = cpu_seconds();
    for (auto _ : state) {
        while (left == 0) {
            left = static_cast<std::int64_t>(turn(s));
            if (left == 0) s.wait();
        }
        --left;
    }
    auto const count = static_cast<double>(state.iterations());
    state.SetItemsProcessed(state.iterations());
    state.counters["cpu_us"] = 1e6 * (cpu_seconds() - cpu) / count;
    state.counters["answered"] =
        static_cast<double>(g.answered) / std::max(1.0, static_cast<double>(g.sent));
}

void node(benchmark::State& state, kind what) {
    serve(state, what, [](server& s) { return s.turn(); });
}

/// What the node answers to such a query, in bytes.
void echo(benchmark::State& state, kind what) {
    server& s = the_server();
    auto const one = questions(s.node, io::steady_now(), s.chance, what, s.hashes, 1);
    s.node.receive(io::steady_now(), 0, one[0].from, as_bytes(one[0].bytes));
    std::size_t const bytes = drain(s.node).size();
    state.counters["bytes"] = static_cast<double>(bytes);
    serve(state, what, [bytes](server& each) { return each.echo(bytes); });
}

#define DHT_BENCHMARK_BOTH(what)                                                                   \
    BENCHMARK_CAPTURE(echo, what, kind::what)->UseRealTime()->MinTime(2);                          \
    BENCHMARK_CAPTURE(node, what, kind::what)->UseRealTime()->MinTime(2)

DHT_BENCHMARK_BOTH(ping);
DHT_BENCHMARK_BOTH(find_node);
DHT_BENCHMARK_BOTH(get_peers);
DHT_BENCHMARK_BOTH(announce_peer);

} // namespace

BENCHMARK_MAIN();
