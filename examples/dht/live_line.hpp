#ifndef DHT_EXAMPLES_DHT_LIVE_LINE_HPP
#define DHT_EXAMPLES_DHT_LIVE_LINE_HPP

#include <chrono>
#include <string>

namespace example {

/// What is going on, on standard error: one line that changes in place on a terminal; elsewhere a
/// new line now and then.
class live_line {
public:
    explicit live_line(bool quiet);

    ~live_line() { clear(); }

    live_line(live_line const&) = delete;
    live_line& operator=(live_line const&) = delete;

    void show(std::string const& text);

    /// Makes room for other output.
    void clear();

private:
    using clock = std::chrono::steady_clock;

    bool quiet_;
    bool terminal_;
    std::string shown_;
    clock::time_point next_{};
};

} // namespace example

#endif
