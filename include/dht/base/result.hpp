#ifndef DHT_BASE_RESULT_HPP
#define DHT_BASE_RESULT_HPP

#include <dht/base/error.hpp>

#include <optional>
#include <utility>

namespace dht::inline DHT_ABI {

/// A value, or the reason why there is none. Never throws, never allocates of its own.
template <class T>
class [[nodiscard]] result {
public:
    constexpr result(T value) : value_{std::move(value)} {}

    constexpr result(errc error) noexcept : error_{error} { DHT_ASSERT(error != errc::ok); }

    [[nodiscard]] constexpr bool has_value() const noexcept { return value_.has_value(); }

    constexpr explicit operator bool() const noexcept { return has_value(); }

    [[nodiscard]] constexpr errc error() const noexcept { return error_; }

    constexpr T& operator*() noexcept { return *value_; }

    constexpr T const& operator*() const noexcept { return *value_; }

    constexpr T* operator->() noexcept { return &*value_; }

    constexpr T const* operator->() const noexcept { return &*value_; }

private:
    std::optional<T> value_;
    errc error_ = errc::ok;
};

} // namespace dht::inline DHT_ABI

#endif
