#ifndef DHT_POLICY_REFRESH_STRATEGY_HPP
#define DHT_POLICY_REFRESH_STRATEGY_HPP

#include <dht/crypto/random.hpp>
#include <dht/kad/table.hpp>
#include <dht/policy/slots.hpp>

#include <algorithm>
#include <optional>

/// Slot refresh_strategy: whom to ask next to keep the table alive, and when to think again.
///
/// | expression               | type         | meaning                                           |
/// |--------------------------|--------------|---------------------------------------------------|
/// | `t.next(table, at, rng)` | refresh_step | at most one contact to ask, one target to look up |
///
/// noexcept. Called once per table (per identity) and due time; strategies that keep state keep it
/// by the table's own id. Default: `adaptive_refresh`. Beside it: `fixed_refresh` (BEP 5).
namespace dht::inline DHT_ABI {

struct refresh_step {
    std::optional<key160> ask{};  ///< by its id
    std::optional<key160> find{}; ///< ask: find_node of that, nothing: ping; else a whole lookup
    instant again{};              ///< later than now
};

template <class T, class Rng>
concept refresh_strategy = requires(T& t, routing_table const& table, times at, Rng& rng) {
    { t.next(table, at, rng) }
    noexcept->std::same_as<refresh_step>;
};

/// A random key of the range of the bucket at `depth`.
template <class Rng>
key160 random_key_at(routing_table const& table, unsigned depth, Rng& rng) noexcept {
    key160 filler;
    rng.fill(filler.bytes);
    key160 k = with_prefix(table.own_id(), depth + 1, filler);
    k.flip_bit(depth);
    return k;
}

/// One stale contact every few seconds instead of storms of bucket lookups (libtorrent's way, paced
/// like jech/dht): one of the longest unheard is asked for nodes of its own bucket, which proves it
/// and fills the bucket at once; where the bucket is full, a ping does.
/// The pause is such that each contact is proven about every ten minutes, between 2 and 60 s; who
/// was asked and is asked again takes no turn of others. The neighbourhood of our own id is looked
/// up about every ten minutes while the table is small, then every half hour: by chance, so that
/// there is no state and each table has its own turns.
class adaptive_refresh {
public:
    using policy_slot = slots::refresh_strategy;

    template <class Rng>
    refresh_step next(routing_table const& table, times at, Rng& rng) noexcept {
        duration const wait = pause(table.size());
        duration const self_every = table.size() < 64 ? minutes{10} : minutes{30};
        refresh_step step;
        step.again = at.now + wait;
        if ((step.ask = some_stale(table, at, wait, rng))) {
            unsigned const bucket = table.depth_of(*step.ask);
            bool const has_room = table.size_at(bucket) < table.capacity_at(bucket);
            if (has_room) step.find = random_key_at(table, bucket, rng);
            bool const once_more = table.find(*step.ask)->failures > 0;
            if (once_more) step.again = at.now + std::min(pause_min, wait / 2); // nobody's turn
        } else if (below(rng, static_cast<std::uint64_t>(self_every / wait)) == 0) {
            step.find = near_self(table, rng);
        }
        return step;
    }

private:
    static constexpr duration cycle = minutes{10}; // after 15 a contact is not good
    static constexpr duration pause_min = seconds{2};
    static constexpr duration pause_max = seconds{60};
    static constexpr duration question_time = seconds{10}; // until silence is a failure

    static duration pause(std::size_t contacts) noexcept {
        duration const even = cycle / static_cast<int>(contacts == 0 ? 1 : contacts);
        return std::clamp(even, pause_min, pause_max);
    }

    /// One of the longest unheard. Those may be asked already and not have answered yet, as many as
    /// there are pauses in the time of a question: by lot, so that they hold up nobody.
    template <class Rng>
    static std::optional<key160> some_stale(routing_table const& table, times at, duration wait,
                                            Rng& rng) noexcept {
        struct silent_contact {
            key160 id;
            duration silent;
        };

        static_vector<silent_contact, 6> longest; // longest first
        auto const places = static_cast<std::size_t>(1 + question_time / wait);
        table.for_each([&](contact const& c) {
            duration const silent = age(c.last_heard, at.now);
            if (silent <= cycle) return;
            std::size_t rank = longest.size();
            while (rank > 0 && longest[rank - 1].silent < silent)
                --rank;
            if (rank >= places) return;
            if (longest.size() == places) longest.pop_back();
            longest.insert(rank, {c.id, silent});
        });
        if (longest.empty()) return std::nullopt;
        return longest[static_cast<std::size_t>(below(rng, longest.size()))].id;
    }

    /// Our own id with its last bits changed: asking for exactly our id would invite answers made
    /// for us.
    template <class Rng>
    static key160 near_self(routing_table const& table, Rng& rng) noexcept {
        key160 filler;
        rng.fill(filler.bytes);
        return with_prefix(table.own_id(), 152, filler);
    }
};

/// BEP 5 by the book: every bucket is looked up each 15 minutes. These are cut into as many slots
/// as there are buckets, and each slot is one bucket's: no state, so each table has its own turns.
class fixed_refresh {
public:
    using policy_slot = slots::refresh_strategy;

    template <class Rng>
    refresh_step next(routing_table const& table, times at, Rng& rng) noexcept {
        unsigned const buckets = table.depth() == 0 ? 1 : table.depth();
        duration const slot = duration{minutes{15}} / static_cast<int>(buckets);
        auto const turn = at.now.time_since_epoch() / slot;
        refresh_step step;
        step.find = random_key_at(table, static_cast<unsigned>(turn % buckets), rng);
        step.again = instant{} + (turn + 1) * slot;
        return step;
    }
};

} // namespace dht::inline DHT_ABI

#endif
