#ifndef DHT_EXAMPLES_DHT_NODE_CONSOLE_HPP
#define DHT_EXAMPLES_DHT_NODE_CONSOLE_HPP

#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include "line_splitter.hpp"
#include <array>
#include <deque>
#include <functional>

namespace example {

/// Lines from standard input and to standard output, without ever blocking the loop. Pipes,
/// sockets, terminals, files and /dev/null all work: a file is always ready, and Asio reads it at
/// once.
class console {
public:
    struct listener {
        std::function<void(std::string_view)> on_line;
        std::function<void()> on_too_long;
        std::function<void()> on_end;
    };

    console(asio::io_context& io, listener l);
    ~console();
    console(console const&) = delete;
    console& operator=(console const&) = delete;

    void start() { read(); }

    /// Queues one line, without its newline.
    void write(std::string line);

    /// Calls `then` when everything queued has been written, or can never be.
    void when_written(std::function<void()> then);

private:
    void read();
    void on_read(std::error_code error, std::size_t bytes);
    void write_front();
    void on_written(std::error_code error);

    listener listener_;
    asio::posix::stream_descriptor in_;
    asio::posix::stream_descriptor out_;
    int in_flags_;
    int out_flags_;
    line_splitter splitter_;
    std::array<char, 16'384> buffer_{};
    std::deque<std::string> lines_;
    std::function<void()> when_written_;
};

} // namespace example

#endif
