#ifndef DHT_POLICY_ADMISSION_HPP
#define DHT_POLICY_ADMISSION_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/keyed_hash.hpp>
#include <dht/base/thin_vector.hpp>
#include <dht/event/events.hpp>
#include <dht/policy/authenticator.hpp>
#include <dht/policy/slots.hpp>
#include <dht/settings.hpp>

#include <algorithm>

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
/// the bucket that is fullest among four, so it costs a flooder's own bucket last. The burst is
/// generous, since a hundred honest nodes may sit behind one NAT, and who was silenced refills at
/// once: nobody is banned, so re-announces cannot lock themselves out (opendht#869).
///
/// A bucket is the instant at which it will be full again. They stand in sets of four, so that
/// finding one touches a line of cache or two: where five who were silenced share a set, one of
/// them has a new bucket; sources_max counts in fours.
class per_ip_limit {
public:
    using policy_slot = slots::admission;

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        per_query_ = duration{seconds{1}} / std::max<unsigned>(1, s.queries_per_second);
        most_ = per_query_ * s.queries_burst;
        sets_max_ = (s.sources_max + set_size - 1) / set_size;
        secret_ = {rng.next(), rng.next()};
    }

    bool admit(times at, endpoint const& from, event::method) noexcept {
        bucket* const b = bucket_of(name_of(from.ip), at.now);
        if (b == nullptr) return true; // sources_max is 0: unlimited
        return take_turn(b->full_at, at.now, per_query_, most_);
    }

    /// A full bucket says nothing: its address is forgotten.
    void tidy(instant now) noexcept {
        std::size_t kept = 0;
        for (set const& s : sets_)
            for (bucket const& b : s)
                kept += b.full_at > now;
        if (kept == 0)
            sets_ = {};
        else
            resize(kept, now); // four places for each: hardly anybody's set is full of others
    }

    /// How many addresses are remembered.
    [[nodiscard]] std::size_t sources() const noexcept {
        std::size_t n = 0;
        for (set const& s : sets_)
            for (bucket const& b : s)
                n += b.full_at != instant{};
        return n;
    }

private:
    struct bucket {
        std::uint64_t who = 0;
        instant full_at{}; ///< the origin of time: free
    };

    static constexpr std::size_t set_size = 4;
    using set = std::array<bucket, set_size>;

    /// Never 0, which is nobody's name.
    static std::uint64_t name_of(address const& ip) noexcept {
        constexpr std::uint64_t v4 = 0xffffffffULL << 32U; // multicast, as an IPv6 address
        return ip.is_v4() ? v4 | source_of(ip) : source_of(ip);
    }

    /// That of `who`, or a full one in place of the fullest that may be his.
    bucket* bucket_of(std::uint64_t who, instant now) noexcept {
        if (sets_max_ == 0) return nullptr;
        if (sets_.empty()) sets_.assign(std::min(sets_max_, sets_min), {});
        bucket* b = &fullest_or_own(who);
        while (b->who != who && b->full_at > now && sets_.size() < sets_max_) {
            resize(2 * sets_.size(), now);
            b = &fullest_or_own(who);
        }
        if (b->who != who) *b = {who, now};
        return b;
    }

    bucket& fullest_or_own(std::uint64_t who) noexcept {
        std::uint64_t const print = folded_hash{}(secret_, who) >> 32U;
        set& s = sets_[static_cast<std::size_t>(print * sets_.size() >> 32U)];
        bucket* fullest = s.data();
        for (bucket& b : s) {
            if (b.who == who) return b;
            if (b.full_at < fullest->full_at) fullest = &b;
        }
        return *fullest;
    }

    void resize(std::size_t sets, instant now) noexcept {
        thin_vector<set> before;
        before.assign(std::clamp(sets, std::min(sets_min, sets_max_), sets_max_), {});
        std::swap(before, sets_);
        for (set const& s : before)
            for (bucket const& b : s)
                if (bucket& place = fullest_or_own(b.who);
                    b.full_at > now && b.full_at > place.full_at)
                    place = b;
    }

    static constexpr std::size_t sets_min = 4;

    thin_vector<set> sets_;
    std::size_t sets_max_ = 0;
    hash_key secret_;
    duration per_query_{};
    duration most_{}; ///< how far behind full a bucket may be: its burst
};

} // namespace dht::inline DHT_ABI

#endif
