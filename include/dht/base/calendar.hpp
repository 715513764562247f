#ifndef DHT_BASE_CALENDAR_HPP
#define DHT_BASE_CALENDAR_HPP

#include <dht/base/thin_vector.hpp>

namespace dht::inline DHT_ABI {

/// Where an element of an array stands in a calendar: between two others of the same day.
struct calendar_entry {
    std::uint32_t previous = 0;
    std::uint32_t next = 0;
    std::uint32_t day = 0;
};

/// The elements of an array, each on a day: a ring of as many pages as there may be days at once,
/// each the head of a circular list, first come first (Varghese and Lauck 1987, scheme 4). Adding
/// and removing take O(1). The entries stand in the elements, as the member Entry; the array is an
/// argument, and elements have their index for a name. Nothing is allocated before the first entry.
template <auto Entry>
class calendar {
public:
    static constexpr std::uint32_t nobody = ~std::uint32_t{0};

    explicit calendar(std::uint32_t days) noexcept : days_{days} {}

    [[nodiscard]] std::uint32_t days() const noexcept { return days_; }

    template <class Array>
    void add(Array& all, std::uint32_t i, std::uint32_t day) {
        if (heads_.empty()) heads_.assign(days_, nobody);
        std::uint32_t& head = heads_[day % days_];
        if (head == nobody) head = i;
        std::uint32_t const last = head == i ? i : (all[head].*Entry).previous;
        all[i].*Entry = {last, head, day};
        (all[last].*Entry).next = (all[head].*Entry).previous = i;
    }

    template <class Array>
    void remove(Array& all, std::uint32_t i) noexcept {
        calendar_entry const e = all[i].*Entry;
        (all[e.previous].*Entry).next = e.next;
        (all[e.next].*Entry).previous = e.previous;
        std::uint32_t& head = heads_[e.day % days_];
        if (head == i) head = e.next == i ? nobody : e.next;
    }

    /// The first element of `day`, or of another day that shares its page; nobody when there is
    /// none.
    [[nodiscard]] std::uint32_t first_on(std::uint32_t day) const noexcept {
        return heads_.empty() ? nobody : heads_[day % days_];
    }

    /// The first element of `day` or of the next day on which there is one, in O(days).
    [[nodiscard]] std::uint32_t first_since(std::uint32_t day) const noexcept {
        for (std::size_t page = day % days_, left = heads_.size(); left > 0; --left) {
            if (heads_[page] != nobody) return heads_[page];
            if (++page == heads_.size()) page = 0;
        }
        return nobody;
    }

private:
    thin_vector<std::uint32_t> heads_;
    std::uint32_t days_;
};

} // namespace dht::inline DHT_ABI

#endif
