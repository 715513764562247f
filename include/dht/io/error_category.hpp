#ifndef DHT_IO_ERROR_CATEGORY_HPP
#define DHT_IO_ERROR_CATEGORY_HPP

#include <dht/base/error.hpp>

#include <string>
#include <system_error>

namespace dht::inline DHT_ABI {

namespace io {

/// Our errors for those who speak std::error_code. message() is the sentence of dht::message.
class error_category_type final : public std::error_category {
public:
    char const* name() const noexcept override { return "dht"; }

    std::string message(int code) const override {
        return std::string{dht::message(static_cast<errc>(code))};
    }

    std::error_condition default_error_condition(int code) const noexcept override {
        switch (static_cast<errc>(code)) {
        case errc::cancelled:
            return std::errc::operation_canceled;
        case errc::timed_out:
            return std::errc::timed_out;
        case errc::invalid_argument:
            return std::errc::invalid_argument;
        case errc::limit_reached:
            return std::errc::resource_unavailable_try_again;
        default:
            return {code, *this};
        }
    }
};

inline std::error_category const& error_category() noexcept {
    static error_category_type const category;
    return category;
}

} // namespace io

/// Found by std::error_code.
inline std::error_code make_error_code(errc code) noexcept {
    return {static_cast<int>(code), io::error_category()};
}

} // namespace dht::inline DHT_ABI

template <>
struct std::is_error_code_enum<dht::errc> : std::true_type {};

#endif
