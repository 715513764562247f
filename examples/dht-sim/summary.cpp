#include "summary.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace example {

namespace {

namespace sim = dht::sim;

/// Rows of several runs, one figure after the other.
class figures {
public:
    explicit figures(std::vector<result> const& runs) : runs_{runs} {}

    template <class CellOf>
    void add(std::string label, CellOf&& cell_of) {
        row r{std::move(label), {}};
        for (result const& run : runs_)
            r.cells.push_back(cell_of(run));
        rows_.push_back(std::move(r));
    }

    /// f(run) is true of any of them.
    template <class F>
    [[nodiscard]] bool any(F&& f) const {
        return std::any_of(runs_.begin(), runs_.end(), f);
    }

    std::vector<row> take() { return std::move(rows_); }

private:
    std::vector<result> const& runs_;
    std::vector<row> rows_;
};

std::string percent(double share) {
    return fmt::format("{:.1f} %", 100 * share);
}

std::string per(double all, double of) {
    return fmt::format("{:.1f}", of == 0 ? 0 : all / of);
}

void add_errands(figures& f, errands const& e) {
    if (!f.any([&](result const& r) { return (r.report.*e.done).count > 0; })) return;
    f.add(std::string{e.name}, [&](result const& r) {
        auto const& done = r.report.*e.done;
        return e.may_fail ? fmt::format("{} of {} good", done.good, done.count)
                          : fmt::format("{}", done.count);
    });
    for (int const p : {50, 90, 99})
        f.add(fmt::format("  p{}", p), [&](result const& r) {
            return fmt::format("{:.0f} ms", milliseconds_at(r.report.*e.done, p / 100.0));
        });
    f.add("  questions each",
          [&](result const& r) { return fmt::format("{:.1f}", questions_each(r.report.*e.done)); });
    f.add("  hops", [&](result const& r) {
        auto const& hops = (r.report.*e.done).hops;
        return fmt::format("{:.1f}, at most {}", mean_of(hops), hops.max());
    });
}

/// Of what is not too old to be held.
void add_keys(figures& f) {
    if (!f.any([](result const& r) { return !r.report.holdings.empty(); })) return;
    f.add("keys that should be held",
          [](result const& r) { return fmt::format("{}", r.report.holdings.size()); });
    f.add("  living holders each", [](result const& r) {
        return per(static_cast<double>(sum_of(r.report.holdings).holders),
                   static_cast<double>(r.report.holdings.size()));
    });
    f.add("  of the closest 8", [](result const& r) {
        auto const all = sum_of(r.report.holdings);
        return percent(all.closest == 0 ? 0
                                        : static_cast<double>(all.of_closest) /
                                              static_cast<double>(all.closest));
    });
}

void add_tables(figures& f) {
    f.add("recall of the closest 8",
          [](result const& r) { return percent(r.report.mean_recall()); });
    f.add("contacts per host", [](result const& r) {
        return per(r.report.contacts, static_cast<double>(r.course.back().hosts));
    });
    f.add("  dead", [](result const& r) { return percent(r.report.dead_share()); });
}

std::string amount_of(sim::tally::amount const& a, double host_hours) {
    return per(static_cast<double>(a.messages), host_hours) + ", " +
           per(static_cast<double>(a.bytes) / 1'000, host_hours) + " kB";
}

void add_traffic(figures& f) {
    f.add("messages per host and hour", [](result const& r) {
        sim::tally::amount all;
        for (sim::tally::amount const& a : r.sent()) {
            all.messages += a.messages;
            all.bytes += a.bytes;
        }
        return amount_of(all, r.host_hours());
    });
    for (std::size_t i = 0; i < sim::tally::names.size(); ++i)
        if (f.any([&](result const& r) { return r.sent()[i].messages > 0; }))
            f.add("  " + std::string{sim::tally::names[i]},
                  [&](result const& r) { return amount_of(r.sent()[i], r.host_hours()); });
}

void add_complaints(figures& f, std::vector<result> const& runs) {
    std::map<std::string_view, unsigned> all;
    for (result const& r : runs)
        all.merge(complaints_by_name(r.report));
    f.add("complaints", [](result const& r) {
        std::size_t const count = r.report.complaints.size();
        return count == 0 && !r.checked ? "unchecked" : fmt::format("{}", count);
    });
    for (auto const& each : all)
        f.add("  " + std::string{each.first}, [&](result const& r) {
            return fmt::format("{}", complaints_by_name(r.report)[each.first]);
        });
}

} // namespace

std::vector<row> summary(std::vector<result> const& runs) {
    figures f{runs};
    f.add("", [](result const& r) { return std::string{name_of(r.of)}; });
    for (errands const& e : all_errands)
        add_errands(f, e);
    add_keys(f);
    add_tables(f);
    add_traffic(f);
    add_complaints(f, runs);
    f.add("as expected", [](result const& r) { return r.report.good() ? "yes" : "no"; });
    return f.take();
}

void print(std::vector<row> const& rows) {
    std::size_t label = 0;
    std::size_t cell = 0;
    for (row const& r : rows) {
        label = std::max(label, r.label.size());
        for (std::string const& c : r.cells)
            cell = std::max(cell, c.size());
    }
    for (row const& r : rows) {
        fmt::print("{:<{}}", r.label, label);
        for (std::string const& c : r.cells)
            fmt::print("  {:>{}}", c, cell);
        fmt::print("\n");
    }
}

double milliseconds_at(sim::errands_done const& done, double share) {
    return done.took_us.quantile(share) / 1e3;
}

double questions_each(sim::errands_done const& done) {
    return done.count == 0 ? 0 : static_cast<double>(done.asked) / static_cast<double>(done.count);
}

double mean_of(dht::histogram const& h) {
    return h.count() == 0 ? 0 : static_cast<double>(h.sum()) / static_cast<double>(h.count());
}

std::map<std::string_view, unsigned> complaints_by_name(sim::report const& r) {
    std::map<std::string_view, unsigned> all;
    for (sim::complaint const& c : r.complaints)
        ++all[name_of(c.what)];
    return all;
}

} // namespace example
