#ifndef DHT_SIM_STANDARD_TABLE_HPP
#define DHT_SIM_STANDARD_TABLE_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/static_vector.hpp>
#include <dht/kad/id.hpp>
#include <dht/sim/standard_parameters.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// Whole seconds since the origin of time. Settled tables know of a time before it.
using stamp = std::int32_t;

constexpr stamp stamp_of(instant at) noexcept {
    return static_cast<stamp>(std::chrono::duration_cast<seconds>(at.time_since_epoch()).count());
}

constexpr instant instant_of(stamp s) noexcept {
    return instant{seconds{s}};
}

/// An IPv4 endpoint in six bytes.
struct packed_endpoint {
    std::array<std::uint16_t, 3> words{}; // halves of the address, and the port

    constexpr packed_endpoint() noexcept = default;

    constexpr explicit packed_endpoint(endpoint const& e) noexcept
        : words{static_cast<std::uint16_t>(e.ip.v4_value() >> 16U),
                static_cast<std::uint16_t>(e.ip.v4_value()), e.port} {}

    [[nodiscard]] constexpr endpoint unpacked() const noexcept {
        return {address::v4(std::uint32_t{words[0]} << 16U | words[1]), words[2]};
    }

    friend constexpr bool operator==(packed_endpoint const&,
                                     packed_endpoint const&) noexcept = default;
};

/// A node as a standard client knows it. 32 bytes: simulated worlds have a hundred per client.
struct standard_contact {
    key160 id;
    packed_endpoint at;
    std::uint8_t failures = 0; ///< since its last reply
    bool replied = false;      ///< ever
    stamp heard = 0;           ///< its last reply or query
};

/// The routing table of BEP 5: buckets of eight; only the one with our own id splits. Contacts are
/// good, questionable or bad; a newcomer takes the place of a bad one, and makes questionable ones
/// be pinged. Bucket i holds those who share exactly i bits with us, the last one all others.
class standard_table {
public:
    static constexpr std::size_t k = standard_parameters::k;

    using nearest = static_vector<standard_contact, k>;

    struct bucket {
        static_vector<standard_contact, k> contacts;
        stamp changed = 0; ///< somebody in it replied, or it got somebody
    };

    enum class word : std::uint8_t { query, reply };

    standard_table(key160 const& own, standard_parameters const& p) noexcept
        : own_{own},
          good_for_{static_cast<stamp>(std::chrono::duration_cast<seconds>(p.good_for).count())},
          bad_after_{static_cast<std::uint8_t>(p.bad_after)} {}

    [[nodiscard]] std::vector<bucket> const& buckets() const noexcept { return buckets_; }

    [[nodiscard]] std::size_t size() const noexcept {
        std::size_t sum = 0;
        for (bucket const& b : buckets_)
            sum += b.contacts.size();
        return sum;
    }

    [[nodiscard]] standard_contact const* find(key160 const& id) const noexcept {
        if (buckets_.empty()) return nullptr;
        for (standard_contact const& c : buckets_[index_of(id)].contacts)
            if (c.id == id) return &c;
        return nullptr;
    }

    [[nodiscard]] bool good(standard_contact const& c, stamp now) const noexcept {
        return c.replied && c.failures == 0 && now - c.heard <= good_for_;
    }

    [[nodiscard]] bool bad(standard_contact const& c) const noexcept {
        return c.failures >= bad_after_;
    }

    enum class entry : std::uint8_t { known, added, full };

    /// Somebody sent us something. Whoever is known keeps his place, but not for another address.
    /// full: see to_ping.
    entry heard(standard_contact const& who, word w, stamp now) {
        if (who.id == own_) return entry::known;
        standard_contact* const c = known(who.id);
        if (c == nullptr) return add(who, w, now);
        if (c->at == who.at) refresh(*c, w, now);
        return entry::known;
    }

    /// A question of ours to it failed.
    void failed(key160 const& id, packed_endpoint const& at) noexcept {
        standard_contact* const c = known(id);
        if (c != nullptr && c->at == at && c->failures < 255) ++c->failures;
    }

    /// Whom to ping before a newcomer of that id is turned away: the questionable contact in its
    /// bucket that was heard of least recently.
    [[nodiscard]] standard_contact const* to_ping(key160 const& newcomer,
                                                  stamp now) const noexcept {
        standard_contact const* least = nullptr;
        for (standard_contact const& c : buckets_[index_of(newcomer)].contacts)
            if (!good(c, now) && (least == nullptr || c.heard < least->heard)) least = &c;
        return least;
    }

    /// The closest that ever replied and are not bad, the closest first. BEP 5 has good ones only,
    /// but the clients of the time gave questionable ones, too: hence the dead in their replies.
    [[nodiscard]] nearest closest(key160 const& target) const noexcept {
        nearest found;
        if (buckets_.empty()) return found;
        std::size_t const home = index_of(target);
        collect(home, target, found);
        // All who share more bits with us than the target does are as far from it as each other.
        bool const enough = found.full();
        for (std::size_t i = home + 1; i < buckets_.size() && !enough; ++i)
            collect(i, target, found);
        for (std::size_t i = home; i-- > 0 && !found.full();)
            collect(i, target, found);
        return found;
    }

    // -- refreshing

    /// The bucket that has not changed for the longest time. There must be one.
    [[nodiscard]] std::size_t stalest() const noexcept {
        auto const least = std::min_element(
            buckets_.begin(), buckets_.end(),
            [](bucket const& a, bucket const& b) { return a.changed < b.changed; });
        return static_cast<std::size_t>(least - buckets_.begin());
    }

    void touch(std::size_t depth, stamp now) noexcept { buckets_[depth].changed = now; }

    /// A key of that bucket's range.
    [[nodiscard]] key160 key_in(std::size_t depth, key160 const& random) const noexcept {
        key160 inside = with_prefix(own_, static_cast<unsigned>(depth), random);
        if (depth + 1 < buckets_.size()) inside.set_bit(depth, !own_.bit(depth));
        return inside;
    }

    /// The next bucket of a table that begins settled. Takes no more memory than it needs.
    void append(bucket const& b) {
        buckets_.reserve(buckets_.size() + 1);
        buckets_.push_back(b);
    }

private:
    [[nodiscard]] std::size_t index_of(key160 const& id) const noexcept {
        return std::min<std::size_t>(common_prefix_length(own_, id), buckets_.size() - 1);
    }

    [[nodiscard]] standard_contact* known(key160 const& id) noexcept {
        return const_cast<standard_contact*>(find(id));
    }

    void refresh(standard_contact& c, word w, stamp now) noexcept {
        c.heard = now;
        if (w == word::query) return;
        c.replied = true;
        c.failures = 0;
        touch(index_of(c.id), now);
    }

    entry add(standard_contact newcomer, word w, stamp now) {
        if (buckets_.empty()) append({{}, now});
        newcomer.heard = now;
        newcomer.replied = w == word::reply;
        newcomer.failures = 0;
        standard_contact* const place = place_for(newcomer.id, now);
        if (place == nullptr) return entry::full;
        *place = newcomer;
        touch(index_of(newcomer.id), now);
        return entry::added;
    }

    /// A free place, or that of a bad contact.
    standard_contact* place_for(key160 const& id, stamp now) {
        while (buckets_[index_of(id)].contacts.full() && may_split(id))
            split(now);
        bucket& b = buckets_[index_of(id)];
        if (b.contacts.push_back({})) return &b.contacts.back();
        auto const at = std::find_if(b.contacts.begin(), b.contacts.end(),
                                     [&](standard_contact const& c) { return bad(c); });
        return at == b.contacts.end() ? nullptr : at;
    }

    [[nodiscard]] bool may_split(key160 const& id) const noexcept {
        return index_of(id) + 1 == buckets_.size() && buckets_.size() < key160::bits;
    }

    void split(stamp now) {
        std::size_t const depth = buckets_.size() - 1;
        bucket const all = buckets_.back();
        append({{}, now});
        buckets_[depth].contacts.clear();
        for (standard_contact const& c : all.contacts)
            buckets_[index_of(c.id)].contacts.push_back(c);
    }

    void collect(std::size_t depth, key160 const& target, nearest& found) const noexcept {
        for (standard_contact const& c : buckets_[depth].contacts)
            if (c.replied && !bad(c)) insert(c, target, found);
    }

    static void insert(standard_contact const& c, key160 const& target, nearest& found) noexcept {
        std::size_t at = found.size();
        while (at > 0 && closer(c.id, found[at - 1].id, target))
            --at;
        found.insert(at, c);
    }

    key160 own_;
    stamp good_for_;
    std::uint8_t bad_after_;
    std::vector<bucket> buckets_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
