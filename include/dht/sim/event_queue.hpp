#ifndef DHT_SIM_EVENT_QUEUE_HPP
#define DHT_SIM_EVENT_QUEUE_HPP

#include <dht/base/time.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// Something that happens to one host, or to the world.
struct happening {
    static constexpr std::uint32_t wake_up = 0xffffffff;
    static constexpr std::uint32_t no_host = 0xffffffff; ///< `what` is a call of the user's

    instant at{};
    std::uint64_t order = 0;      ///< of the push: decides between equal instants
    std::uint32_t host = 0;       ///< its index in the world
    std::uint32_t what = wake_up; ///< wake_up, or the place of a datagram that arrives
};

/// The future of a world, ordered by time and then by when it was decided. Time only goes forward,
/// hence a hierarchy of wheels (Varghese and Lauck 1987): eight of 256 slots, one for each byte of
/// a time in microseconds. An event waits in the wheel of the highest byte in which it differs from
/// the time that was reached, and moves inwards when that byte is reached. push is O(1), take O(1)
/// on average: an event moves seven times at most; nearly all that are due within an hour, three
/// times. 32 bytes per event, in one array that never shrinks. Slots keep the order of pushes.
class event_queue {
public:
    /// Returns the order that the event got: its name. What should have happened already happens
    /// next.
    std::uint64_t push(instant at, std::uint32_t host, std::uint32_t what) {
        std::uint32_t const place = take_place();
        waiting_[place].what = {std::max(at, reached_), ++pushed_, host, what};
        file(place);
        ++size_;
        return pushed_;
    }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    [[nodiscard]] instant next_at() const noexcept {
        if (empty()) return never;
        wheel const& w = wheels_[first_wheel()];
        return w.slots[w.first_slot()].soonest;
    }

    /// There must be one.
    happening take() noexcept {
        while (first_wheel() > 0)
            spread(first_wheel());
        wheel& innermost = wheels_[0];
        unsigned const at = innermost.first_slot();
        slot& s = innermost.slots[at];
        std::uint32_t const place = s.first;
        happening const next = waiting_[place].what;
        s.first = waiting_[place].next;
        if (s.first == nobody) clear(0, at);
        waiting_[place].next = free_;
        free_ = place;
        --size_;
        reached_ = next.at;
        return next;
    }

private:
    static constexpr std::uint32_t nobody = 0xffffffff;

    /// An event and who comes after it in its slot (or the next free place).
    struct entry {
        happening what;
        std::uint32_t next = nobody;
    };

    struct slot {
        instant soonest = never;
        std::uint32_t first = nobody;
        std::uint32_t last = nobody;
    };

    struct wheel {
        std::array<slot, 256> slots{};
        std::array<std::uint64_t, 4> in_use{}; // a bit for each slot

        [[nodiscard]] unsigned first_slot() const noexcept {
            unsigned word = 0;
            while (in_use[word] == 0)
                ++word;
            return 64 * word + static_cast<unsigned>(std::countr_zero(in_use[word]));
        }
    };

    static std::uint64_t ticks(instant at) noexcept {
        return static_cast<std::uint64_t>(at.time_since_epoch().count());
    }

    [[nodiscard]] unsigned first_wheel() const noexcept {
        return static_cast<unsigned>(std::countr_zero(wheels_in_use_));
    }

    std::uint32_t take_place() {
        if (free_ == nobody) {
            waiting_.emplace_back();
            return static_cast<std::uint32_t>(waiting_.size() - 1);
        }
        std::uint32_t const place = free_;
        free_ = waiting_[place].next;
        return place;
    }

    /// Appends the event to its slot, as things stand.
    void file(std::uint32_t place) noexcept {
        instant const at = waiting_[place].what.at;
        std::uint64_t const differs = ticks(at) ^ ticks(reached_);
        unsigned const level =
            differs == 0 ? 0U : (static_cast<unsigned>(std::bit_width(differs)) - 1U) / 8U;
        unsigned const number = ticks(at) >> 8 * level & 0xffU;
        wheel& w = wheels_[level];
        slot& s = w.slots[number];
        waiting_[place].next = nobody;
        (s.first == nobody ? s.first : waiting_[s.last].next) = place;
        s.last = place;
        s.soonest = std::min(s.soonest, at);
        w.in_use[number / 64] |= std::uint64_t{1} << number % 64;
        wheels_in_use_ |= 1U << level;
    }

    void clear(unsigned level, unsigned number) noexcept {
        wheel& w = wheels_[level];
        w.slots[number] = {};
        w.in_use[number / 64] &= ~(std::uint64_t{1} << number % 64);
        if (w.in_use == std::array<std::uint64_t, 4>{}) wheels_in_use_ &= ~(1U << level);
    }

    /// All inner wheels are empty: time moves to the first event of this one, and its slot inwards.
    void spread(unsigned level) noexcept {
        unsigned const number = wheels_[level].first_slot();
        slot const all = wheels_[level].slots[number];
        clear(level, number);
        reached_ = all.soonest;
        for (std::uint32_t place = all.first; place != nobody;) {
            std::uint32_t const next = waiting_[place].next;
            file(place);
            place = next;
        }
    }

    std::vector<entry> waiting_;
    std::array<wheel, 8> wheels_{};
    unsigned wheels_in_use_ = 0; // a bit for each wheel
    std::uint32_t free_ = nobody;
    std::size_t size_ = 0;
    std::uint64_t pushed_ = 0;
    instant reached_{};
};

} // namespace dht::inline DHT_ABI::sim

#endif
