#ifndef DHT_KAD_AVOID_LIST_HPP
#define DHT_KAD_AVOID_LIST_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/endpoint.hpp>
#include <dht/base/time.hpp>

namespace dht::inline DHT_ABI {

/// Endpoints that are not worth a question for a while, so that gossip cannot bring them back: the
/// main cure for polluted tables (mldht's NonReachableCache). Each further offence doubles the
/// time, up to `longest`. When full, whichever of eight entries ends first is forgotten.
class avoid_list {
public:
    avoid_list(std::size_t limit, hash_key secret, duration shortest, duration longest) noexcept
        : until_{limit, secret},
          shortest_{std::chrono::ceil<short_seconds>(shortest)},
          longest_{std::chrono::ceil<short_seconds>(longest)} {}

    void add(endpoint const& at, instant now) {
        if (until_.limit() == 0) return;
        if (until_.full() && until_.find(at) == nullptr) forget_one(now);
        offence* const o = until_.find_or_insert(at);
        duration sentence = shortest_;
        for (unsigned i = 0; i < o->count && sentence < longest_; ++i)
            sentence *= 2;
        if (o->count < 255) ++o->count;
        o->until = now + (sentence < longest_ ? sentence : longest_);
    }

    /// It answered after all.
    void forgive(endpoint const& at) noexcept { until_.erase(at); }

    /// It speaks, but may not answer: worth a question now, unless it has been silent more than
    /// three times. Nodes behind NATs would otherwise be asked whenever they ask us.
    void reprieve(endpoint const& at) noexcept {
        offence* const o = until_.find(at);
        if (o != nullptr && o->count <= 3) o->until = {};
    }

    [[nodiscard]] bool holds(endpoint const& at, instant now) const noexcept {
        offence const* const o = until_.find(at);
        return o != nullptr && now < o->until;
    }

    /// Since it was forgiven or forgotten last.
    [[nodiscard]] unsigned offences(endpoint const& at) const noexcept {
        offence const* const o = until_.find(at);
        return o == nullptr ? 0U : o->count;
    }

    [[nodiscard]] std::size_t size() const noexcept { return until_.size(); }

    /// So many more can come without allocating.
    void make_room(std::size_t more) { until_.reserve(size() + more); }

    void shrink_to_fit() { until_.shrink_to_fit(); }

private:
    using short_seconds = std::chrono::duration<std::uint32_t>;

    struct offence {
        instant until{};
        std::uint8_t count = 0;
    };

    /// Looks at a few entries from a moving place: bounded work whatever the size.
    void forget_one(instant now) {
        std::size_t const n = until_.size();
        std::size_t victim = cursor_ % n;
        for (std::size_t i = 0; i < 8; ++i) {
            std::size_t const at = (cursor_ + i) % n;
            if (until_.at(at).value.until < until_.at(victim).value.until) victim = at;
            if (until_.at(at).value.until <= now) break;
        }
        cursor_ = static_cast<std::uint32_t>(victim + 1);
        endpoint const key = until_.at(victim).key;
        until_.erase(key);
    }

    dense_map<endpoint, offence, folded_hash> until_;
    short_seconds shortest_;
    short_seconds longest_;
    std::uint32_t cursor_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
