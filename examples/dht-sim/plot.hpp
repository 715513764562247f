#ifndef DHT_EXAMPLES_DHT_SIM_PLOT_HPP
#define DHT_EXAMPLES_DHT_SIM_PLOT_HPP

#include <optional>
#include <string>
#include <vector>

namespace example {

struct axis {
    std::string label; ///< with the unit
    double least = 0;
    double most = 1;
    bool logarithmic = false;
};

struct curve {
    std::string name;
    std::vector<std::pair<double, double>> points; ///< x ascending
};

/// A diagram of some curves, of at most eight colours.
struct plot {
    std::string title;
    axis x;
    axis y;
    std::vector<curve> curves;
    bool stacked = false;       ///< areas, one upon the other; all curves have the same x
    std::optional<double> mark; ///< a line across at that x
};

/// The next larger number of 1, 2 or 5 times a power of ten: where an axis may end.
double round_up(double x);

/// An SVG element. Colours are the CSS variables --c0 to --c7, --ink and --faint of the page.
std::string svg_of(plot const& p);

/// Text as it stands in XML.
std::string escaped(std::string const& text);

} // namespace example

#endif
