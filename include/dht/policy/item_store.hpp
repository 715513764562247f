#ifndef DHT_POLICY_ITEM_STORE_HPP
#define DHT_POLICY_ITEM_STORE_HPP

#include <dht/base/address.hpp>
#include <dht/base/time.hpp>
#include <dht/policy/slots.hpp>
#include <dht/wire/item.hpp>

/// Slot item_store: the items of BEP 44 that others put here. The node has checked bencoding,
/// sizes, signature and key before; the store decides by `seq` and `cas`, and keeps.
///
/// | expression                           | type                            | meaning            |
/// |--------------------------------------|---------------------------------|--------------------|
/// | `t.put(now, from, key, item)`        | std::optional<krpc::error_code> | nothing: it stands |
/// | `t.get(now, key)`                    | std::optional<item_view>        | the item, if any   |
/// | `t.accepts(now, key, from)`          | bool                            | may they put it?   |
/// | `t.expire(now)`                      | instant                         | when to call again |
/// | `t.own_ids(ids)`                     | void                            | our node ids       |
/// | `t.for_each(f)`                      | void                            | see below          |
/// | `t.restore(now, key, item, expires)` | bool                            | false: not kept    |
///
/// `put` stores or renews; what it refuses gets the error 301 or 302, or 202 when the store is
/// full. The views that `get` returns hold until the next put or restore, or until time goes on.
/// `accepts` says whether a put would be stored now: where it is false no token is issued. The node
/// asks it at every get, so a store learns there who wants what. `expire` forgets what is due, in
/// bounded work. `own_ids` is for stores that prefer what is close to us. `for_each` calls f(key,
/// item_view, expires) for a snapshot, due items included, and `restore` takes back what one held,
/// once the node has checked it like a put.
///
/// All but for_each are noexcept. Default: `memory_item_store`.
namespace dht::inline DHT_ABI {

template <class T>
concept item_store = requires(T& t, T const& c, instant now, item_key const& key,
                              item_view const& item, address const& from, instant expires,
                              std::span<node_id const> ids) {
    { t.put(now, from, key, item) }
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
    { t.restore(now, key, item, expires) }
    noexcept->std::same_as<bool>;
};

} // namespace dht::inline DHT_ABI

#endif
