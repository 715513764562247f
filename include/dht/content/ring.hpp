#ifndef DHT_CONTENT_RING_HPP
#define DHT_CONTENT_RING_HPP

#include <dht/base/time.hpp>
#include <dht/kad/id.hpp>

#include <algorithm>
#include <deque>
#include <map>

namespace dht::inline DHT_ABI::content {

/// Things whose turn comes once per period, one every period / size: evenly, so that a second has
/// at most twice its share. Who is new stands behind everybody else, hence nobody who waits is
/// delayed by any number of newcomers. All calls are O(log size).
template <class Value>
class ring {
public:
    ring(duration period, duration retry_after, std::size_t limit) noexcept
        : period_{period},
          retry_after_{retry_after},
          limit_{limit} {}

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    /// Adds or replaces; a replaced one keeps its turn. False: full.
    bool keep(instant now, key160 const& key, Value const& value) noexcept {
        if (auto const known = entries_.find(key); known != entries_.end()) {
            known->second.value = value;
            return true;
        }
        if (size() >= limit_) return false;
        entries_[key] = {value, ++last_turn_, now};
        turns_[last_turn_] = key;
        return true;
    }

    bool forget(key160 const& key) noexcept {
        auto const found = entries_.find(key);
        if (found == entries_.end()) return false;
        turns_.erase(found->second.turn);
        entries_.erase(found);
        return true;
    }

    [[nodiscard]] Value const* find(key160 const& key) const noexcept {
        auto const found = entries_.find(key);
        return found == entries_.end() ? nullptr : &found->second.value;
    }

    /// In the order of their turns.
    template <class F>
    void for_each(F&& f) const {
        for (auto const& [turn, key] : turns_)
            f(key, entries_.at(key).value);
    }

    /// When take_due will have something.
    [[nodiscard]] instant next_at() const noexcept {
        if (entries_.empty()) return never;
        if (!begun_) return instant{};
        // Where many were forgotten the others keep their pace, rather than wait twice as long.
        instant const late = entries_.at(turns_.begin()->second).since + period_ + period_ / 8;
        return std::min(last_ + step(), std::max(late, last_ + step() / 2));
    }

    /// Whose turn it is now; his next one is a period later.
    std::optional<key160> take_due(instant now) noexcept {
        if (entries_.empty() || next_at() > now) return std::nullopt;
        // Who is late by less than a step makes up for it; a longer sleep causes no burst.
        last_ = begun_ && now - last_ < 2 * step() ? last_ + std::min(step(), now - last_) : now;
        begun_ = true;
        while (!again_.empty() && again_.front().first <= now) {
            key160 const key = again_.front().second;
            again_.pop_front();
            auto const found = entries_.find(key);
            if (found == entries_.end() || !found->second.failed) continue;
            found->second.failed = false;
            return key;
        }
        key160 const key = turns_.begin()->second;
        entry& e = entries_.at(key);
        turns_.erase(turns_.begin());
        e.turn = ++last_turn_;
        e.since = now;
        turns_[e.turn] = key;
        return key;
    }

    /// It did not work: it has a turn out of turn, once for each that failed.
    void retry(key160 const& key, instant now) noexcept {
        auto const found = entries_.find(key);
        if (found == entries_.end() || found->second.failed || again_.size() >= limit_) return;
        found->second.failed = true;
        again_.emplace_back(now + retry_after_, key);
    }

private:
    struct entry {
        Value value{};
        std::uint64_t turn = 0;
        instant since{};     ///< its last turn, or when it came
        bool failed = false; ///< stands in again_
    };

    [[nodiscard]] duration step() const noexcept {
        return period_ / static_cast<duration::rep>(size());
    }

    duration period_;
    duration retry_after_;
    std::size_t limit_;
    std::map<key160, entry> entries_;
    std::map<std::uint64_t, key160> turns_;
    std::deque<std::pair<instant, key160>> again_;
    std::uint64_t last_turn_ = 0;
    instant last_{};
    bool begun_ = false;
};

} // namespace dht::inline DHT_ABI::content

#endif
