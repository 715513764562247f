#include "page.hpp"

#include <fmt/format.h>

#include "plot.hpp"
#include "summary.hpp"
#include <algorithm>
#include <cmath>

namespace example {

namespace {

namespace sim = dht::sim;

constexpr char const* style = R"(
:root { color-scheme: light dark; --paper: #fff; --ink: #222; --faint: #ddd;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b8578f;
  --c4: #d29000; --c5: #3f9fd8; --c6: #7a6a00; --c7: #777; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #16181c; --ink: #ddd; --faint: #3a3d44;
    --c0: #4aa8e0; --c1: #ff8a3d; --c2: #2fc79a; --c3: #e59ac4;
    --c4: #f2b632; --c5: #9bd6f7; --c6: #c9b458; --c7: #aaa; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 sans-serif;
  max-width: 84rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.1rem 1rem 0.1rem 0; text-align: right; border-bottom: 1px solid var(--faint); }
th:first-child { text-align: left; font-weight: normal; white-space: pre; }
.runs { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem; }
svg { width: 100%; max-width: 52rem; font: 12px sans-serif; }
text { fill: var(--ink); } .title { font-size: 14px; font-weight: bold; }
.middle { text-anchor: middle; } .end { text-anchor: end; }
polyline { fill: none; stroke-width: 2; stroke-linejoin: round; }
.grid { stroke: var(--faint); } .mark { stroke: var(--ink); stroke-dasharray: 4 4; }
)";

double minutes_of(dht::duration d) {
    return std::chrono::duration<double, std::ratio<60>>(d).count();
}

double per(std::size_t all, std::size_t of) {
    return of == 0 ? 0 : static_cast<double>(all) / static_cast<double>(of);
}

// -- curves

/// Which share of them, in percent, took at most so many milliseconds.
curve latencies(std::string_view name, sim::errands_done const& done) {
    curve c{std::string{name}, {}};
    std::uint64_t so_far = 0;
    done.took_us.for_each_bin([&](std::uint32_t most, std::uint64_t count) {
        double const ms = std::min(most, done.took_us.max()) / 1e3;
        c.points.emplace_back(ms, 100 * per(so_far, done.count));
        so_far += count;
        c.points.emplace_back(ms, 100 * per(so_far, done.count));
    });
    return c;
}

/// Which share of them, in percent, was at most so many hops away.
curve hops(std::string_view name, sim::errands_done const& done) {
    curve c{std::string{name}, {{0, 0}}};
    std::uint64_t so_far = 0;
    done.hops.for_each_bin([&](std::uint32_t most, std::uint64_t count) {
        c.points.emplace_back(most, 100 * per(so_far, done.hops.count()));
        so_far += count;
        c.points.emplace_back(most, 100 * per(so_far, done.hops.count()));
    });
    return c;
}

/// One figure of each moment over time.
template <class F>
curve over_time(std::string name, result const& r, F&& figure) {
    curve c{std::move(name), {}};
    for (moment const& m : r.course)
        c.points.emplace_back(minutes_of(m.at), figure(m));
    return c;
}

/// What is seldom sent shares the last colour.
constexpr std::size_t seldom = 7;

std::size_t colour_of(std::size_t cause) {
    constexpr std::array<std::size_t, sim::tally::names.size()> colours{
        0, 1, 2, 3, 4, 5, seldom, seldom, 6, seldom, seldom};
    return colours[cause];
}

/// Messages per host and minute between each moment and the one before.
std::vector<curve> messages(result const& r) {
    std::vector<curve> all(8);
    for (std::size_t i = 0; i < sim::tally::names.size(); ++i)
        all[colour_of(i)].name = colour_of(i) == seldom ? "others" : sim::tally::names[i];
    for (std::size_t k = 1; k < r.course.size(); ++k) {
        moment const& m = r.course[k];
        moment const& before = r.course[k - 1];
        double const host_minutes =
            std::max(1e-9, minutes_of(m.at - before.at) * static_cast<double>(m.hosts));
        for (curve& c : all)
            c.points.emplace_back(minutes_of(m.at), 0);
        for (std::size_t i = 0; i < sim::tally::names.size(); ++i)
            all[colour_of(i)].points.back().second +=
                static_cast<double>(m.sent[i].messages - before.sent[i].messages) / host_minutes;
    }
    return all;
}

// -- plots

plot plot_of_latencies(experiment const&, result const& r) {
    plot p{
        "Errands: how long they took", {"ms", 10, 10'000, true}, {"% done", 0, 100}, {}, false, {}};
    for (errands const& e : all_errands)
        if ((r.report.*e.done).count > 0) p.curves.push_back(latencies(e.name, r.report.*e.done));
    return p;
}

plot plot_of_hops(experiment const&, result const& r) {
    plot p{"Errands: how far the answer was", {"hops", 0, 4}, {"% done", 0, 100}, {}, false, {}};
    for (errands const& e : all_errands) {
        auto const& done = r.report.*e.done;
        if (done.hops.count() == 0) continue;
        p.curves.push_back(hops(e.name, done));
        p.x.most = std::max<double>(p.x.most, done.hops.max());
    }
    return p;
}

plot plot_over_time(experiment const& e, std::string title, std::string unit) {
    double const end = minutes_of(e.played.settling + e.played.lasting);
    plot p{std::move(title), {"minutes", 0, end}, {std::move(unit), 0, 0}, {}, false, {}};
    p.mark = minutes_of(e.played.settling);
    return p;
}

plot plot_of_messages(experiment const& e, result const& r) {
    plot p = plot_over_time(e, "Messages by cause", "per host and minute");
    p.stacked = true;
    p.curves = messages(r);
    return p;
}

plot plot_of_contacts(experiment const& e, result const& r) {
    plot p = plot_over_time(e, "Routing tables: contacts", "per host");
    p.curves.push_back(
        over_time("all", r, [](moment const& m) { return per(m.contacts, m.hosts); }));
    p.curves.push_back(over_time("dead", r, [](moment const& m) { return per(m.dead, m.hosts); }));
    return p;
}

plot plot_of_dead(experiment const& e, result const& r) {
    plot p = plot_over_time(e, "Routing tables: dead contacts", "% of all");
    p.curves.push_back(
        over_time("dead", r, [](moment const& m) { return 100 * per(m.dead, m.contacts); }));
    return p;
}

plot plot_of_holders(experiment const& e, result const& r) {
    plot p = plot_over_time(e, "Keys: living holders", "per key");
    p.curves.push_back(
        over_time("all", r, [](moment const& m) { return per(m.held.holders, m.keys); }));
    p.curves.push_back(over_time("of the closest", r,
                                 [](moment const& m) { return per(m.held.of_closest, m.keys); }));
    return p;
}

/// The highest point of curves that may stand one upon the other.
double top_of(plot const& p) {
    std::map<double, double> heights;
    double top = 0;
    for (curve const& c : p.curves)
        for (auto const& [x, y] : c.points)
            top = std::max({top, y, p.stacked ? heights[x] += y : 0});
    return top;
}

/// The smallest and the largest x of all curves.
std::pair<double, double> span_of(std::vector<plot> const& side_by_side) {
    std::pair<double, double> span{1e9, 0};
    for (plot const& p : side_by_side)
        for (curve const& c : p.curves)
            for (auto const& point : c.points)
                span = {std::min(span.first, point.first), std::max(span.second, point.first)};
    return span;
}

/// All on the same scales, which end where the values do.
void stretch(std::vector<plot>& side_by_side) {
    auto const [least, most] = span_of(side_by_side);
    double y = 0;
    for (plot const& p : side_by_side)
        y = std::max({y, p.y.most, top_of(p)});
    double const step = round_up(y / 6);
    for (plot& p : side_by_side) {
        p.y.most = y > 0 ? step * std::ceil(y / step) : 1;
        if (!p.x.logarithmic) p.x.most = std::max(p.x.most, most);
        if (!p.x.logarithmic || !(most > 0)) continue;
        p.x.least = round_up(std::max(least, 0.001) / 2.5); // the next lower one, or that before
        p.x.most = std::max(round_up(most), 10 * p.x.least);
    }
}

std::string figure(experiment const& e, std::vector<result> const& runs,
                   plot (*draw)(experiment const&, result const&)) {
    std::vector<plot> all;
    for (result const& r : runs) {
        all.push_back(draw(e, r));
        if (runs.size() > 1) all.back().title += fmt::format(" ({})", name_of(r.of));
    }
    stretch(all);
    std::string html = "<div class=\"runs\">\n";
    for (plot const& p : all)
        html += svg_of(p);
    return html + "</div>\n";
}

// -- text

std::string table_of(std::vector<row> const& rows) {
    std::string html = "<table>\n";
    for (row const& r : rows) {
        html += fmt::format("<tr><th scope=\"row\">{}</th>", escaped(r.label));
        for (std::string const& c : r.cells)
            html += fmt::format("<td>{}</td>", escaped(c));
        html += "</tr>\n";
    }
    return html + "</table>\n";
}

std::string failures_of(std::vector<result> const& runs) {
    std::string html;
    for (result const& r : runs)
        for (std::string const& failure : r.report.failures)
            html += fmt::format("<p>{}: {}</p>\n", name_of(r.of), escaped(failure));
    return html;
}

} // namespace

std::string page_of(experiment const& e, std::vector<result> const& runs) {
    std::string const title =
        escaped(fmt::format("{}, seed {}, {} hosts", e.played.name, e.seed, e.played.nodes));
    std::string html = fmt::format("<!DOCTYPE html>\n"
                                   "<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n"
                                   "<head><meta charset=\"utf-8\"/><title>{}</title>\n"
                                   "<style>{}</style></head>\n<body>\n<h1>{}</h1>\n",
                                   title, style, title);
    for (auto const draw : {plot_of_latencies, plot_of_hops, plot_of_messages, plot_of_contacts,
                            plot_of_dead, plot_of_holders})
        html += figure(e, runs, draw);
    html += "<p>The dashed line is where the network has settled, and the scenario begins. Times "
            "that errands took are at most an eighth too long.</p>\n";
    return html + failures_of(runs) + table_of(summary(runs)) + "</body>\n</html>\n";
}

} // namespace example
