#ifndef DHT_KAD_CLOSEST_HPP
#define DHT_KAD_CLOSEST_HPP

#include <dht/base/static_vector.hpp>
#include <dht/kad/key.hpp>

namespace dht::inline DHT_ABI {

inline constexpr std::size_t closest_max = 32;

/// The up to `limit` keys closest to a target, closest first. Insertion into a small sorted
/// array: O(limit) at worst and usually one comparison, since most offers are further than the
/// last.
template <std::size_t Bits>
class basic_closest {
public:
    basic_closest(key<Bits> const& target, std::size_t limit) noexcept
        : target_{target},
          limit_{limit < closest_max ? limit : closest_max} {}

    /// The key must stay where it is. `name` is what its owner calls it. It is kept only if it
    /// passes `wanted(name)`, which is asked of those alone that are close enough.
    template <class Filter>
    void offer(key<Bits> const& id, std::uint16_t name, Filter&& wanted) noexcept {
        if (limit_ == 0 || (full() && !closer(id, *found_.back().id, target_))) return;
        if (!wanted(name)) return;
        if (full()) found_.pop_back();
        std::size_t at = found_.size();
        while (at > 0 && closer(id, *found_[at - 1].id, target_))
            --at;
        found_.insert(at, {&id, name});
    }

    [[nodiscard]] bool full() const noexcept { return found_.size() >= limit_; }

    [[nodiscard]] std::size_t size() const noexcept { return found_.size(); }

    /// The name of the i-th.
    [[nodiscard]] std::uint16_t operator[](std::size_t i) const noexcept { return found_[i].name; }

private:
    struct named_key {
        key<Bits> const* id = nullptr;
        std::uint16_t name = 0;
    };

    key<Bits> target_;
    std::size_t limit_;
    static_vector<named_key, closest_max> found_;
};

} // namespace dht::inline DHT_ABI

#endif
