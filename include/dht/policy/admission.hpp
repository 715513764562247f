#ifndef DHT_POLICY_ADMISSION_HPP
#define DHT_POLICY_ADMISSION_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/endpoint.hpp>
#include <dht/event/events.hpp>
#include <dht/policy/authenticator.hpp>
#include <dht/policy/slots.hpp>
#include <dht/settings.hpp>

/// Slot admission: answer this query, or stay silent.
///
/// | expression                | type | meaning                                                |
/// |---------------------------|------|--------------------------------------------------------|
/// | `t.admit(at, from, what)` | bool | noexcept, per query; false: silence, nothing is learnt |
///
/// A policy that wants to know who signed the query has `t.admit(at, from, what, auth)` instead,
/// with the verdict of the authenticator. Default: `per_ip_limit`. Beside it: `admit_all`.
namespace dht::inline DHT_ABI {

template <class T>
concept admits_by_signer = requires(T& t, times at, endpoint const& from, event::method what,
                                    auth_verdict const& auth) {
    { t.admit(at, from, what, auth) }
    noexcept->std::same_as<bool>;
};

template <class T>
concept admission = admits_by_signer<T> ||
    requires(T& t, times at, endpoint const& from, event::method what) {
    { t.admit(at, from, what) }
    noexcept->std::same_as<bool>;
};

struct admit_all {
    using policy_slot = slots::admission;

    bool admit(times, endpoint const&, event::method) noexcept { return true; }
};

/// A token bucket per address (per /64 for IPv6), of bounded number: a spray of addresses recycles
/// the bucket that is fullest among a few, so it costs a flooder's own bucket last. The burst is
/// generous, since a hundred honest nodes may sit behind one NAT, and who was silenced refills at
/// once: nobody is banned, so re-announces cannot lock themselves out (opendht#869).
class per_ip_limit {
public:
    using policy_slot = slots::admission;

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        per_second_ = s.queries_per_second;
        burst_ = s.queries_burst;
        sources_ = {s.sources_max, hash_key{rng.next(), rng.next()}};
    }

    bool admit(times at, endpoint const& from, event::method) noexcept {
        address const who = from.ip.is_v4() ? from.ip : site_of(from.ip);
        bucket* const b = bucket_of(who, at.now);
        if (b == nullptr) return true; // sources_max is 0: unlimited
        refill(*b, at.now);
        if (b->tokens < 1) return false;
        b->tokens -= 1;
        return true;
    }

    void tidy(instant now) noexcept {
        sweep(now);
        sources_.shrink_to_fit();
    }

    [[nodiscard]] std::size_t sources() const noexcept { return sources_.size(); }

private:
    struct bucket {
        instant filled{};
        float tokens = -1; // -1: new
    };

    bucket* bucket_of(address const& who, instant now) noexcept {
        if (sources_.limit() == 0) return nullptr;
        if (bucket* const known = sources_.find(who)) return known;
        if (sources_.size() >= sweep_at_) sweep(now);
        if (sources_.full()) recycle(now);
        bucket* const b = sources_.find_or_insert(who);
        *b = {now, static_cast<float>(burst_)};
        return b;
    }

    /// A full bucket says nothing: its address is forgotten. O(1) for each new one in the long run.
    void sweep(instant now) noexcept {
        for (std::size_t i = sources_.size(); i-- > 0;) {
            bucket& b = sources_.at(i).value;
            refill(b, now);
            address const who = sources_.at(i).key;
            if (b.tokens >= static_cast<float>(burst_)) sources_.erase(who);
        }
        sweep_at_ = 2 * sources_.size() + sweep_slack;
    }

    void refill(bucket& b, instant now) const noexcept {
        if (now <= b.filled) return;
        float const elapsed_s = std::chrono::duration<float>(now - b.filled).count();
        b.tokens += elapsed_s * static_cast<float>(per_second_);
        if (b.tokens > static_cast<float>(burst_)) b.tokens = static_cast<float>(burst_);
        b.filled = now;
    }

    void recycle(instant now) noexcept {
        std::size_t fullest = cursor_ % sources_.size();
        for (std::size_t i = 0; i < 4; ++i) {
            std::size_t const at = (cursor_ + i) % sources_.size();
            refill(sources_.at(at).value, now);
            if (sources_.at(at).value.tokens > sources_.at(fullest).value.tokens) fullest = at;
        }
        cursor_ += 4;
        address const gone = sources_.at(fullest).key;
        sources_.erase(gone);
    }

    dense_map<address, bucket, object_hash> sources_{0, {}};
    std::size_t cursor_ = 0;
    static constexpr std::size_t sweep_slack = 16;
    std::size_t sweep_at_ = sweep_slack;
    unsigned per_second_ = 50;
    unsigned burst_ = 500;
};

} // namespace dht::inline DHT_ABI

#endif
