#include "live_line.hpp"

#include <fmt/core.h>

#include <unistd.h>

namespace example {

namespace {

constexpr std::chrono::milliseconds pause{2'000}; // between lines, elsewhere than on a terminal

} // namespace

live_line::live_line(bool quiet) : quiet_{quiet}, terminal_{::isatty(STDERR_FILENO) == 1} {
    if (!terminal_) next_ = clock::now() + pause;
}

void live_line::show(std::string const& text) {
    bool const too_soon = clock::now() < next_;
    if (quiet_ || too_soon || text == shown_) return;
    fmt::print(stderr, "{}{}{}", terminal_ ? "\r" : "", text, terminal_ ? "\x1b[K" : "\n");
    std::fflush(stderr);
    next_ = clock::now() + (terminal_ ? std::chrono::milliseconds{100} : pause);
    shown_ = text;
}

void live_line::clear() {
    if (terminal_ && !shown_.empty()) fmt::print(stderr, "\r\x1b[K");
    shown_.clear();
}

} // namespace example
