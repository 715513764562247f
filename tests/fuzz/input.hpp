#ifndef DHT_TESTS_FUZZ_INPUT_HPP
#define DHT_TESTS_FUZZ_INPUT_HPP

#include <dht/base/bytes.hpp>

#include <cstdlib>

namespace fuzz {

using namespace dht;

inline void insist(bool condition) {
    if (!condition) std::abort();
}

/// Cuts what the fuzzer gives into numbers and texts; behind its end everything is 0 and empty.
class input {
public:
    explicit input(byte_view bytes) noexcept : left_{bytes} {}

    [[nodiscard]] bool empty() const noexcept { return left_.empty(); }

    std::uint8_t byte() noexcept {
        byte_view const one = bytes(1);
        return one.empty() ? std::uint8_t{0} : std::to_integer<std::uint8_t>(one[0]);
    }

    std::uint32_t number(std::size_t size) noexcept {
        std::uint32_t value = 0;
        for (; size > 0; --size)
            value = value << 8U | byte();
        return value;
    }

    /// At most `size` bytes.
    byte_view bytes(std::size_t size) noexcept {
        byte_view const cut = left_.first(size < left_.size() ? size : left_.size());
        left_ = left_.subspan(cut.size());
        return cut;
    }

    /// Two bytes that say how many bytes follow.
    byte_view text() noexcept { return bytes(number(2)); }

    byte_view rest() noexcept { return bytes(left_.size()); }

private:
    byte_view left_;
};

} // namespace fuzz

#endif
