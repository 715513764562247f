#ifndef DHT_SECURE_SHORT_MEMORY_HPP
#define DHT_SECURE_SHORT_MEMORY_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/time.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// Remembers what belongs to a name for at least one lifetime, in two halves: the older one is
/// forgotten as a whole, when something new comes after its time. Names are keyed hashes. Each half
/// holds `half_max`; nothing is allocated before there is something to remember. O(1).
template <class Value>
class short_memory {
public:
    short_memory(std::size_t half_max, duration lifetime, hash_key secret) noexcept
        : young_{half_max, secret},
          old_{half_max, secret},
          lifetime_{lifetime} {}

    [[nodiscard]] bool empty() const noexcept { return young_.empty() && old_.empty(); }

    /// No more can be put without forgetting something before its time.
    [[nodiscard]] bool full(instant now) noexcept {
        turn_when_due(now);
        return young_.full();
    }

    /// When it is full the older half is forgotten early.
    void put(std::uint64_t name, Value const& value, instant now) {
        if (full(now)) turn(now);
        *young_.find_or_insert(name) = value;
    }

    [[nodiscard]] Value const* find(std::uint64_t name) const noexcept {
        Value const* const known = young_.find(name);
        return known != nullptr ? known : old_.find(name);
    }

    /// The same, and forgets it.
    std::optional<Value> take(std::uint64_t name) noexcept {
        Value const* const known = find(name);
        if (known == nullptr) return std::nullopt;
        Value const value = *known;
        if (!young_.erase(name)) old_.erase(name);
        return value;
    }

    void tidy(instant now) {
        turn_when_due(now);
        young_.shrink_to_fit();
        old_.shrink_to_fit();
    }

private:
    void turn_when_due(instant now) noexcept {
        if (now < turns_at_) return;
        if (now >= turns_at_ + lifetime_) old_.clear(), young_.clear();
        turn(now);
    }

    void turn(instant now) noexcept {
        std::swap(young_, old_);
        young_.clear();
        turns_at_ = now + lifetime_;
    }

    dense_map<std::uint64_t, Value, folded_hash> young_;
    dense_map<std::uint64_t, Value, folded_hash> old_;
    duration lifetime_;
    instant turns_at_{};
};

} // namespace dht::inline DHT_ABI

#endif
