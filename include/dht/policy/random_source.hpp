#ifndef DHT_POLICY_RANDOM_SOURCE_HPP
#define DHT_POLICY_RANDOM_SOURCE_HPP

#include <dht/crypto/random.hpp>
#include <dht/policy/slots.hpp>

/// Slot random_source: chance.
///
/// | expression    | type          | meaning                                           |
/// |---------------|---------------|---------------------------------------------------|
/// | `t.next()`    | std::uint64_t | 64 unpredictable bits; noexcept                   |
/// | `t.fill(out)` | void          | fills the bytes with unpredictable ones; noexcept |
///
/// Transaction ids, token keys and node ids come from here: a predictable source makes a node easy
/// to spoof. Default: `system_random`. Beside it: `seeded_random`, for replay.
namespace dht::inline DHT_ABI {

template <class T>
concept random_source = requires(T& t, byte_span out) {
    { t.next() }
    noexcept->std::same_as<std::uint64_t>;
    { t.fill(out) }
    noexcept;
};

/// A ChaCha20 stream seeded by the operating system.
class system_random : public chacha_random {
public:
    using policy_slot = slots::random_source;
};

/// The same stream from a seed of the caller: equal seeds give equal nodes.
class seeded_random : public chacha_random {
public:
    using policy_slot = slots::random_source;

    explicit seeded_random(std::uint64_t number) noexcept : chacha_random{widen(number)} {}

private:
    static std::array<std::byte, 32> widen(std::uint64_t number) noexcept {
        std::array<std::byte, 32> wide{};
        store_big_endian(wide.data(), number);
        return wide;
    }
};

} // namespace dht::inline DHT_ABI

#endif
