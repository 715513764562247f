#ifndef DHT_BASE_SLAB_HPP
#define DHT_BASE_SLAB_HPP

#include <dht/base/thin_vector.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional> // declares std::hash too
#include <utility>

namespace dht::inline DHT_ABI {

/// Names one value of one slab; stays harmless after the value is gone, since its generation no
/// longer matches. The Tag keeps handles of different slabs apart.
template <class Tag>
struct handle {
    std::uint32_t index = 0;
    std::uint32_t generation = 0; // 0 names nothing

    constexpr explicit operator bool() const noexcept { return generation != 0; }

    friend constexpr bool operator==(handle const&, handle const&) noexcept = default;
    friend constexpr auto operator<=>(handle const&, handle const&) noexcept = default;
};

/// At most `limit` values, fewer than 2^32, with stable handles, reused places and O(1) everything.
/// Grows by need, shrinks when asked; references hold until the next insert.
template <class T, class Tag = T>
class slab {
public:
    using handle_type = handle<Tag>;

    explicit slab(std::size_t limit) noexcept : limit_{static_cast<std::uint32_t>(limit)} {}

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }

    [[nodiscard]] bool full() const noexcept { return size_ >= limit_; }

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

    /// The null handle when full.
    template <class... Args>
    handle_type emplace(Args&&... args) {
        if (full()) return {};
        std::uint32_t const index = take_place();
        place& p = places_[index];
        p.value.emplace(std::forward<Args>(args)...);
        p.generation = next_generation();
        ++size_;
        return {index, p.generation};
    }

    bool erase(handle_type h) noexcept {
        place* const p = find_place(h);
        if (p == nullptr) return false;
        p->value.reset();
        p->next_free = free_;
        free_ = h.index;
        --size_;
        return true;
    }

    /// So many will fit, or `limit`, without allocating.
    void reserve(std::size_t size) { places_.reserve_widely(std::min<std::size_t>(size, limit_)); }

    /// Gives the memory back if it is empty.
    void shrink_to_fit() noexcept {
        if (!empty()) return;
        places_ = {};
        free_ = none;
    }

    T* find(handle_type h) noexcept {
        place* const p = find_place(h);
        return p == nullptr ? nullptr : &*p->value;
    }

    T const* find(handle_type h) const noexcept { return const_cast<slab*>(this)->find(h); }

    /// The handle of whatever lives at `index` now; null when nothing does.
    [[nodiscard]] handle_type at_index(std::uint32_t index) const noexcept {
        if (index >= places_.size() || !places_[index].value) return {};
        return {index, places_[index].generation};
    }

    /// Calls f(handle, value) for each value in order of place. f may erase the value it is given.
    template <class F>
    void for_each(F&& f) {
        for (std::uint32_t i = 0; i < places_.size(); ++i)
            if (places_[i].value) f(handle_type{i, places_[i].generation}, *places_[i].value);
    }

    template <class F>
    void for_each(F&& f) const {
        for (std::uint32_t i = 0; i < places_.size(); ++i)
            if (places_[i].value) f(handle_type{i, places_[i].generation}, *places_[i].value);
    }

private:
    struct place {
        std::optional<T> value;
        std::uint32_t generation = 0;
        std::uint32_t next_free = none;
    };

    static constexpr std::uint32_t none = 0xffffffff;

    std::uint32_t take_place() {
        if (free_ == none) {
            places_.push_back({});
            return static_cast<std::uint32_t>(places_.size() - 1);
        }
        std::uint32_t const index = free_;
        free_ = places_[index].next_free;
        return index;
    }

    /// Counts all values that ever were, so that handles outlive the places they name.
    std::uint32_t next_generation() noexcept {
        if (++generation_ == 0) generation_ = 1;
        return generation_;
    }

    place* find_place(handle_type h) noexcept {
        if (h.index >= places_.size()) return nullptr;
        place& p = places_[h.index];
        return p.value && p.generation == h.generation ? &p : nullptr;
    }

    thin_vector<place> places_;
    std::uint32_t limit_;
    std::uint32_t size_ = 0;
    std::uint32_t free_ = none;
    std::uint32_t generation_ = 0;
};

} // namespace dht::inline DHT_ABI

template <class Tag>
struct std::hash<dht::handle<Tag>> {
    std::size_t operator()(dht::handle<Tag> h) const noexcept {
        return static_cast<std::size_t>(std::uint64_t{h.generation} << 32U | h.index);
    }
};

#endif
