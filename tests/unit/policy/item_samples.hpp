#ifndef DHT_TESTS_UNIT_POLICY_ITEM_SAMPLES_HPP
#define DHT_TESTS_UNIT_POLICY_ITEM_SAMPLES_HPP

#include <dht/policy/memory_item_store.hpp>

#include "../kad/samples.hpp"

// Items that a store takes, without signatures that anybody would check.
namespace dht::test {

inline memory_item_store store_of(settings const& s = {}) {
    seeded_random rng{1};
    memory_item_store store;
    store.start(s, rng);
    return store;
}

inline item_key name(std::uint32_t n) {
    item_key k;
    store_big_endian(k.bytes.data(), n);
    return k;
}

/// The n-th of many addresses, each a source of its own.
inline address from(std::uint32_t n) {
    return far_apart(n).ip;
}

inline item_view immutable(std::string_view v) {
    item_view i;
    i.v = as_bytes(v);
    return i;
}

inline item_view mutable_item(std::string_view v, std::int64_t seq,
                              std::optional<std::int64_t> cas = std::nullopt) {
    static auto const public_key = bytes_of(std::string(64, 'a'));
    static auto const signature = bytes_of(std::string(128, 'b'));
    return {as_bytes(v), public_key, signature, as_bytes("salt"), seq, cas};
}

inline std::string value_of(memory_item_store& s, instant now, item_key const& k) {
    auto const found = s.get(now, k);
    return found ? std::string{as_text(found->v)} : std::string{"none"};
}

} // namespace dht::test

#endif
