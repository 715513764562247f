#ifndef DHT_POLICY_SIGNATURE_BUDGET_HPP
#define DHT_POLICY_SIGNATURE_BUDGET_HPP

#include <dht/base/keyed_hash.hpp>
#include <dht/base/thin_vector.hpp>
#include <dht/base/time.hpp>

#include <array>

namespace dht::inline DHT_ABI {

/// How many signatures are verified for others. To verify takes longer than all else that a query
/// may ask for, and anybody can send what must be verified to be seen through: nobody else is to
/// wait for that. Sources are dealt to 64 shares by a secret (McKenney 1990, stochastic fairness
/// queueing), so that a few who flood have their own shares alone.
class signature_budget {
public:
    /// May one more be verified, `per_second` being what all sources have together? A share has
    /// its part of that, and up to five seconds' at once. `draw_secret()` is called once.
    template <class Draw>
    bool take(std::uint64_t source, instant now, unsigned per_second, Draw&& draw_secret) {
        if (shares_.empty()) shares_.push_back({draw_secret(), {}});
        shares& s = shares_.front();
        duration const each = duration{seconds{1}} * share_count / per_second;
        instant& paid_at = s.paid_at[folded_hash{}(s.secret, source) % share_count];
        return take_turn(paid_at, now, each, std::max<duration>(each, seconds{5}));
    }

private:
    static constexpr unsigned share_count = 64;

    struct shares {
        hash_key secret;
        std::array<instant, share_count> paid_at;
    };

    thin_vector<shares> shares_; ///< none before there was anything to verify
};

} // namespace dht::inline DHT_ABI

#endif
