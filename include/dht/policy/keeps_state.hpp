#ifndef DHT_POLICY_KEEPS_STATE_HPP
#define DHT_POLICY_KEEPS_STATE_HPP

#include <dht/base/bytes.hpp>
#include <dht/base/error.hpp>
#include <dht/base/time.hpp>

#include <concepts>
#include <string_view>
#include <vector>

/// A policy of any slot whose state belongs into the node's snapshots:
///
/// | expression             | type             | meaning                                          |
/// |------------------------|------------------|--------------------------------------------------|
/// | `T::saved_as`          | std::string_view | four letters, not "self", "join", "peer", "item" |
/// | `t.save(at, out)`      | void             | fills `out`, which is empty                      |
/// | `t.restore(at, bytes)` | errc             | takes back what save() wrote, or changes nothing |
///
/// save() may be called on its own, too: a service of dht/content can be kept in a file apart.
namespace dht::inline DHT_ABI {

template <class T>
concept keeps_state = requires(T& t, T const& c, times at, std::vector<std::byte>& out,
                               byte_view bytes) {
    { T::saved_as } -> std::convertible_to<std::string_view>;
    c.save(at, out);
    { t.restore(at, bytes) } -> std::same_as<errc>;
};

} // namespace dht::inline DHT_ABI

#endif
