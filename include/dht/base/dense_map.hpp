#ifndef DHT_BASE_DENSE_MAP_HPP
#define DHT_BASE_DENSE_MAP_HPP

#include <dht/base/keyed_hash.hpp>
#include <dht/base/thin_vector.hpp>

#include <bit>
#include <utility>

namespace dht::inline DHT_ABI {

/// At most `limit` pairs in one dense array behind a keyed hash index. Iteration is in insertion
/// order until something is erased (the last pair then takes the gap): the same on every machine,
/// whatever the key. Hash(hash_key, Key) -> uint64 must use the key. Nothing is allocated before
/// the first insert.
template <class Key, class Value, class Hash>
class dense_map {
public:
    struct entry {
        Key key;
        Value value;
    };

    dense_map(std::size_t limit, hash_key secret) noexcept : limit_{limit}, secret_{secret} {}

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }

    [[nodiscard]] bool full() const noexcept { return size() >= limit_; }

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

    Value* find(Key const& key) noexcept {
        std::size_t const slot = find_slot(key);
        return slot == none ? nullptr : &entries_[slots_[slot] - 1].value;
    }

    Value const* find(Key const& key) const noexcept {
        return const_cast<dense_map*>(this)->find(key);
    }

    /// The value under `key`, made by Value{} when new; nullptr when new and full.
    Value* find_or_insert(Key const& key) {
        if (Value* const known = find(key)) return known;
        if (full()) return nullptr;
        if (2 * (size() + 1) > slots_.size()) rehash(slots_for(size() + 1));
        entries_.push_back({key, Value{}});
        link(key, static_cast<std::uint32_t>(entries_.size()));
        return &entries_.back().value;
    }

    bool erase(Key const& key) noexcept {
        std::size_t const slot = find_slot(key);
        if (slot == none) return false;
        std::uint32_t const position = slots_[slot];
        unlink(slot);
        if (position != entries_.size()) { // the last entry moves into the gap
            slots_[find_slot(entries_.back().key)] = position;
            entries_[position - 1] = std::move(entries_.back());
        }
        entries_.pop_back();
        return true;
    }

    /// So many will fit, or `limit`, without allocating.
    void reserve(std::size_t size) {
        entries_.reserve_widely(std::min(size, limit_));
        if (slots_for(std::min(size, limit_)) > slots_.size())
            rehash(slots_for(std::min(size, limit_)));
    }

    /// Gives back what is not used.
    void shrink_to_fit() {
        entries_.shrink_to_fit();
        slots_ = {};
        if (!empty()) rehash(slots_for(size()));
    }

    void clear() noexcept {
        entries_.clear();
        slots_.clear();
    }

    /// Entries by position, for iteration and for eviction by position.
    [[nodiscard]] entry& at(std::size_t position) noexcept { return entries_[position]; }

    [[nodiscard]] entry const& at(std::size_t position) const noexcept {
        return entries_[position];
    }

    auto begin() noexcept { return entries_.begin(); }

    auto end() noexcept { return entries_.end(); }

    auto begin() const noexcept { return entries_.begin(); }

    auto end() const noexcept { return entries_.end(); }

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    static constexpr std::size_t slots_min = 16;

    static std::size_t slots_for(std::size_t size) noexcept {
        return std::bit_ceil(std::max(slots_min, 2 * size));
    }

    [[nodiscard]] std::size_t mask() const noexcept { return slots_.size() - 1; }

    [[nodiscard]] std::size_t home(Key const& key) const noexcept {
        return static_cast<std::size_t>(Hash{}(secret_, key)) & mask();
    }

    [[nodiscard]] std::size_t find_slot(Key const& key) const noexcept {
        if (empty()) return none; // most maps are, most of the time
        for (std::size_t slot = home(key); slots_[slot] != 0; slot = (slot + 1) & mask())
            if (entries_[slots_[slot] - 1].key == key) return slot;
        return none;
    }

    void link(Key const& key, std::uint32_t position) noexcept {
        std::size_t slot = home(key);
        while (slots_[slot] != 0)
            slot = (slot + 1) & mask();
        slots_[slot] = position;
    }

    /// Backward-shift deletion: no tombstones, so churn never slows lookups down.
    void unlink(std::size_t gap) noexcept {
        slots_[gap] = 0;
        for (std::size_t slot = (gap + 1) & mask(); slots_[slot] != 0; slot = (slot + 1) & mask()) {
            std::size_t const wanted = home(entries_[slots_[slot] - 1].key);
            if (((slot - wanted) & mask()) < ((slot - gap) & mask())) continue;
            slots_[gap] = slots_[slot];
            slots_[slot] = 0;
            gap = slot;
        }
    }

    void rehash(std::size_t slots) {
        slots_.assign(slots, 0);
        for (std::size_t i = 0; i < entries_.size(); ++i)
            link(entries_[i].key, static_cast<std::uint32_t>(i + 1));
    }

    thin_vector<entry> entries_;
    thin_vector<std::uint32_t> slots_; // position + 1; 0 is empty
    std::size_t limit_;
    hash_key secret_;
};

} // namespace dht::inline DHT_ABI

#endif
