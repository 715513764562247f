#ifndef DHT_BASE_THIN_VECTOR_HPP
#define DHT_BASE_THIN_VECTOR_HPP

#include <dht/config.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace dht::inline DHT_ABI {

namespace detail {

/// What stands in front of the values of a thin_vector.
struct thin_header {
    std::uint32_t size = 0;
    std::uint32_t capacity = 0;
};

/// In front of those that have no memory: nobody has to ask first. Of any alignment of a value.
alignas(__STDCPP_DEFAULT_NEW_ALIGNMENT__) inline constexpr std::array<thin_header, 2> no_values{};

} // namespace detail

/// A vector of one pointer: size and capacity stand in front of the values on the heap (Rust's
/// ThinVec, Mozilla's nsTArray). A node has dozens of vectors, and most are empty: 8 bytes each
/// instead of 24. Grows by half; at most 2^32 - 1 values.
template <class T>
class thin_vector {
public:
    thin_vector() noexcept = default;

    explicit thin_vector(std::size_t size) : thin_vector{} { assign(size, T{}); }

    thin_vector(thin_vector const& from) : thin_vector{} {
        reserve(from.size());
        for (T const& value : from)
            push_back(value);
    }

    thin_vector(thin_vector&& from) noexcept : block_{std::exchange(from.block_, none())} {}

    thin_vector& operator=(thin_vector from) noexcept {
        std::swap(block_, from.block_);
        return *this;
    }

    ~thin_vector() {
        clear();
        give_back(block_);
    }

    [[nodiscard]] std::size_t size() const noexcept { return block_->size; }

    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    [[nodiscard]] std::size_t capacity() const noexcept { return block_->capacity; }

    T* begin() noexcept { return values_of(block_); }

    T const* begin() const noexcept { return values_of(block_); }

    T* end() noexcept { return begin() + size(); }

    T const* end() const noexcept { return begin() + size(); }

    T& operator[](std::size_t i) noexcept { return values_of(block_)[i]; }

    T const& operator[](std::size_t i) const noexcept { return values_of(block_)[i]; }

    T& front() noexcept { return *begin(); }

    T const& front() const noexcept { return *begin(); }

    T& back() noexcept { return *(end() - 1); }

    T const& back() const noexcept { return *(end() - 1); }

    void reserve(std::size_t capacity) {
        if (capacity > this->capacity()) move_to(capacity);
    }

    /// The same for who asks for a little more each time.
    void reserve_widely(std::size_t capacity) {
        std::size_t const now = this->capacity();
        if (capacity > now) move_to(std::max(capacity, now + now / 2));
    }

    /// By value, since the one given may stand among those that move.
    T& push_back(T value) {
        if (size() == capacity()) move_to(size() + size() / 2 + 1);
        T* const at = new (end()) T(std::move(value));
        ++block_->size;
        return *at;
    }

    void pop_back() noexcept {
        back().~T();
        --block_->size;
    }

    /// Before position `at`. O(values behind it).
    void insert(std::size_t at, T value) {
        push_back(std::move(value));
        T last = std::move(back());
        std::move_backward(begin() + at, end() - 1, end());
        (*this)[at] = std::move(last);
    }

    /// Keeps the order of the others. O(values behind it).
    void erase(std::size_t at) noexcept {
        std::move(begin() + at + 1, end(), begin() + at);
        pop_back();
    }

    /// The first `count`. Keeps the order of the others.
    void erase_front(std::size_t count) noexcept {
        if (count == 0) return;
        std::move(begin() + count, end(), begin());
        for (; count > 0; --count)
            pop_back();
    }

    void assign(std::size_t size, T value) {
        clear();
        reserve(size);
        while (this->size() < size)
            push_back(value);
    }

    /// Gives back what is not used.
    void shrink_to_fit() {
        if (empty())
            *this = {};
        else if (capacity() > size())
            move_to(size());
    }

    /// Keeps its memory; shrink_to_fit gives it back.
    void clear() noexcept {
        if (empty()) return; // and perhaps without memory
        for (T& value : *this)
            value.~T();
        block_->size = 0;
    }

private:
    using header = detail::thin_header;

    static constexpr std::size_t values_at = std::max(sizeof(header), alignof(T));
    static_assert(alignof(T) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__);

    /// Never written to, since nothing is there to be changed.
    static header* none() noexcept { return const_cast<header*>(detail::no_values.data()); }

    static void give_back(header* block) noexcept {
        if (block->capacity > 0) ::operator delete(block);
    }

    static T* values_of(header* block) noexcept {
        return reinterpret_cast<T*>(reinterpret_cast<std::byte*>(block) + values_at);
    }

    void move_to(std::size_t capacity) {
        void* const memory = ::operator new(values_at + capacity * sizeof(T));
        auto* const wider = new (memory)
            header{static_cast<std::uint32_t>(size()), static_cast<std::uint32_t>(capacity)};
        T* to = values_of(wider);
        for (T& value : *this)
            new (to++) T(std::move(value));
        clear();
        give_back(std::exchange(block_, wider));
    }

    header* block_ = none(); // the values follow
};

} // namespace dht::inline DHT_ABI

#endif
