#include "plot.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace example {

namespace {

// The drawing, in its own units.
constexpr double width = 640;
constexpr double height = 300;
constexpr double left = 64;
constexpr double right = 510;
constexpr double top = 30;
constexpr double bottom = 252;

/// Where on the way from the least to the most of an axis a value is.
double share_of(axis const& a, double value) {
    if (!a.logarithmic) return (value - a.least) / (a.most - a.least);
    return std::log(std::max(value, a.least) / a.least) / std::log(a.most / a.least);
}

std::vector<double> linear_ticks(axis const& a) {
    std::vector<double> all;
    double const step = round_up((a.most - a.least) / 6);
    for (double t = std::ceil(a.least / step) * step; t <= a.most * (1 + 1e-9); t += step)
        all.push_back(t);
    return all;
}

std::vector<double> logarithmic_ticks(axis const& a) {
    std::vector<double> all;
    for (double t = round_up(a.least); t <= a.most * (1 + 1e-9); t = round_up(1.01 * t))
        all.push_back(t);
    return all;
}

std::vector<double> ticks_of(axis const& a) {
    return a.logarithmic ? logarithmic_ticks(a) : linear_ticks(a);
}

/// Collects the elements of one drawing.
class drawing {
public:
    explicit drawing(plot const& p) : p_{p} {
        svg_ = fmt::format("<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n", width,
                           height, escaped(p.title));
        write(left, 16, "title", p.title);
    }

    void draw_axes() {
        for (double const t : ticks_of(p_.x)) {
            line("grid", across(t), top, across(t), bottom);
            write(across(t), bottom + 18, "middle", fmt::format("{:g}", t));
        }
        for (double const t : ticks_of(p_.y)) {
            line("grid", left, up(t), right, up(t));
            write(left - 8, up(t) + 4, "end", fmt::format("{:g}", t));
        }
        write((left + right) / 2, bottom + 40, "middle", p_.x.label);
        svg_ += fmt::format("<text class=\"middle\" transform=\"translate(14 {}) rotate(-90)\">{}"
                            "</text>\n",
                            (top + bottom) / 2, escaped(p_.y.label));
        if (p_.mark) line("mark", across(*p_.mark), top, across(*p_.mark), bottom);
    }

    void draw_curves() {
        std::vector<double> below;
        for (std::size_t i = 0; i < p_.curves.size(); ++i) {
            if (p_.stacked)
                draw_area(i, below);
            else
                draw_line(i);
            draw_legend(i);
        }
    }

    std::string take() { return std::move(svg_) + "</svg>\n"; }

private:
    [[nodiscard]] double across(double x) const {
        return left + share_of(p_.x, x) * (right - left);
    }

    [[nodiscard]] double up(double y) const { return bottom - share_of(p_.y, y) * (bottom - top); }

    [[nodiscard]] std::string place(double x, double y) const {
        return fmt::format("{:.1f},{:.1f} ", across(x), up(y));
    }

    void line(char const* kind, double x1, double y1, double x2, double y2) {
        svg_ += fmt::format(
            "<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", kind,
            x1, y1, x2, y2);
    }

    void write(double x, double y, char const* kind, std::string const& text) {
        svg_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kind, x, y,
                            escaped(text));
    }

    void draw_line(std::size_t i) {
        std::string path;
        for (auto const& [x, y] : p_.curves[i].points)
            path += place(x, y);
        svg_ += fmt::format("<polyline style=\"stroke:var(--c{})\" points=\"{}\"/>\n", i % 8, path);
    }

    /// From the top of those below, there and back again.
    void draw_area(std::size_t i, std::vector<double>& below) {
        auto const& points = p_.curves[i].points;
        below.resize(points.size());
        std::string there;
        std::string back;
        for (std::size_t k = 0; k < points.size(); ++k) {
            auto const [x, y] = points[k];
            back = place(x, below[k]) + back;
            there += place(x, below[k] += y);
        }
        svg_ += fmt::format("<polygon style=\"fill:var(--c{})\" points=\"{}\"/>\n", i % 8,
                            there + back);
    }

    /// Areas are listed as they lie, the uppermost first.
    void draw_legend(std::size_t i) {
        std::size_t const place = p_.stacked ? p_.curves.size() - 1 - i : i;
        double const y = top + 12 + 20 * static_cast<double>(place);
        svg_ += fmt::format("<rect style=\"fill:var(--c{})\" x=\"{}\" y=\"{}\" width=\"12\" "
                            "height=\"12\"/>\n",
                            i % 8, right + 16, y - 10);
        write(right + 34, y, "legend", p_.curves[i].name);
    }

    plot const& p_;
    std::string svg_;
};

} // namespace

double round_up(double x) {
    if (!(x > 0)) return 1;
    double const ten = std::pow(10, std::floor(std::log10(x) + 1e-12));
    for (double const times : {1.0, 2.0, 5.0})
        if (x <= times * ten * (1 + 1e-9)) return times * ten;
    return 10 * ten;
}

std::string svg_of(plot const& p) {
    drawing d{p};
    d.draw_axes();
    d.draw_curves();
    return d.take();
}

std::string escaped(std::string const& text) {
    std::string safe;
    for (char const c : text)
        safe += c == '<'   ? "&lt;"
                : c == '>' ? "&gt;"
                : c == '&' ? "&amp;"
                : c == '"' ? "&quot;"
                           : std::string(1, c);
    return safe;
}

} // namespace example
