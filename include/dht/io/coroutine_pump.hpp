#ifndef DHT_IO_COROUTINE_PUMP_HPP
#define DHT_IO_COROUTINE_PUMP_HPP

#include <dht/outcome.hpp>

#include <coroutine>
#include <deque>
#include <exception>
#include <unordered_map>
#include <utility>

/// Coroutines in a loop of one's own: no runtime, no Asio. Only <coroutine>.
namespace dht::inline DHT_ABI::io {

/// A coroutine that runs at once, until it first waits. Destroying the task ends it where it waits.
/// Another coroutine may co_await it, once; what it throws comes out there, or out of result().
class [[nodiscard]] task {
public:
    struct promise_type;
    using handle_type = std::coroutine_handle<promise_type>;

    struct promise_type {
        std::exception_ptr error{};
        std::coroutine_handle<> next = std::noop_coroutine(); ///< who waits for its end

        struct at_end {
            bool await_ready() noexcept { return false; }

            std::coroutine_handle<> await_suspend(handle_type h) noexcept {
                return h.promise().next;
            }

            void await_resume() noexcept {}
        };

        task get_return_object() { return task{handle_type::from_promise(*this)}; }

        std::suspend_never initial_suspend() noexcept { return {}; }

        at_end final_suspend() noexcept { return {}; }

        void return_void() noexcept {}

        void unhandled_exception() noexcept { error = std::current_exception(); }
    };

    task(task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}

    task& operator=(task&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }

    ~task() {
        if (handle_) handle_.destroy();
    }

    [[nodiscard]] bool done() const noexcept { return handle_.done(); }

    /// Throws what the coroutine threw, once it is done.
    void result() const {
        if (done() && handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    }

    bool await_ready() const noexcept { return done(); }

    void await_suspend(std::coroutine_handle<> who) noexcept { handle_.promise().next = who; }

    void await_resume() const { result(); }

private:
    explicit task(handle_type h) noexcept : handle_{h} {}

    handle_type handle_;
};

/// Lets coroutines wait for operations:
///
///     outcome found = co_await pump(node.find_peers(now, hash));
///
/// while the loop that drives the node hands over what it polls:
///
///     while (auto o = node.poll_outcome()) pump.deliver(std::move(*o));
///
/// Any coroutine type will do; `task` is one. One coroutine per operation. O(1) each.
class coroutine_pump {
public:
    class [[nodiscard]] waiting {
    public:
        waiting(waiting const&) = delete;
        waiting& operator=(waiting const&) = delete;

        ~waiting() { leave(); }

        bool await_ready() { return !operation_ || pump_->take_missed(operation_, result_); }

        void await_suspend(std::coroutine_handle<> who) {
            who_ = who;
            waits_ = pump_->waiting_.emplace(operation_, this).second;
            DHT_ASSERT(waits_); // one coroutine per operation
        }

        outcome await_resume() noexcept { return std::move(result_); }

    private:
        friend coroutine_pump;

        waiting(coroutine_pump& pump, operation_id operation, bool takes_progress)
            : pump_{&pump},
              operation_{operation},
              takes_progress_{takes_progress} {
            result_.finished = true; // what a null operation has to say
            result_.error = errc::limit_reached;
        }

        void leave() noexcept {
            if (std::exchange(waits_, false)) pump_->waiting_.erase(operation_);
        }

        coroutine_pump* pump_;
        operation_id operation_;
        bool takes_progress_;
        bool waits_ = false;
        std::coroutine_handle<> who_{};
        outcome result_;
    };

    coroutine_pump() = default;
    coroutine_pump(coroutine_pump const&) = delete;
    coroutine_pump& operator=(coroutine_pump const&) = delete;

    /// The coroutines may outlive the pump; they wait for ever then.
    ~coroutine_pump() {
        for (auto const& [id, w] : waiting_)
            w->waits_ = false;
    }

    /// To be awaited: the end of the operation. Null, because it could not start: error
    /// limit_reached at once.
    waiting operator()(operation_id operation) { return {*this, operation, false}; }

    /// To be awaited: the next that the operation has to say, progress or end. What it says while
    /// nobody waits is lost, but the end repeats everything, and the last 64 ends are kept.
    waiting next(operation_id operation) { return {*this, operation, true}; }

    /// False: nobody waits for that (`o` may be moved from; its end is kept for a while). Otherwise
    /// the coroutine has gone on until it waits again.
    bool deliver(outcome o) {
        auto const found = waiting_.find(o.operation);
        if (found == waiting_.end() || !(o.finished || found->second->takes_progress_)) {
            if (o.finished) keep_missed(std::move(o));
            return false;
        }
        waiting& w = *found->second;
        w.leave();
        w.result_ = std::move(o);
        w.who_.resume();
        return true;
    }

private:
    static constexpr std::size_t missed_max = 64;

    void keep_missed(outcome&& o) {
        if (missed_.size() == missed_max) missed_.pop_front();
        missed_.push_back(std::move(o));
    }

    bool take_missed(operation_id operation, outcome& out) {
        for (auto at = missed_.begin(); at != missed_.end(); ++at) {
            if (at->operation != operation) continue;
            out = std::move(*at);
            missed_.erase(at);
            return true;
        }
        return false;
    }

    std::unordered_map<operation_id, waiting*> waiting_;
    std::deque<outcome> missed_; ///< ends that came before anybody asked
};

} // namespace dht::inline DHT_ABI::io

#endif
