#ifndef DHT_CONTENT_STRANGERS_HPP
#define DHT_CONTENT_STRANGERS_HPP

#include <dht/base/endpoint.hpp>
#include <dht/outcome.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI::content {

/// An endpoint, and which of our addresses it is met from.
struct topic_place {
    via_index via = 0;
    endpoint at{};
    friend bool operator==(topic_place const&, topic_place const&) noexcept = default;
};

/// Endpoints that may subscribe to a topic, as others say: asked in turn, a few at a time. All
/// calls are O(strangers).
class strangers {
public:
    strangers(std::uint16_t waiting_max, std::uint16_t in_flight_max) noexcept
        : waiting_max_{waiting_max},
          in_flight_max_{in_flight_max} {}

    /// Unless it is here, or there are too many.
    void add(topic_place const& who) {
        if (list_.size() < waiting_max_ && find(who) == list_.end()) list_.push_back({who});
    }

    [[nodiscard]] bool has_next() const noexcept {
        return waiting() > 0 && list_.size() - waiting() < in_flight_max_;
    }

    /// Whom to ask now.
    std::optional<topic_place> next() noexcept {
        if (!has_next()) return std::nullopt;
        entry& e =
            *std::find_if(list_.begin(), list_.end(), [](auto const& x) { return !x.asked; });
        e.asked = true;
        ++e.tries;
        return e.who;
    }

    /// It is asked once more, since one lost datagram is no sign. False: it was.
    bool try_again(topic_place const& who) noexcept {
        auto const found = find(who);
        if (found == list_.end() || found->tries >= tries_max) return false;
        found->asked = false;
        return true;
    }

    void forget(topic_place const& who) noexcept {
        if (auto const found = find(who); found != list_.end()) list_.erase(found);
    }

private:
    static constexpr std::uint8_t tries_max = 2;

    struct entry {
        topic_place who{};
        std::uint8_t tries = 0;
        bool asked = false; ///< at this moment
    };

    std::vector<entry>::iterator find(topic_place const& who) noexcept {
        return std::find_if(list_.begin(), list_.end(),
                            [&](entry const& e) { return e.who == who; });
    }

    [[nodiscard]] std::size_t waiting() const noexcept {
        return static_cast<std::size_t>(
            std::count_if(list_.begin(), list_.end(), [](entry const& e) { return !e.asked; }));
    }

    std::uint16_t waiting_max_;
    std::uint16_t in_flight_max_;
    std::vector<entry> list_{};
};

} // namespace dht::inline DHT_ABI::content

#endif
