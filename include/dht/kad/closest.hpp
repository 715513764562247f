#ifndef DHT_KAD_CLOSEST_HPP
#define DHT_KAD_CLOSEST_HPP

#include <dht/base/static_vector.hpp>
#include <dht/kad/contact.hpp>

namespace dht::inline DHT_ABI {

inline constexpr std::size_t closest_max = 32;

/// The up to `limit` contacts closest to a target, closest first. Insertion into a small sorted
/// array: O(limit) at worst and usually one comparison, since most offers are further than the
/// last.
template <std::size_t Bits>
class basic_closest {
public:
    basic_closest(key<Bits> const& target, std::size_t limit) noexcept
        : target_{target},
          limit_{limit < closest_max ? limit : closest_max} {}

    void offer(basic_contact<Bits> const& offered) noexcept {
        offer(offered, [](basic_contact<Bits> const&) { return true; });
    }

    /// Only if it passes `wanted(contact)`, which is asked of those alone that are close enough.
    template <class Filter>
    void offer(basic_contact<Bits> const& offered, Filter&& wanted) noexcept {
        if (limit_ == 0 || (full() && !closer(offered.id, found_.back()->id, target_))) return;
        if (!wanted(offered)) return;
        if (full()) found_.pop_back();
        std::size_t at = found_.size();
        while (at > 0 && closer(offered.id, found_[at - 1]->id, target_))
            --at;
        found_.insert(at, &offered);
    }

    [[nodiscard]] bool full() const noexcept { return found_.size() >= limit_; }

    [[nodiscard]] std::size_t size() const noexcept { return found_.size(); }

    [[nodiscard]] basic_contact<Bits> const& operator[](std::size_t i) const noexcept {
        return *found_[i];
    }

    [[nodiscard]] auto begin() const noexcept { return found_.begin(); }

    [[nodiscard]] auto end() const noexcept { return found_.end(); }

private:
    key<Bits> target_;
    std::size_t limit_;
    static_vector<basic_contact<Bits> const*, closest_max> found_;
};

using closest_contacts = basic_closest<160>;

} // namespace dht::inline DHT_ABI

#endif
