#ifndef DHT_POLICY_CONCURRENCY_HPP
#define DHT_POLICY_CONCURRENCY_HPP

#include <dht/config.hpp>
#include <dht/policy/slots.hpp>

#include <concepts>
#include <cstdint>

/// Slot concurrency: how many questions of one lookup may be in flight (Kademlia's alpha).
///
/// | expression          | type     | meaning                                                    |
/// |---------------------|----------|------------------------------------------------------------|
/// | `t.width(progress)` | unsigned | at least 1; questions past the stall time-out do not count |
///
/// noexcept. Default: `adaptive_alpha`. Beside it: `fixed_alpha`.
namespace dht::inline DHT_ABI {

struct lookup_progress {
    std::uint32_t asked = 0;
    std::uint32_t replied = 0;
    std::uint32_t stalled = 0; ///< how often a question stalled
    std::uint32_t late = 0;    ///< answers that came after that
};

template <class T>
concept concurrency = requires(T const& t, lookup_progress const& p) {
    { t.width(p) }
    noexcept->std::same_as<unsigned>;
};

/// Begins with `initial`; every two questions that stall for good widen it by one, up to `most`:
/// where many contacts are dead a wider front costs little and saves much. An answer that came late
/// narrows it again.
struct adaptive_alpha {
    using policy_slot = slots::concurrency;
    unsigned initial = 4;
    unsigned most = 8;

    [[nodiscard]] unsigned width(lookup_progress const& p) const noexcept {
        unsigned const lost = p.stalled > p.late ? (p.stalled - p.late) / 2 : 0;
        return initial + lost < most ? initial + lost : most;
    }
};

struct fixed_alpha {
    using policy_slot = slots::concurrency;
    unsigned alpha = 3;

    [[nodiscard]] unsigned width(lookup_progress const&) const noexcept { return alpha; }
};

} // namespace dht::inline DHT_ABI

#endif
