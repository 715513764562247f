#ifndef DHT_BASE_SPLIT_MIX_HPP
#define DHT_BASE_SPLIT_MIX_HPP

#include <dht/config.hpp>

#include <cstdint>

namespace dht::inline DHT_ABI {

/// A short stream of draws from one number (SplitMix64, Steele, Lea and Flood 2014): the same on
/// every machine and compiler, and cheap enough for many per datagram. Who sees some draws knows
/// the others: nothing that must stay secret may come from it.
class split_mix {
public:
    explicit constexpr split_mix(std::uint64_t seed) noexcept : state_{seed} {}

    constexpr std::uint64_t next() noexcept {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t z = state_;
        z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9U;
        z = (z ^ z >> 27U) * 0x94d049bb133111ebU;
        return z ^ z >> 31U;
    }

    /// Below `bound`, as good as each with the same chance: none is off by more than one part in
    /// 2^32 / bound.
    constexpr std::uint32_t below(std::uint32_t bound) noexcept {
        return static_cast<std::uint32_t>((next() >> 32U) * bound >> 32U);
    }

private:
    std::uint64_t state_;
};

} // namespace dht::inline DHT_ABI

#endif
