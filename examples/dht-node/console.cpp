#include "console.hpp"

#include <asio/buffer.hpp>
#include <asio/write.hpp>

#include <fcntl.h>
#include <unistd.h>

namespace example {

console::console(asio::io_context& io, listener l)
    : listener_{std::move(l)},
      in_{io, ::dup(STDIN_FILENO)},
      out_{io, ::dup(STDOUT_FILENO)},
      in_flags_{::fcntl(STDIN_FILENO, F_GETFL)},
      out_flags_{::fcntl(STDOUT_FILENO, F_GETFL)} {}

/// Asio made the descriptors non-blocking, and others, such as the shell, have them too.
console::~console() {
    ::fcntl(STDIN_FILENO, F_SETFL, in_flags_);
    ::fcntl(STDOUT_FILENO, F_SETFL, out_flags_);
}

void console::read() {
    in_.async_read_some(asio::buffer(buffer_), [this](std::error_code error, std::size_t bytes) {
        on_read(error, bytes);
    });
}

void console::on_read(std::error_code error, std::size_t bytes) {
    if (error == asio::error::operation_aborted) return;
    if (error) {
        if (!splitter_.rest().empty()) listener_.on_line(splitter_.rest());
        return listener_.on_end();
    }
    splitter_.feed({buffer_.data(), bytes}, listener_.on_line, listener_.on_too_long);
    read();
}

void console::write(std::string line) {
    line += '\n';
    lines_.push_back(std::move(line));
    if (lines_.size() == 1) write_front();
}

void console::write_front() {
    asio::async_write(out_, asio::buffer(lines_.front()),
                      [this](std::error_code error, std::size_t) { on_written(error); });
}

void console::on_written(std::error_code error) {
    if (error)
        lines_.clear(); // nobody listens any more
    else
        lines_.pop_front();
    if (!lines_.empty()) return write_front();
    if (when_written_) when_written_();
}

void console::when_written(std::function<void()> then) {
    if (lines_.empty()) return then();
    when_written_ = std::move(then);
}

} // namespace example
