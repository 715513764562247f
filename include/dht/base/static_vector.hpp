#ifndef DHT_BASE_STATIC_VECTOR_HPP
#define DHT_BASE_STATIC_VECTOR_HPP

#include <dht/config.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional> // std::construct_at, without the 7 000 lines of <memory>
#include <span>
#include <type_traits>

namespace dht::inline DHT_ABI {

/// At most N values in place. For trivially copyable types: copying one is a memcpy, nothing is
/// ever allocated, and what is not used is not even zeroed. Appending to a full one is refused, not
/// undefined.
template <class T, std::size_t N>
class static_vector {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    constexpr static_vector() noexcept { // NOLINT(cppcoreguidelines-pro-type-member-init)
        if (std::is_constant_evaluated()) std::construct_at(&values_);
    }

    /// Takes as many of `values` as fit.
    constexpr explicit static_vector(std::span<T const> values) noexcept : static_vector{} {
        for (T const& value : values)
            push_back(value);
    }

    static constexpr std::size_t capacity() noexcept { return N; }

    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }

    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }

    [[nodiscard]] constexpr bool full() const noexcept { return size_ == N; }

    /// False when full; then nothing changed.
    constexpr bool push_back(T const& value) noexcept {
        if (full()) return false;
        values_[size_++] = value;
        return true;
    }

    constexpr void pop_back() noexcept {
        DHT_ASSERT(size_ > 0);
        --size_;
    }

    /// Inserts before position `at`; a full vector loses its last value. By value, since the one
    /// given may stand among those that move.
    constexpr void insert(std::size_t at, T value) noexcept {
        DHT_ASSERT(at <= size_);
        if (at == N) return;
        if (!full()) ++size_;
        for (std::size_t i = size_ - 1; i > at; --i)
            values_[i] = values_[i - 1];
        values_[at] = value;
    }

    /// Removes position `at`, keeping the order of the others.
    constexpr void erase(std::size_t at) noexcept {
        DHT_ASSERT(at < size_);
        for (std::size_t i = at + 1; i < size_; ++i)
            values_[i - 1] = values_[i];
        --size_;
    }

    constexpr void clear() noexcept { size_ = 0; }

    /// What is new is T{}.
    constexpr void resize(std::size_t size) noexcept {
        DHT_ASSERT(size <= N);
        for (std::size_t i = size_; i < size; ++i)
            values_[i] = T{};
        size_ = static_cast<size_type>(size);
    }

    /// What is new is unspecified, and to be written before it is read.
    constexpr void resize_for_overwrite(std::size_t size) noexcept {
        DHT_ASSERT(size <= N);
        size_ = static_cast<size_type>(size);
    }

    constexpr T& operator[](std::size_t i) noexcept {
        DHT_ASSERT(i < size_);
        return values_[i];
    }

    constexpr T const& operator[](std::size_t i) const noexcept {
        DHT_ASSERT(i < size_);
        return values_[i];
    }

    constexpr T& back() noexcept { return (*this)[size_ - 1U]; }

    constexpr T const& back() const noexcept { return (*this)[size_ - 1U]; }

    constexpr T* data() noexcept { return values_.data(); }

    constexpr T const* data() const noexcept { return values_.data(); }

    constexpr T* begin() noexcept { return data(); }

    constexpr T const* begin() const noexcept { return data(); }

    constexpr T* end() noexcept { return data() + size_; }

    constexpr T const* end() const noexcept { return data() + size_; }

    friend constexpr bool
    operator==(static_vector const& a,
               static_vector const& b) noexcept requires std::equality_comparable<T> {
        for (std::size_t i = 0; i < a.size_ && a.size_ == b.size_; ++i)
            if (!(a.values_[i] == b.values_[i])) return false;
        return a.size_ == b.size_;
    }

private:
    using size_type = std::conditional_t<N <= 255, std::uint8_t, std::uint32_t>;

    union {
        std::array<T, N> values_; // its lifetime is that of bytes: T is trivially copyable
    };

    size_type size_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
