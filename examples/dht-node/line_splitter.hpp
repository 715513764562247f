#ifndef DHT_EXAMPLES_DHT_NODE_LINE_SPLITTER_HPP
#define DHT_EXAMPLES_DHT_NODE_LINE_SPLITTER_HPP

#include <string>
#include <string_view>

namespace example {

/// Cuts a stream of bytes into lines of bounded length.
class line_splitter {
public:
    static constexpr std::size_t line_bytes_max = 65'536;

    /// Calls on_line(text) for each line that `bytes` complete, and on_too_long() once for each
    /// line that does not fit; the rest of such a line is skipped.
    template <class OnLine, class OnTooLong>
    void feed(std::string_view bytes, OnLine&& on_line, OnTooLong&& on_too_long) {
        while (!bytes.empty()) {
            std::size_t const end = bytes.find('\n');
            keep(bytes.substr(0, end));
            if (end == std::string_view::npos) return;
            bytes.remove_prefix(end + 1);
            too_long_ ? on_too_long() : on_line(std::string_view{line_});
            line_.clear();
            too_long_ = false;
        }
    }

    /// What stands behind the last newline: a line too, for whoever forgot to end it.
    [[nodiscard]] std::string_view rest() const noexcept { return line_; }

private:
    void keep(std::string_view part) {
        too_long_ = too_long_ || line_.size() + part.size() > line_bytes_max;
        if (too_long_) return line_.clear();
        line_.append(part);
    }

    std::string line_;
    bool too_long_ = false;
};

} // namespace example

#endif
