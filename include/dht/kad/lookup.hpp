#ifndef DHT_KAD_LOOKUP_HPP
#define DHT_KAD_LOOKUP_HPP

#include <dht/base/static_vector.hpp>
#include <dht/kad/contact.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace dht::inline DHT_ABI {

enum class candidate_state : std::uint8_t {
    fresh,   ///< heard of, not asked
    asked,   ///< a question is on its way
    stalled, ///< no answer for the short time-out: its slot is free again, its answer still welcome
    replied,
    failed, ///< no answer for the long time-out, or an unusable one
};

/// How storing on a candidate went.
enum class store_state : std::uint8_t {
    untried,
    asked,
    confirmed,
    refused,  ///< by an error or by silence
    declined, ///< for what it has already: a place all the same (BEP 44: 301, 302)
    renewing, ///< its token was too old: it is asked for another one, once
};

/// Somebody who may know more about the target.
template <std::size_t Bits>
struct basic_candidate {
    key<Bits> id{};
    endpoint at{};
    candidate_state state = candidate_state::fresh;
    bool plausible = false;     ///< its id fits its address (BEP 42): only such count for the end
    bool named = true;          ///< false: a bootstrap endpoint; its id is made up until it answers
    std::uint8_t path = 0;      ///< on which of several disjoint paths it was asked, 0 .. 15
    std::uint16_t cost_ms = 0;  ///< what the preferences say; cost_never: do not ask
    std::uint16_t source = 0;   ///< ordinal of the answer that named it first; 0: our own table
    std::uint16_t named_on = 0; ///< bit p: an answer on path p named it; our own are dealt out
    std::uint16_t answer = 0;   ///< ordinal of its own answer; 0: none yet
    store_state stores = store_state::untried;
    bool renewed = false;                ///< its token is a second one already
    bool asked_behind = false;           ///< for those whom it may know within reach
    std::optional<std::int64_t> holds{}; ///< the version of what it has under the target
    static_vector<std::byte, 40> token{};
};

inline constexpr std::uint16_t cost_never = 0xffff;

using candidate = basic_candidate<160>;

/// What a lookup strategy sees: candidates sorted by distance to the target, closest first.
template <std::size_t Bits>
struct basic_lookup_view {
    key<Bits> target;
    std::span<basic_candidate<Bits> const> candidates;
    unsigned width = 0; ///< how many questions may be in flight (alpha), stalled ones not counted
    unsigned in_flight = 0;   ///< state asked
    unsigned results = 0;     ///< how many answers from plausible nodes make a result (k)
    unsigned replies_max = 0; ///< answers of any kind, the closest ones, that end the lookup
    key<Bits> reach{};        ///< no end before everybody within this distance was asked
};

using lookup_view = basic_lookup_view<160>;

/// A lookup as an iterator over questions: what to do next.
template <std::size_t Bits>
struct basic_lookup_step {
    enum class kind : std::uint8_t { ask, at_capacity, wait, finished };
    kind what = kind::finished;
    std::size_t position = 0; ///< ask: which candidate
    key<Bits> target{};       ///< ask: the target to put into the question (a masked one, perhaps)
    std::uint8_t path = 0;    ///< ask: on which path, 0 .. 15
};

using lookup_step = basic_lookup_step<160>;

/// Kademlia's shortlist (Maymounkov and Mazieres 2002, section 2.3): at most `limit` candidates,
/// sorted; one per endpoint. Of several with one id (or of one site, when subnets are limited) only
/// the first that answers counts, and each source may name one: a liar who names others at false
/// endpoints cannot hide them. Allocates once, when made.
template <std::size_t Bits>
class basic_shortlist {
public:
    using candidate_type = basic_candidate<Bits>;

    basic_shortlist(key<Bits> const& target, std::size_t limit, bool limits_subnets)
        : target_{target},
          limit_{limit},
          limits_subnets_{limits_subnets} {
        candidates_.reserve(limit + 1);
    }

    [[nodiscard]] key<Bits> const& target() const noexcept { return target_; }

    [[nodiscard]] std::span<candidate_type const> candidates() const noexcept {
        return candidates_;
    }

    [[nodiscard]] candidate_type& at(std::size_t position) noexcept {
        return candidates_[position];
    }

    [[nodiscard]] unsigned in_flight() const noexcept { return in_flight_; }

    /// False: known, one more of its source with that id or of that site, or too far for a full
    /// list. Of two ids that are told of one endpoint (it changed its id, or somebody lies) the
    /// closer is believed until it is asked: that costs a question at most, while the other would
    /// hide it.
    bool offer(candidate_type const& c) {
        for (candidate_type& known : candidates_) {
            if (known.at == c.at) {
                if (known.id == c.id) known.named_on |= c.named_on;
                return known.state == candidate_state::fresh && closer(c.id, known.id, target_) &&
                       rename(known, c.id);
            }
            if (known.source == c.source && stands_for(known, c)) return false;
            if (known.state == candidate_state::replied && stands_for(known, c)) return false;
        }
        if (candidates_.size() >= limit_ && !make_room(c)) return false;
        auto at = candidates_.end();
        while (at != candidates_.begin() && closer(c.id, (at - 1)->id, target_))
            --at;
        candidates_.insert(at, c);
        return true;
    }

    candidate_type* find(endpoint const& e) noexcept {
        for (candidate_type& c : candidates_)
            if (c.at == e) return &c;
        return nullptr;
    }

    /// Candidate `c` turned out to have that id: it moves to its place. False: another
    /// candidate has that id already.
    bool rename(candidate_type const& c, key<Bits> const& id) {
        candidate_type renamed = c;
        renamed.id = id;
        renamed.named = true;
        auto const at = candidates_.begin() + (&c - candidates_.data());
        for (candidate_type const& other : candidates_)
            if (&other != &c && other.id == id) return false;
        candidates_.erase(at);
        auto place = candidates_.end();
        while (place != candidates_.begin() && closer(id, (place - 1)->id, target_))
            --place;
        candidates_.insert(place, renamed);
        return true;
    }

    /// Has somebody else with its id, or of its site, answered? One who is only asked may be made
    /// up, and hides nobody.
    [[nodiscard]] bool has_deputy(candidate_type const& c) const noexcept {
        return std::any_of(candidates_.begin(), candidates_.end(), [&](candidate_type const& k) {
            return &k != &c && k.state == candidate_state::replied && stands_for(k, c);
        });
    }

    /// Have so many others of its provider answered, or more?
    [[nodiscard]] bool crowds_provider(candidate_type const& c, unsigned most) const noexcept {
        unsigned others = 0;
        if (limits_subnets_)
            for (candidate_type const& k : candidates_)
                others += &k != &c && k.state == candidate_state::replied &&
                          provider_of(k.at.ip) == provider_of(c.at.ip);
        return others >= most;
    }

    void change(candidate_type& c, candidate_state to) noexcept {
        if (c.state == candidate_state::asked) --in_flight_;
        c.state = to;
        if (to == candidate_state::asked) ++in_flight_;
    }

private:
    [[nodiscard]] bool stands_for(candidate_type const& known,
                                  candidate_type const& c) const noexcept {
        return known.id == c.id || (limits_subnets_ && same_site(known.at.ip, c.at.ip));
    }

    /// Whoever names many takes room from nobody but himself: one who was not asked goes, of
    /// the source that has most of these, its furthest. The closest stay, whoever named them; a
    /// list that has hardly more than these loses its furthest, if that is further than `c`.
    bool make_room(candidate_type const& c) noexcept {
        auto victim = furthest_of(most_frequent_source());
        if (victim != nullptr && victim->source == c.source && !closer(c.id, victim->id, target_))
            return false;
        if (victim == nullptr) {
            victim = &candidates_.back();
            bool const waiting = victim->state == candidate_state::asked ||
                                 victim->state == candidate_state::stalled;
            if (waiting || !closer(c.id, victim->id, target_)) return false;
        }
        candidates_.erase(candidates_.begin() + (victim - candidates_.data()));
        return true;
    }

    /// Of those who were not asked and are not among the closest; our own table is the last.
    [[nodiscard]] std::size_t most_frequent_source() const noexcept {
        std::array<std::uint16_t, sources_told_apart> count{};
        for (std::size_t i = closest_kept; i < candidates_.size(); ++i)
            if (candidates_[i].state == candidate_state::fresh)
                ++count[lane_of(candidates_[i].source)];
        if (*std::max_element(count.begin() + 1, count.end()) > 0) count[0] = 0;
        return static_cast<std::size_t>(std::max_element(count.begin(), count.end()) -
                                        count.begin());
    }

    [[nodiscard]] candidate_type const* furthest_of(std::size_t source) const noexcept {
        for (std::size_t i = candidates_.size(); i-- > closest_kept;)
            if (candidates_[i].state == candidate_state::fresh &&
                lane_of(candidates_[i].source) == source)
                return &candidates_[i];
        return nullptr;
    }

    /// Our own table has one for itself.
    static constexpr std::size_t lane_of(std::uint16_t source) noexcept {
        return source == 0 ? 0 : 1 + (source - 1U) % (sources_told_apart - 1);
    }

    static constexpr std::size_t closest_kept = 16;
    static constexpr std::size_t sources_told_apart = 256;

    key<Bits> target_;
    std::vector<candidate_type> candidates_;
    std::size_t limit_;
    unsigned in_flight_ = 0;
    bool limits_subnets_;
};

using shortlist = basic_shortlist<160>;

} // namespace dht::inline DHT_ABI

#endif
