#ifndef DHT_POLICY_MEMORY_ITEM_STORE_HPP
#define DHT_POLICY_MEMORY_ITEM_STORE_HPP

#include <dht/policy/item_store.hpp>
#include <dht/policy/kept_items.hpp>
#include <dht/policy/source_counts.hpp>
#include <dht/policy/store_worth.hpp>
#include <dht/settings.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// Items in memory, each for settings.item_lifetime since its last put, bounded in number, in bytes
/// of values and in number per source (an IPv4 address, or an IPv6 /64). Some 200 bytes each beside
/// the fields.
///
/// Worth is counted as time. An item is worth as much as one put a quarter of a lifetime later that
/// is twice as far from us, or that half as many want: freshness in minutes, closeness and
/// popularity in bits, so that worths never need to be brought up to date. Whatever is new when a
/// limit is reached must be worth more than what has to give way. From three quarters of a limit on
/// newcomers are turned away by chance, ever more often, so that a flood meets a slope and no
/// cliff. What is kept can always be renewed and changed by whoever signs for it.
class memory_item_store {
public:
    using policy_slot = slots::item_store;

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        limits_ = {s.item_lifetime, s.items_max, s.items_bytes_max, s.items_per_source_max};
        secret_ = hash_key{rng.next(), rng.next()};
        items_ = detail::kept_items{secret_};
        sources_ = detail::source_counts{secret_};
    }

    std::optional<krpc::error_code> put(instant now, address const& from, item_key const& key,
                                        item_view const& item) noexcept {
        if (!has_sizes_of_bep44(item)) return krpc::error_code::protocol;
        std::uint64_t const source = source_of(from);
        if (detail::kept_item* const known = find(now, key))
            return put_over(now, source, *known, item);
        forget_stale(now, key);
        if (at_quota(source)) return krpc::error_code::server;
        detail::kept_item* const fresh = keep(key, item, source, now + limits_.item_lifetime);
        if (fresh == nullptr) return krpc::error_code::server;
        note_asker(now, *fresh, source);
        return std::nullopt;
    }

    std::optional<item_view> get(instant now, item_key const& key) noexcept {
        detail::kept_item const* const found = find(now, key);
        return found == nullptr ? std::nullopt : std::optional{found->view()};
    }

    bool accepts(instant now, item_key const& key, address const& from) noexcept {
        std::uint64_t const source = source_of(from);
        if (detail::kept_item* const known = find(now, key)) {
            note_asker(now, *known, source);
            return true;
        }
        forget_stale(now, key);
        if (at_quota(source)) return false;
        if (has_room(krpc::item_value_bytes_max) && !drops_early()) return true;
        return outbids(worth_at(now, vicinity_.closeness(key)), krpc::item_value_bytes_max);
    }

    /// Forgets at most 256 at once: a second later there is time for the rest.
    instant expire(instant now) noexcept {
        forget_due(now, 256);
        if (items_.empty()) return never;
        instant const soon = now + seconds{1};
        return items_.oldest()->expires < soon ? soon : items_.oldest()->expires;
    }

    /// O(n), and as seldom as an own id changes.
    void own_ids(std::span<node_id const> ids) noexcept {
        vicinity_.move_to(ids);
        items_.revalue_all([&](detail::kept_item const& k) { return worth_of(k); });
    }

    /// What expires first comes first.
    template <class F>
    void for_each(F&& f) const {
        items_.for_each([&](detail::kept_item const& k) { f(k.key, k.view(), k.expires); });
    }

    /// Takes O(1) in the order of for_each. It is no put: what is here at the same or a higher seq
    /// stays, and the item counts for no source.
    bool restore(instant now, item_key const& key, item_view const& item,
                 instant expires) noexcept {
        if (expires <= now || !has_sizes_of_bep44(item)) return false;
        if (now + limits_.item_lifetime < expires) expires = now + limits_.item_lifetime;
        detail::kept_item* const known = find(now, key);
        if (known == nullptr) {
            forget_stale(now, key);
            return keep(key, item, nobody, expires) != nullptr;
        }
        if (!known->is_mutable() || !item.is_mutable() || item.seq <= known->seq) return false;
        bool const changed = change(*known, item);
        if (changed && known->expires < expires) items_.renew(*known, expires);
        items_.revalue(*known, worth_of(*known));
        return changed;
    }

    [[nodiscard]] std::size_t items() const noexcept { return items_.size(); }

    /// Of all values together.
    [[nodiscard]] std::size_t value_bytes() const noexcept { return items_.value_bytes(); }

private:
    /// More than one, so that a store which is only put to still empties.
    static constexpr std::size_t forgotten_per_put = 16;
    /// An address that nobody has: multicast.
    static constexpr std::uint64_t nobody = ~std::uint64_t{0};

    static bool has_sizes_of_bep44(item_view const& i) noexcept {
        if (i.v.empty() || i.v.size() > krpc::item_value_bytes_max) return false;
        return !i.is_mutable() || (i.k.size() == 32 && i.sig.size() == 64 &&
                                   i.salt.size() <= krpc::item_salt_bytes_max);
    }

    static bool is_due(detail::kept_item const* k, instant now) noexcept {
        return k != nullptr && k->expires <= now;
    }

    [[nodiscard]] detail::kept_item* find(instant now, item_key const& key) noexcept {
        detail::kept_item* const found = items_.find(key);
        return is_due(found, now) ? nullptr : found;
    }

    // -- what BEP 44 says of a put where something is

    /// Without an item there is nothing that cas could be compared with: it is ignored then, as BEP
    /// 44 says, and only here it counts. The two kinds can meet under one key without a collision
    /// of SHA-1, since the bytes of k and salt may be bencoding; what was here first stays.
    std::optional<krpc::error_code> put_over(instant now, std::uint64_t source,
                                             detail::kept_item& k, item_view const& item) noexcept {
        if (k.is_mutable() != item.is_mutable()) return krpc::error_code::protocol;
        if (k.is_mutable()) {
            if (item.cas && *item.cas != k.seq) return krpc::error_code::cas_mismatch;
            if (item.seq < k.seq || (item.seq == k.seq && !equal(item.v, k.view().v)))
                return krpc::error_code::seq_too_old;
            if (item.seq > k.seq && !change(k, item)) {
                items_.revalue(k, worth_of(k));
                return krpc::error_code::server;
            }
        }
        items_.renew(k, now + limits_.item_lifetime);
        note_asker(now, k, source);
        return std::nullopt;
    }

    /// For a value that has grown the others give way, whatever they are worth. Leaves the worth of
    /// `k` to be set.
    bool change(detail::kept_item& k, item_view const& item) noexcept {
        std::size_t const growth =
            item.v.size() > k.value_bytes() ? item.v.size() - k.value_bytes() : 0;
        items_.revalue(k, never);
        while (excess(growth) > 0 && items_.least() != &k)
            forget(*items_.least());
        return excess(growth) == 0 && items_.refill(k, item);
    }

    // -- coming and going

    /// nullptr: what is here is worth more, or there is no memory. `key` is not here yet.
    detail::kept_item* keep(item_key const& key, item_view const& item, std::uint64_t source,
                            instant expires) noexcept {
        instant const worth = worth_at(expires - limits_.item_lifetime, vicinity_.closeness(key));
        if (!has_room(item.v.size()) && !outbids(worth, item.v.size())) return nullptr;
        while (!has_room(item.v.size()))
            forget(*items_.least());
        detail::kept_item* const fresh = items_.insert(key, item, expires, worth);
        if (fresh == nullptr) return nullptr;
        fresh->source = source;
        if (source != nobody) sources_.add(source);
        return fresh;
    }

    void forget(detail::kept_item& k) noexcept {
        if (k.source != nobody) sources_.remove(k.source);
        items_.erase(k);
    }

    void forget_due(instant now, std::size_t most) noexcept {
        while (most-- > 0 && is_due(items_.oldest(), now))
            forget(*items_.oldest());
    }

    /// Before something new may come under `key`, where only a due item may be.
    void forget_stale(instant now, item_key const& key) noexcept {
        if (detail::kept_item* const due = items_.find(key)) forget(*due);
        forget_due(now, forgotten_per_put);
    }

    // -- limits

    [[nodiscard]] bool at_quota(std::uint64_t source) const noexcept {
        return sources_[source] >= limits_.items_per_source_max;
    }

    /// How many bytes must go before so many more have room.
    [[nodiscard]] std::size_t excess(std::size_t bytes) const noexcept {
        std::size_t const then = items_.value_bytes() + bytes;
        return then > limits_.items_bytes_max ? then - limits_.items_bytes_max : 0;
    }

    [[nodiscard]] bool has_room(std::size_t bytes) const noexcept {
        return items_.size() < limits_.items_max && excess(bytes) == 0;
    }

    /// Would enough give way to a value of so many bytes?
    [[nodiscard]] bool outbids(instant worth, std::size_t bytes) noexcept {
        if (items_.empty() || items_.least()->worth >= worth) return false;
        return items_.bytes_below(worth, excess(bytes)) >= excess(bytes);
    }

    [[nodiscard]] bool drops_early() noexcept {
        std::uint64_t const by_items = detail::early_drop_chance(items_.size(), limits_.items_max);
        std::uint64_t const by_bytes =
            detail::early_drop_chance(items_.value_bytes(), limits_.items_bytes_max);
        std::uint64_t const chance = by_items < by_bytes ? by_bytes : by_items;
        if (chance == 0) return false;
        std::array<std::uint64_t, 2> const position{draws_++, 0};
        return object_hash{}(secret_, position) % detail::early_drop_sure < chance;
    }

    // -- worth

    [[nodiscard]] instant worth_at(instant last_put, unsigned bits) const noexcept {
        return last_put + bits * (duration{limits_.item_lifetime} / 4);
    }

    [[nodiscard]] instant worth_of(detail::kept_item const& k) const noexcept {
        auto const askers = static_cast<unsigned>(k.askers | k.askers_before);
        auto const popularity = std::bit_width(static_cast<unsigned>(std::popcount(askers)));
        return worth_at(k.expires - limits_.item_lifetime,
                        vicinity_.closeness(k.key) + static_cast<unsigned>(popularity));
    }

    /// Distinct sources are counted in a bitmap (Whang et al. 1990) of this half of a lifetime, and
    /// one of the half before.
    void note_asker(instant now, detail::kept_item& k, std::uint64_t source) noexcept {
        auto const epoch = static_cast<std::uint8_t>(now.time_since_epoch() /
                                                     (duration{limits_.item_lifetime} / 2));
        auto const passed = static_cast<std::uint8_t>(epoch - k.askers_epoch);
        if (passed > 0) {
            k.askers_before = passed == 1 ? k.askers : std::uint16_t{0};
            k.askers = 0;
            k.askers_epoch = epoch;
        }
        auto const bit = static_cast<unsigned>(object_hash{}(secret_, source) % 16);
        k.askers = static_cast<std::uint16_t>(k.askers | 1U << bit);
        items_.revalue(k, worth_of(k));
    }

    /// Of the settings, which are many.
    struct limits {
        minutes item_lifetime{0};
        std::uint32_t items_max = 0;
        std::uint32_t items_bytes_max = 0;
        std::uint16_t items_per_source_max = 0;
    };

    limits limits_;
    hash_key secret_;
    detail::kept_items items_;
    detail::source_counts sources_;
    detail::vicinity vicinity_;
    std::uint64_t draws_ = 0;
};

static_assert(item_store<memory_item_store>);

} // namespace dht::inline DHT_ABI

#endif
