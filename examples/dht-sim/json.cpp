#include "json.hpp"

#include <fmt/format.h>

#include "summary.hpp"
#include <nlohmann/json.hpp>

namespace example {

namespace {

namespace sim = dht::sim;
using nlohmann::json;

json errands_of(sim::report const& r) {
    json all = json::object();
    for (errands const& e : all_errands) {
        auto const& done = r.*e.done;
        if (done.count == 0) continue;
        all[std::string{e.name}] = {{"count", done.count},
                                    {"good", done.good},
                                    {"questions_each", questions_each(done)},
                                    {"hops_each", mean_of(done.hops)},
                                    {"hops_max", done.hops.max()},
                                    {"p50_ms", milliseconds_at(done, 0.5)},
                                    {"p90_ms", milliseconds_at(done, 0.9)},
                                    {"p99_ms", milliseconds_at(done, 0.99)}};
    }
    return all;
}

json keys_of(sim::report const& r) {
    json all = json::array();
    for (sim::holding const& h : r.holdings)
        all.push_back({{"stored_by", name_of(h.stored_by)},
                       {"number", h.what},
                       {"holders", h.holders},
                       {"closest", h.closest},
                       {"holders_of_closest", h.of_closest}});
    return all;
}

json sent_by(result const& r) {
    json all = json::object();
    for (std::size_t i = 0; i < sim::tally::names.size(); ++i)
        if (auto const& a = r.sent()[i]; a.messages > 0)
            all[std::string{sim::tally::names[i]}] = {{"messages", a.messages}, {"bytes", a.bytes}};
    return all;
}

json entry_of(result const& r) {
    json complaints = json::object();
    for (auto const& [name, count] : complaints_by_name(r.report))
        complaints[std::string{name}] = count;
    return {{"population", name_of(r.of)},
            {"good", r.report.good()},
            {"failures", r.report.failures},
            {"errands", errands_of(r.report)},
            {"keys", keys_of(r.report)},
            {"recall", r.report.mean_recall()},
            {"hosts", r.course.back().hosts},
            {"host_hours", r.host_hours()},
            {"contacts", r.report.contacts},
            {"dead_contacts", r.report.dead_contacts},
            {"sent", sent_by(r)},
            {"complaints", complaints},
            {"checked", r.checked},
            {"trace", fmt::format("{:016x}", r.report.trace)}};
}

} // namespace

std::string json_of(experiment const& e, std::vector<result> const& runs) {
    json all{{"scenario", e.played.name}, {"seed", e.seed}, {"nodes", e.played.nodes}};
    for (result const& r : runs)
        all["runs"].push_back(entry_of(r));
    return all.dump(2);
}

} // namespace example
