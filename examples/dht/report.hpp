#ifndef DHT_EXAMPLES_DHT_REPORT_HPP
#define DHT_EXAMPLES_DHT_REPORT_HPP

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

namespace example {

/// A table whose columns are as wide as their widest cell. The first row is the heading.
class table {
public:
    explicit table(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }

    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }

    void print() const {
        for (auto const& row : rows_) {
            for (std::size_t i = 0; i < row.size(); ++i)
                fmt::print("{:<{}}{}", row[i], i + 1 < row.size() ? width(i) : 0,
                           i + 1 < row.size() ? "  " : "\n");
        }
    }

private:
    [[nodiscard]] std::size_t width(std::size_t column) const {
        std::size_t widest = 0;
        for (auto const& row : rows_)
            widest = std::max(widest, row[column].size());
        return widest;
    }

    std::vector<std::vector<std::string>> rows_;
};

} // namespace example

#endif
