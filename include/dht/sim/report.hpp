#ifndef DHT_SIM_REPORT_HPP
#define DHT_SIM_REPORT_HPP

#include <dht/base/address_text.hpp>
#include <dht/base/histogram.hpp>
#include <dht/sim/clock.hpp>
#include <dht/sim/record.hpp>
#include <dht/sim/scenario.hpp>

namespace dht::inline DHT_ABI::sim {

/// How operations of one kind went.
struct errands_done {
    std::uint64_t count = 0;
    std::uint64_t good = 0;
    std::uint64_t asked = 0; ///< questions, all together
    histogram took_us;
    histogram hops; ///< see trails; of those that anybody answered

    void add(outcome const& o, bool went_well, unsigned hops_there) noexcept {
        ++count;
        good += went_well ? 1U : 0U;
        asked += o.asked;
        took_us.add(static_cast<std::uint32_t>(std::min<std::int64_t>(o.took.count(), 0xffffffff)));
        if (hops_there > 0) hops.add(hops_there);
    }

    /// 1 when there were none.
    [[nodiscard]] double share() const noexcept {
        return count == 0 ? 1 : static_cast<double>(good) / static_cast<double>(count);
    }
};

/// Who holds one key that was announced or put, by the end or at a moment before: see custody.
struct holding {
    verb stored_by{};        ///< announce or put
    std::uint32_t what = 0;  ///< its number in the scenario
    std::size_t holders = 0; ///< living nodes
    std::size_t closest =
        0; ///< living nodes that should: the closest 8 of each family it went over
    std::size_t of_closest = 0; ///< that do, of those
};

/// The sum over all keys.
inline holding sum_of(std::vector<holding> const& all) noexcept {
    holding sum;
    for (holding const& h : all) {
        sum.holders += h.holders;
        sum.closest += h.closest;
        sum.of_closest += h.of_closest;
    }
    return sum;
}

/// What came of a scenario.
struct report {
    errands_done announces;          ///< good: stored somewhere
    errands_done finds;              ///< of what somebody had announced; good: one of those came
    errands_done puts;               ///< good: stored somewhere
    errands_done gets;               ///< of what somebody had put; good: at least as new
    std::uint64_t peers_there = 0;   ///< that had announced when somebody looked for them
    std::uint64_t peers_brought = 0; ///< of those
    errands_done lookups;
    double recall = 0;             ///< of the closest 8, the sum over all lookups
    double contacts = 0;           ///< in all tables: the mean of some looks in the last quarter
    double dead_contacts = 0;      ///< of those, whose host was down or somebody else
    std::vector<holding> holdings; ///< in the end; of keys that are not too old to be held
    traffic_counts traffic;
    std::uint64_t trace = 0;
    std::vector<complaint> complaints;
    std::vector<std::string> failures; ///< what was expected and is not so, in sentences

    [[nodiscard]] bool good() const noexcept { return failures.empty(); }

    [[nodiscard]] double mean_recall() const noexcept {
        return lookups.count == 0 ? 1 : recall / static_cast<double>(lookups.count);
    }

    [[nodiscard]] double brought_share() const noexcept {
        return peers_there == 0
                   ? 1
                   : static_cast<double>(peers_brought) / static_cast<double>(peers_there);
    }

    [[nodiscard]] double dead_share() const noexcept {
        return contacts == 0 ? 0 : dead_contacts / contacts;
    }

    void judge(scenario const& s) {
        expect_at_least("finds that found a peer", finds.share(), s.found_min);
        expect_at_least("peers brought of all that had announced", brought_share(), s.peers_min);
        expect_at_least("announces that were stored", announces.share(), s.found_min);
        expect_at_least("gets of the newest item", gets.share(), s.got_min);
        expect_at_least("recall of the closest 8", mean_recall(), s.recall_min);
        expect_at_least("living contacts", 1 - dead_share(), 1 - s.dead_max);
        if (!complaints.empty()) failures.push_back(told(complaints));
    }

private:
    void expect_at_least(std::string_view what, double is, double wanted) {
        if (is >= wanted) return;
        failures.push_back(std::string{what} + ": " + std::to_string(is) + ", expected at least " +
                           std::to_string(wanted));
    }

    static std::string told(std::vector<complaint> const& all) {
        complaint const& first = all.front();
        return std::to_string(all.size()) + " complaints, the first after " +
               std::to_string((first.at - world_begin).count() / 1'000) +
               " ms: " + std::string{to_text(first.who).view()} + " " +
               std::string{name_of(first.what)} + " (" + std::string{to_text(first.to).view()} +
               ")";
    }
};

} // namespace dht::inline DHT_ABI::sim

#endif
