#ifndef DHT_IO_COMPLETION_HPP
#define DHT_IO_COMPLETION_HPP

#include <dht/io/error_category.hpp>
#include <dht/outcome.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/associated_cancellation_slot.hpp>
#include <asio/cancellation_type.hpp>
#include <asio/error.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/post.hpp>

#include <functional>
#include <memory>

namespace dht::inline DHT_ABI::io {

/// Somebody who waits for the end of an operation.
class completion_base {
public:
    virtual ~completion_base() = default;

    /// Calls the handler later, on its own executor, and keeps that busy until then.
    virtual void complete(errc error, outcome&& o) = 0;

    /// What to do when the handler's cancellation slot is emitted. To be called where the handler
    /// belongs; it is forgotten there too, when the handler is called.
    virtual void on_cancel(std::function<void(asio::cancellation_type)> cancel) = 0;
};

/// What Asio's own operations would say: an operation that was cancelled is aborted.
inline std::error_code to_error_code(errc error) noexcept {
    if (error == errc::ok) return {};
    if (error == errc::cancelled) return asio::error::operation_aborted;
    return make_error_code(error);
}

/// A handler of type void(std::error_code, outcome), once.
template <class Handler>
class completion final : public completion_base {
public:
    completion(asio::any_io_executor const& executor, Handler handler)
        : slot_{asio::get_associated_cancellation_slot(handler)},
          work_{asio::make_work_guard(handler, executor)},
          handler_{std::move(handler)} {}

    void complete(errc error, outcome&& o) override {
        o.finished = true;
        o.error = error;
        asio::post(work_.get_executor(), [slot = slot_, handler = std::move(handler_), error,
                                          o = std::move(o)]() mutable {
            if (slot.is_connected()) slot.clear();
            std::move(handler)(to_error_code(error), std::move(o));
        });
        work_.reset();
    }

    void on_cancel(std::function<void(asio::cancellation_type)> cancel) override {
        if (slot_.is_connected()) slot_.assign(std::move(cancel));
    }

private:
    asio::associated_cancellation_slot_t<Handler> slot_;
    asio::executor_work_guard<asio::associated_executor_t<Handler, asio::any_io_executor>> work_;
    Handler handler_;
};

template <class Handler>
std::unique_ptr<completion_base> make_completion(asio::any_io_executor const& executor,
                                                 Handler handler) {
    return std::make_unique<completion<Handler>>(executor, std::move(handler));
}

} // namespace dht::inline DHT_ABI::io

#endif
