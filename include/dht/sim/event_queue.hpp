#ifndef DHT_SIM_EVENT_QUEUE_HPP
#define DHT_SIM_EVENT_QUEUE_HPP

#include <dht/base/time.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// Something that happens to one host.
struct happening {
    static constexpr std::uint32_t wake_up = 0xffffffff;

    instant at{};
    std::uint64_t order = 0;      ///< of the push: decides between equal instants
    std::uint32_t host = 0;       ///< its index in the world
    std::uint32_t what = wake_up; ///< wake_up, or the place of a datagram that arrives
};

/// The future of a world, ordered by time and then by when it was decided. A binary heap: O(log n)
/// per push and take.
class event_queue {
public:
    /// Returns the order that the event got: its name.
    std::uint64_t push(instant at, std::uint32_t host, std::uint32_t what) {
        heap_.push_back({at, ++pushed_, host, what});
        std::push_heap(heap_.begin(), heap_.end(), later);
        return pushed_;
    }

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }

    [[nodiscard]] std::size_t size() const noexcept { return heap_.size(); }

    [[nodiscard]] instant next_at() const noexcept {
        return heap_.empty() ? never : heap_.front().at;
    }

    happening take() noexcept {
        std::pop_heap(heap_.begin(), heap_.end(), later);
        happening const next = heap_.back();
        heap_.pop_back();
        return next;
    }

private:
    static bool later(happening const& a, happening const& b) noexcept {
        return a.at != b.at ? a.at > b.at : a.order > b.order;
    }

    std::vector<happening> heap_;
    std::uint64_t pushed_ = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
