#ifndef DHT_POLICY_ITEM_STORE_HPP
#define DHT_POLICY_ITEM_STORE_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/static_vector.hpp>
#include <dht/kad/id.hpp>
#include <dht/policy/slots.hpp>
#include <dht/settings.hpp>
#include <dht/wire/item.hpp>

#include <optional>

/// Slot item_store: the items of BEP 44 that others put here. The node has checked size, signature
/// and key before; the store decides by `seq` and `cas`, and keeps.
///
/// | expression                  | type                            | meaning                     |
/// |-----------------------------|---------------------------------|-----------------------------|
/// | `t.put(now, key, item)`     | std::optional<krpc::error_code> | nothing: stored or renewed  |
/// | `t.get(now, key)`           | std::optional<item_view>        | the item, when there is one |
/// | `t.accepts(now, key, from)` | bool                            | would a put be stored?      |
/// | `t.expire(now)`             | instant                         | forgets; when to call again |
/// | `t.own_ids(ids)`            | void                            | our node ids                |
/// | `t.for_each(f)`             | void                            | f(key, item_view, expires)  |
///
/// What `put` refuses gets the error 301 or 302, or 202 when the store is full. The views that
/// `get` returns hold until the next put or expire. No token is issued where `accepts` says false.
/// `expire` forgets what is due. Default: `memory_item_store`.
namespace dht::inline DHT_ABI {

template <class T>
concept item_store = requires(T& t, T const& c, instant now, item_key const& key,
                              item_view const& item, address const& from,
                              std::span<node_id const> ids) {
    { t.put(now, key, item) }
    noexcept->std::same_as<std::optional<krpc::error_code>>;
    { t.get(now, key) }
    noexcept->std::same_as<std::optional<item_view>>;
    { t.accepts(now, key, from) }
    noexcept->std::same_as<bool>;
    { t.expire(now) }
    noexcept->std::same_as<instant>;
    { t.own_ids(ids) }
    noexcept;
    {c.for_each([](item_key const&, item_view const&, instant) {})};
};

/// Items in memory, at most settings.items_max, each for settings.item_lifetime since its last put.
class memory_item_store {
public:
    using policy_slot = slots::item_store;

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        lifetime_ = s.item_lifetime;
        items_.emplace(s.items_max, hash_key{rng.next(), rng.next()});
    }

    std::optional<krpc::error_code> put(instant now, item_key const& key,
                                        item_view const& item) noexcept {
        kept const* const before = items_->find(key);
        bool const known = before != nullptr && now < before->expires;
        if (known && !item.k.empty()) {
            if (item.cas && *item.cas != before->seq) return krpc::error_code::cas_mismatch;
            bool const same = equal(byte_view{before->v}, item.v);
            if (item.seq < before->seq || (item.seq == before->seq && !same))
                return krpc::error_code::seq_too_old;
        }
        kept* const place = items_->find_or_insert(key);
        if (place == nullptr) return krpc::error_code::server;
        place->v.assign(item.v.begin(), item.v.end());
        place->k = static_vector<std::byte, 32>{item.k};
        place->sig = static_vector<std::byte, 64>{item.sig};
        place->salt = static_vector<std::byte, 64>{item.salt};
        place->seq = item.seq;
        place->expires = now + lifetime_;
        return std::nullopt;
    }

    std::optional<item_view> get(instant now, item_key const& key) noexcept {
        kept const* const found = items_->find(key);
        if (found == nullptr || found->expires <= now) return std::nullopt;
        return view(*found);
    }

    bool accepts(instant, item_key const& key, address const&) noexcept {
        return !items_->full() || items_->find(key) != nullptr;
    }

    instant expire(instant now) noexcept {
        for (std::size_t i = items_->size(); i-- > 0;) {
            if (now < items_->at(i).value.expires) continue;
            item_key const gone = items_->at(i).key;
            items_->erase(gone);
        }
        return items_->empty() ? never : now + minutes{1};
    }

    void own_ids(std::span<node_id const>) noexcept {}

    template <class F>
    void for_each(F&& f) const {
        for (auto const& e : *items_)
            f(e.key, view(e.value), e.value.expires);
    }

private:
    struct kept {
        std::vector<std::byte> v;
        static_vector<std::byte, 32> k;
        static_vector<std::byte, 64> sig;
        static_vector<std::byte, 64> salt;
        std::int64_t seq = 0;
        instant expires{};
    };

    static item_view view(kept const& i) noexcept {
        return {byte_view{i.v}, i.k, i.sig, i.salt, i.seq, std::nullopt};
    }

    std::optional<dense_map<item_key, kept, object_hash>> items_;
    minutes lifetime_{120};
};

static_assert(item_store<memory_item_store>);

} // namespace dht::inline DHT_ABI

#endif
