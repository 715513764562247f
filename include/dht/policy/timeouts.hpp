#ifndef DHT_POLICY_TIMEOUTS_HPP
#define DHT_POLICY_TIMEOUTS_HPP

#include <dht/base/time.hpp>
#include <dht/kad/contact.hpp>
#include <dht/policy/slots.hpp>

/// Slot timeouts: how long to wait for an answer.
///
/// | expression               | type     | meaning                                        |
/// |--------------------------|----------|------------------------------------------------|
/// | `t.stall_after(contact)` | duration | after this its slot is given to another        |
/// | `t.fail_after(contact)`  | duration | after this it has failed; at least stall_after |
/// | `t.observe(round_trip)`  | void     | an answer came after that time                 |
///
/// All noexcept. The answer to a question that has stalled stays welcome until it has failed. The
/// contact may be a stranger (rtt unknown). Default: `quantile_timeouts`. Beside it:
/// `fixed_timeouts`.
namespace dht::inline DHT_ABI {

template <class T>
concept timeouts = requires(T& t, T const& u, contact const& c, duration d) {
    { u.stall_after(c) }
    noexcept->std::same_as<duration>;
    { u.fail_after(c) }
    noexcept->std::same_as<duration>;
    { t.observe(d) }
    noexcept;
};

/// Stalls after max(10 % quantile + 100 ms, 90 % quantile) of the measured round trips (mldht's
/// rule): a slot is rarely freed too early, and a dead contact costs little more than a slow one.
/// Round trips are counted in bins of 50 ms and halve their weight every 256. A question fails
/// after four stalls, at least 5 s: patience costs nothing but a transaction.
class quantile_timeouts {
public:
    using policy_slot = slots::timeouts;

    void observe(duration round_trip) noexcept {
        auto const bin = round_trip < duration::zero() ? 0 : round_trip / bin_width;
        std::size_t const last = bin_count - 1;
        ++bins_[static_cast<std::size_t>(bin) < last ? static_cast<std::size_t>(bin) : last];
        if (++total_ < 512) return;
        total_ = 0;
        for (std::uint16_t& n : bins_)
            total_ = static_cast<std::uint16_t>(total_ + (n /= 2));
    }

    [[nodiscard]] duration stall_after(contact const&) const noexcept {
        if (total_ < 8) return initial_stall;
        duration const fast = quantile(10) + milliseconds{100};
        duration const slow = quantile(90);
        duration const d = fast > slow ? fast : slow;
        return d < longest_stall ? d : longest_stall;
    }

    [[nodiscard]] duration fail_after(contact const& c) const noexcept {
        duration const patient = 4 * stall_after(c);
        return patient < shortest_fail ? shortest_fail : patient;
    }

private:
    static constexpr duration bin_width = milliseconds{50};
    static constexpr std::size_t bin_count = 64;
    static constexpr duration initial_stall = milliseconds{1'000};
    static constexpr duration longest_stall = milliseconds{2'500};
    static constexpr duration shortest_fail = milliseconds{5'000};

    /// Upper end of the bin in which that share of the answers had come.
    [[nodiscard]] duration quantile(unsigned percent) const noexcept {
        unsigned const wanted = (total_ * percent + 99U) / 100U;
        unsigned seen = 0;
        for (std::size_t i = 0; i < bin_count; ++i)
            if ((seen += bins_[i]) >= wanted) return bin_width * static_cast<int>(i + 1);
        return bin_width * static_cast<int>(bin_count);
    }

    std::array<std::uint16_t, bin_count> bins_{};
    std::uint16_t total_ = 0;
};

struct fixed_timeouts {
    using policy_slot = slots::timeouts;
    duration stall = seconds{2};
    duration fail = seconds{2};

    void observe(duration) noexcept {}

    [[nodiscard]] duration stall_after(contact const&) const noexcept { return stall; }

    [[nodiscard]] duration fail_after(contact const&) const noexcept { return fail; }
};

} // namespace dht::inline DHT_ABI

#endif
