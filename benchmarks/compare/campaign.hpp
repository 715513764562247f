#ifndef DHT_BENCHMARKS_COMPARE_CAMPAIGN_HPP
#define DHT_BENCHMARKS_COMPARE_CAMPAIGN_HPP

#include "cast.hpp"
#include <chrono>
#include <deque>
#include <optional>
#include <poll.h>

namespace compare {

using clock = std::chrono::steady_clock;

/// The queries that are on their way, by transaction id; who waited long enough is given up.
class flight {
public:
    static constexpr std::chrono::milliseconds patience{500};

    /// A random transaction id for the query with that number.
    transaction launch(dice& chance, std::size_t number) {
        for (;;) {
            auto const tid = static_cast<transaction>(chance());
            seat& s = seats_[tid % seats_.size()];
            if (s.taken) continue;
            s = {tid, number, true};
            order_.push_back({tid, clock::now()});
            ++size_;
            return tid;
        }
    }

    /// The number of the query that this one was the answer to.
    std::optional<std::size_t> land(transaction tid) {
        seat& s = seats_[tid % seats_.size()];
        if (!s.taken || s.tid != tid) return std::nullopt;
        s.taken = false;
        --size_;
        return s.number;
    }

    /// The same for an answer that does not say what it answers.
    std::optional<std::size_t> land_oldest() {
        give_up(clock::time_point::min());
        return order_.empty() ? std::nullopt : land(order_.front().tid);
    }

    /// Forgets what was launched before `then`.
    void give_up(clock::time_point then) {
        while (!order_.empty()) {
            auto const [tid, at] = order_.front();
            seat const& s = seats_[tid % seats_.size()];
            bool const waits = s.taken && s.tid == tid;
            if (waits && at >= then) return;
            if (waits) land(tid);
            order_.pop_front();
        }
    }

    [[nodiscard]] std::size_t size() const { return size_; }

private:
    struct seat {
        transaction tid = 0;
        std::size_t number = 0;
        bool taken = false;
    };

    struct launched {
        transaction tid;
        clock::time_point at;
    };

    std::vector<seat> seats_ = std::vector<seat>(65'536);
    std::deque<launched> order_;
    std::size_t size_ = 0;
};

/// How queries are sent, and to whom.
struct manner {
    place to;
    bool echo = false;       ///< it answers with anything
    double per_second = 0;   ///< at most; 0: as fast as the window lets
    std::size_t window = 64; ///< on their way at once
};

struct tally {
    std::size_t sent = 0;
    std::size_t answered = 0;
    std::size_t errors = 0; ///< error replies, among the answered
    std::size_t bytes = 0;  ///< of all replies
    std::size_t nodes = 0;  ///< in them
    std::size_t values = 0;
    double seconds = 0;
};

/// The generator's one socket: sends queries, hears the answers, and answers in the name of the
/// whole cast what that is asked.
class stage {
public:
    stage(cast& players, place at) : players_{players}, port_{at.port}, socket_{at} {}

    [[nodiscard]] batch_socket const& socket() const { return socket_; }

    /// Answers what has come.
    void attend() {
        socket_.receive([this](datagram const& d) { answer(d); });
        socket_.flush();
    }

    /// Sends `count` queries and waits for their answers; none is repeated. `ask(number, tid)`
    /// gives {from, bytes}; `hear(number, r)` takes the answer's values.
    template <class Ask, class Hear>
    tally run(manner const& how, std::size_t count, Ask ask, Hear hear) {
        tally t;
        flight out;
        auto const start = clock::now();
        while (t.sent < count || out.size() > 0) {
            std::size_t const more =
                std::min(due(how, start, count) - t.sent, how.window - out.size());
            if (more >= batch_socket::batch || how.per_second > 0 || count - t.sent <= more)
                for (std::size_t i = 0; i < more; ++i, ++t.sent) {
                    auto const [from, bytes] = ask(t.sent, out.launch(chance_, t.sent));
                    socket_.send({from, how.to, bytes});
                }
            socket_.flush();
            if (how.per_second > 0) wait();
            socket_.receive([&](datagram const& d) {
                if (!take(how, d, out, t, hear)) answer(d);
            });
            out.give_up(clock::now() - flight::patience);
        }
        t.seconds = std::chrono::duration<double>(clock::now() - start).count();
        return t;
    }

private:
    /// How many queries should have left by now.
    static std::size_t due(manner const& how, clock::time_point start, std::size_t count) {
        if (how.per_second == 0) return count;
        std::chrono::duration<double> const elapsed = clock::now() - start;
        return std::min(count, static_cast<std::size_t>(elapsed.count() * how.per_second) + 1);
    }

    void wait() {
        pollfd input{socket_.native_handle(), POLLIN, 0};
        poll(&input, 1, 1);
    }

    /// False: it is no answer that was waited for.
    template <class Hear>
    bool take(manner const& how, datagram const& d, flight& out, tally& t, Hear& hear) {
        if (d.peer != how.to) return false;
        std::string_view const tid = how.echo ? "" : string_member(d.bytes, "t");
        if (!how.echo && (tid.size() != sizeof(transaction) || member(d.bytes, "y") == "1:q"))
            return false;
        auto const number = how.echo ? out.land_oldest() : out.land(transaction_of(tid));
        if (!number) return false;
        ++t.answered;
        t.bytes += d.bytes.size();
        std::string_view const r = how.echo ? "" : member(d.bytes, "r");
        if (!how.echo && r.empty()) ++t.errors;
        t.nodes += string_member(r, "nodes").size() / 26;
        t.values += member(r, "values").size() / 8;
        if (!r.empty()) hear(*number, r);
        return true;
    }

    static transaction transaction_of(std::string_view tid) {
        transaction t;
        std::memcpy(&t, tid.data(), sizeof t);
        return t;
    }

    void answer(datagram const& d) {
        if (member(d.bytes, "y") != "1:q") return;
        std::string_view const method = string_member(d.bytes, "q");
        std::string_view const arguments = member(d.bytes, "a");
        std::string values;
        if (method == "find_node")
            values =
                "5:nodes" + encoded(players_.closest(string_member(arguments, "target"), port_));
        if (method == "get_peers")
            values = "5:nodes" +
                     encoded(players_.closest(string_member(arguments, "info_hash"), port_)) +
                     "5:token4:abcd";
        socket_.send(
            {d.own, d.peer, reply(players_.id_of(d.own), string_member(d.bytes, "t"), values)});
    }

    cast& players_;
    std::uint16_t port_;
    batch_socket socket_;
    dice chance_{std::random_device{}()};
};

} // namespace compare

#endif
