#ifndef DHT_EXAMPLES_DHT_SIM_PROGRESS_HPP
#define DHT_EXAMPLES_DHT_SIM_PROGRESS_HPP

#include <fmt/core.h>

#include <cstdio>
#include <string>
#include <unistd.h>

namespace example {

/// A bar on standard error that grows, if somebody looks; it is gone when this object is.
class progress {
public:
    explicit progress(std::string what)
        : what_{std::move(what)},
          shown_{::isatty(STDERR_FILENO) == 1} {}

    progress(progress const&) = delete;
    progress& operator=(progress const&) = delete;

    ~progress() {
        if (shown_) fmt::print(stderr, "\r\x1b[K");
    }

    /// That share of the work is done.
    void show(double share) const {
        if (!shown_) return;
        std::string const done(static_cast<std::size_t>(share * width), '#');
        fmt::print(stderr, "\r{} [{:.<{}}] {:3.0f} %\x1b[K", what_, done, width, 100 * share);
        std::fflush(stderr);
    }

private:
    static constexpr int width = 40;

    std::string what_;
    bool shown_;
};

} // namespace example

#endif
