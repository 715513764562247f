#ifndef DHT_SIM_SCENARIO_TEXT_HPP
#define DHT_SIM_SCENARIO_TEXT_HPP

#include <dht/sim/scenario_reader.hpp>

/// A scenario as text, for people to write down: a line for each setting, and one for each act.
///
///     nodes 200          # settings of sim::scenario that are not named stay as they are
///     network pl490      # then jitter, loss, duplication, corruption, bursts, latency
///     loss 0.02
///     staying w60        # or 30m, or weibull 0.6 20m spread 1.2, or forever
///     errands 20         # so many announces, finds and lookups, drawn from the seed
///     at 10m announce 5 3
///     at 20m split 0.5
///     at 40m heal
namespace dht::inline DHT_ABI::sim {

namespace scenario_words {

/// One of those with a name, and what is different from it.
inline std::string write_network(conditions const& c) {
    auto const* base = &networks[0];
    for (auto const& n : networks)
        if (n.what.network.map == c.network.map && n.what.door.map == c.door.map) base = &n;
    link const& l = c.network;
    DHT_ASSERT(l.map == base->what.network.map); // maps of your own have no names
    std::string text = "network " + std::string{base->name} + "\n";
    if (l.map == nullptr)
        text += "latency " + write_time(l.latency_min) + " " + write_time(l.latency_max) + "\n";
    if (l.bursts.begin > 0)
        text += "bursts " + write_number(l.bursts.begin) + " " + write_number(l.bursts.end) + " " +
                write_number(l.bursts.loss) + "\n";
    return text;
}

inline std::string write_disturbances(scenario const& s) {
    std::string text = "nats " + (s.nats ? std::string{name_of(mixes, *s.nats)} : "none") + "\n";
    text +=
        "clogs " +
        (s.clogging ? write_time(s.clogging->every) + " " + write_time(s.clogging->mean) : "none");
    text += "\nparting ";
    if (!s.parting) return text + "none\n";
    partition_law const& p = *s.parting;
    return text + std::string{name_of(partings, p.how)} + " " +
           std::string{name_of(symmetries, p.ways)} + " " + write_time(p.mean_whole) + " " +
           write_time(p.mean_parted) + "\n";
}

inline std::string write_buckets(bucket_capacities const& b) {
    std::string text = "buckets";
    for (unsigned depth = 0; depth <= b.shallow.size(); ++depth)
        text += " " + write_number(b.at(depth));
    return text + "\n";
}

inline std::string write(std::uint32_t n) {
    return write_number(n);
}

inline std::string write(double n) {
    return write_number(n);
}

inline std::string write(duration d) {
    return write_time(d);
}

inline std::string write_field(field const& f, scenario const& s) {
    auto const value = [&](auto where) {
        if constexpr (std::is_same_v<decltype(where), double link::*>)
            return write(s.links.network.*where);
        else
            return write(s.*where);
    };
    return std::string{f.name} + " " + std::visit(value, f.where) + "\n";
}

inline std::string write_act(act const& a) {
    std::string text = "at " + write_time(a.at) + " " + std::string{name_of(a.does)};
    for (std::string_view const kind : split(grammar_of(a.does).arguments))
        if (kind.front() != '[' || a.amount != 0)
            text += " " + (kind == "HOST"     ? write_number(a.who)
                           : kind == "NUMBER" ? write_number(a.what)
                                              : write_number(a.amount));
    return text + "\n";
}

} // namespace scenario_words

/// Changes what the text names; acts are added to those that are there. Errands are drawn from the
/// seed. Returns nothing, or what is wrong with the first line that cannot be read: then the
/// scenario has been changed in part. O(n log n) of lines.
[[nodiscard]] inline std::optional<text_fault> read_scenario(std::string_view text, scenario& into,
                                                             std::uint64_t seed = 1) {
    return scenario_words::reader{into, seed}.read(text);
}

/// The whole scenario: reading it into any other one without acts gives this one. What a text
/// cannot say is left out: limits of queues and sizes, doors and NATs of your own, settings of
/// nodes but the buckets, the least times of partitions. The name should be one word without `#`,
/// and the map of the network one of those with a name.
[[nodiscard]] inline std::string write_scenario(scenario const& s) {
    using namespace scenario_words;
    std::string text = "name " + s.name + "\naddresses ";
    for (auto const& n : dialings)
        if (n.what == s.addresses) text += std::string{n.name} + "\n";
    text += write_network(s.links) + write_disturbances(s) + write_buckets(s.limits.buckets);
    for (field const& f : fields)
        text += write_field(f, s);
    text += "staying " + (s.staying ? write_law(*s.staying) : "forever") + "\naway " +
            write_law(s.away) + "\n";
    for (act const& a : s.acts)
        text += write_act(a);
    return text;
}

} // namespace dht::inline DHT_ABI::sim

#endif
