#ifndef DHT_IO_ASIO_DRIVER_HPP
#define DHT_IO_ASIO_DRIVER_HPP

#include <dht/io/batch_transport.hpp>
#include <dht/io/completion.hpp>
#include <dht/io/drain.hpp>
#include <dht/io/steady_clock.hpp>
#include <dht/node.hpp>

#include <asio/dispatch.hpp>
#include <asio/steady_timer.hpp>

#include <functional>
#include <optional>
#include <unordered_map>

namespace dht::inline DHT_ABI::io {

/// Drives a node on an Asio executor: reads its sockets, keeps its deadlines, sends what it has to
/// send and hands out its outcomes. Node and driver belong to one strand (or to the one thread that
/// runs the executor), and so do all calls unless they say otherwise; the node must outlive the
/// driver. Destroying the driver is safe at any time outside of on_outcome: operations that
/// somebody awaits are cancelled and complete with asio::error::operation_aborted.
template <class Node>
class asio_driver {
public:
    using executor_type = asio::any_io_executor;

    asio_driver(executor_type executor, Node& node)
        : executor_{std::move(executor)},
          node_{node},
          timer_{executor_} {
        node_.set_unix_time(steady_now(), unix_now());
        attach(&sockets_);
    }

    ~asio_driver() {
        attach(nullptr);
        for (auto& [id, waiting] : awaited_) {
            node_.cancel(steady_now(), id);
            waiting->complete(errc::cancelled, {});
        }
    }

    asio_driver(asio_driver const&) = delete;
    asio_driver& operator=(asio_driver const&) = delete;

    /// Called with each outcome that no completion handler waits for: progress, and the ends of
    /// operations that were started on the node itself. From the executor, and never from inside
    /// another call.
    std::function<void(outcome&&)> on_outcome;

    [[nodiscard]] executor_type get_executor() const noexcept { return executor_; }

    [[nodiscard]] Node& node() noexcept { return node_; }

    /// Binds a socket to that address of ours, port 0 for any; the node is on it from now on. The
    /// order of calls numbers the addresses. Throws std::system_error.
    via_index open(endpoint const& local, socket_options const& options = {}) {
        return add(std::make_unique<udp_socket>(executor_, local, options));
    }

    /// Takes a bound socket. Throws as udp_socket does.
    via_index open(asio::ip::udp::socket socket) {
        return add(std::make_unique<udp_socket>(std::move(socket)));
    }

    /// Where a local address is bound that this driver opened.
    [[nodiscard]] endpoint const& local(via_index via) const { return sockets_.at(via)->local(); }

    /// That socket, which this driver opened: for its counters, and for options of one's own.
    [[nodiscard]] udp_socket& socket(via_index via) { return *sockets_.at(via); }

    /// The node was called directly: sends, reports and sleeps anew, soon.
    void kick() {
        if (std::exchange(kicked_, true)) return;
        asio::post(executor_, guarded([this] {
                       kicked_ = false;
                       drain();
                   }));
    }

    /// Starts an operation with `verb(node, now) -> operation_id`; its end completes the handler.
    /// asio_operations.hpp has the friendly form. May be called from any thread.
    template <class Verb, class Handler>
    void start(Verb verb, Handler handler) {
        // The slot belongs where the handler does; only what it leads to belongs to us.
        auto const started = std::make_shared<operation_id>();
        auto const slot = asio::get_associated_cancellation_slot(handler);
        auto completion = make_completion(executor_, std::move(handler));
        if (slot.is_connected())
            completion->on_cancel([executor = executor_, cancel = guarded([this, started] {
                                                             node_.cancel(steady_now(), *started);
                                                             kick();
                                                         })](asio::cancellation_type) mutable {
                asio::post(executor, std::move(cancel)); // a second emission finds nothing to do
            });
        asio::dispatch(executor_, [this, alive = std::weak_ptr<int>{alive_}, verb = std::move(verb),
                                   started, completion = std::move(completion)]() mutable {
            if (alive.expired()) return completion->complete(errc::cancelled, {});
            *started = verb(node_, steady_now());
            await(*started, std::move(completion));
        });
    }

private:
    /// Read before others get their turn.
    static constexpr std::size_t datagrams_per_turn = 128;

    /// A handler that does nothing once the driver is gone.
    template <class F>
    auto guarded(F f) {
        return [alive = std::weak_ptr<int>{alive_},
                f = std::move(f)](auto const&... arguments) mutable {
            if (!alive.expired()) f(arguments...);
        };
    }

    void attach(udp_sockets* sockets) {
        auto& transport = node_.template policy<slots::transport>();
        if constexpr (requires { transport.attach(sockets); }) transport.attach(sockets);
    }

    via_index add(std::unique_ptr<udp_socket> socket) {
        via_index const via = node_.open(steady_now(), socket->local());
        sockets_.resize(via + 1U); // addresses that another driver opened have no socket here
        sockets_[via] = std::move(socket);
        wait_for_input(via);
        kick();
        return via;
    }

    void wait_for_input(via_index via) {
        sockets_[via]->native().async_wait(asio::socket_base::wait_read,
                                           guarded([this, via](std::error_code error) {
                                               if (error == asio::error::operation_aborted) return;
                                               read(via);
                                               wait_for_input(via);
                                               drain(); // may be our end
                                           }));
    }

    /// The clock is read once for each batch. Less than there was room for is all that had come:
    /// what came since ends the next wait at once.
    void read(via_index via) {
        bool more = true;
        for (std::size_t count = 0; more && count < datagrams_per_turn; ++count) {
            auto const got = sockets_[via]->receive(input_);
            if (got == udp_socket::input::none) return;
            if (got == udp_socket::input::error) continue;
            more = input_.is_full();
            instant const now = steady_now();
            node_.expect(input_.datagrams());
            for (auto const& d : input_.datagrams()) {
                node_.receive(now, via, d.from, d.bytes);
                if (filling()) send();
            }
            count += input_.datagrams().size() - 1;
            send();
        }
    }

    /// Would a small outbox overflow before the batch is through?
    [[nodiscard]] bool filling() const noexcept {
        auto const& transport = node_.template policy<slots::transport>();
        if constexpr (requires { transport.filling(); })
            return transport.filling();
        else
            return false;
    }

    /// UDP: what is not taken is lost.
    void send() {
        io::drain(node_, [this](std::span<transmit const> batch) {
            via_index const via = batch[0].via;
            if (via < sockets_.size() && sockets_[via]) sockets_[via]->send(batch);
        });
    }

    void drain() {
        send();
        std::weak_ptr<int> const alive{alive_};
        while (auto o = node_.poll_outcome()) {
            hand_out(std::move(*o));
            if (alive.expired()) return;
        }
        send();
        sleep();
    }

    void hand_out(outcome&& o) {
        auto const waiting =
            o.finished ? awaited_.extract(o.operation) : typename waiters::node_type{};
        if (waiting) {
            errc const error = o.error;
            waiting.mapped()->complete(error, std::move(o));
        } else if (on_outcome) {
            on_outcome(std::move(o));
        }
    }

    void await(operation_id id, std::unique_ptr<completion_base> completion) {
        if (!id) return completion->complete(errc::limit_reached, {});
        awaited_.emplace(id, std::move(completion));
        kick();
    }

    /// The timer is set anew only when it would be late. Most deadlines are put off long before
    /// they are met: to wake once too early costs less than to follow each of them.
    void sleep() {
        auto const next = node_.next_deadline();
        if (next && wakes_at_ && *wakes_at_ <= next->at) return;
        wakes_at_.reset();
        if (!next) return static_cast<void>(timer_.cancel());
        wakes_at_ = next->at;
        timer_.expires_at(to_steady(next->at));
        timer_.async_wait(guarded([this](std::error_code error) {
            if (error) return;
            wakes_at_.reset();
            node_.advance(steady_now());
            drain();
        }));
    }

    using waiters = std::unordered_map<operation_id, std::unique_ptr<completion_base>>;

    executor_type executor_;
    Node& node_;
    udp_sockets sockets_;
    asio::steady_timer timer_;
    std::optional<instant> wakes_at_; ///< for which the timer is set
    waiters awaited_;
    input_batch input_;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);
    bool kicked_ = false;
};

} // namespace dht::inline DHT_ABI::io

#endif
