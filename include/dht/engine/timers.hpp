#ifndef DHT_ENGINE_TIMERS_HPP
#define DHT_ENGINE_TIMERS_HPP

#include <dht/base/thin_vector.hpp>
#include <dht/outcome.hpp>

#include <array>

namespace dht::inline DHT_ABI::engine {

/// Names a transaction, a lookup or an operation in a timer.
using timer_subject = handle<struct timer_subject_tag>;

template <class Tag>
constexpr timer_subject subject_of(handle<Tag> h) noexcept {
    return {h.index, h.generation};
}

template <class Tag>
constexpr handle<Tag> named_by(timer_subject s) noexcept {
    return {s.index, s.generation};
}

/// Deadlines of many things in one heap, ordered by time and then by when they were set, so that
/// every machine wakes them in the same order. Entries are never searched: one whose subject is
/// gone is recognised when it comes up. O(log n) to set and to take.
class timers {
public:
    struct entry {
        instant at{};
        std::uint64_t order = 0;
        wake_reason why{};
        timer_subject subject{};
    };

    void set(instant at, wake_reason why, timer_subject subject) {
        heap_.push_back({at, order_++, why, subject});
        std::push_heap(heap_.begin(), heap_.end(), later);
    }

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }

    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

    [[nodiscard]] entry const& next() const noexcept { return heap_.front(); }

    entry take() noexcept {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        entry const e = heap_.back();
        heap_.pop_back();
        return e;
    }

    /// Drops the entries in front that `alive(entry)` denies, so that nobody is woken for nothing;
    /// and all such entries once there are more of them than others, so that what ends early does
    /// not pile up. O(log n) in the long run.
    template <class Alive>
    void prune(Alive&& alive) {
        while (!heap_.empty() && !alive(heap_.front()))
            take();
        if (heap_.size() < sweep_at_) return;
        auto const end =
            std::remove_if(heap_.begin(), heap_.end(), [&](entry const& e) { return !alive(e); });
        while (heap_.end() != end)
            heap_.pop_back();
        std::make_heap(heap_.begin(), heap_.end(), later);
        sweep_at_ = 2 * heap_.size() + sweep_slack;
    }

    /// Deadlines of so many things can be set without allocating. Beside those that wait there may
    /// be as many that nobody waits for any more, and in one step as many are added.
    void reserve(std::size_t things) { heap_.reserve_widely(3 * things + sweep_slack); }

    void shrink_to_fit() { heap_.shrink_to_fit(); }

private:
    static bool later(entry const& a, entry const& b) noexcept {
        return a.at != b.at ? a.at > b.at : a.order > b.order;
    }

    static constexpr std::size_t sweep_slack = 16;

    thin_vector<entry> heap_;
    std::size_t sweep_at_ = sweep_slack;
    std::uint64_t order_ = 0;
};

/// One deadline per reason, for what a node has only one of.
class alarm_table {
public:
    alarm_table() noexcept { at_.fill(never); }

    void set(wake_reason why, instant at) noexcept {
        slot(why) = at;
        find_next();
    }

    void set_if_earlier(wake_reason why, instant at) noexcept {
        if (at >= slot(why)) return;
        slot(why) = at;
        if (at < next_.at) next_ = {at, why};
    }

    /// True once when it is due; it is off afterwards.
    bool take(wake_reason why, instant now) noexcept {
        if (now < slot(why)) return false;
        set(why, never);
        return true;
    }

    [[nodiscard]] deadline const& next() const noexcept { return next_; }

private:
    void find_next() noexcept {
        std::size_t best = 0;
        for (std::size_t i = 1; i < at_.size(); ++i)
            if (at_[i] < at_[best]) best = i;
        next_ = {at_[best], static_cast<wake_reason>(best)};
    }

    instant& slot(wake_reason why) noexcept { return at_[static_cast<std::size_t>(why)]; }

    std::array<instant, static_cast<std::size_t>(wake_reason::extension) + 1> at_{};
    deadline next_{never, {}};
};

} // namespace dht::inline DHT_ABI::engine

#endif
