#include <dht/policy/policies.hpp>
#include <dht/policy/sha1_tokens.hpp>

#include "../../catch.hpp"

using namespace dht;

// The resolution of policies happens at compile time, and so do its tests.

namespace {

struct listener {
    using policy_slot = slots::observer;
    unsigned heard = 0;

    void on(event::contact_added const&) { ++heard; }
};

struct other_listener : listener {};

struct costly {
    using policy_slot = slots::preference;

    std::optional<milliseconds> cost(contact const&, times) const noexcept { return {}; }
};

using none = policies<>;
using some = policies<sha1_tokens, listener, allow_local, other_listener, costly, fixed_alpha>;

template <class T, class U>
constexpr bool same = std::is_same_v<T, U>;

static_assert(same<none::transport, queue_transport>);
static_assert(same<none::token_scheme, hmac_tokens>);
static_assert(same<none::preferences, std::tuple<measured_rtt>>);
static_assert(same<none::observers, std::tuple<>>);
static_assert(same<none::extensions, std::tuple<>>);

static_assert(same<some::token_scheme, sha1_tokens>);
static_assert(same<some::address_filter, allow_local>);
static_assert(same<some::concurrency, fixed_alpha>);
static_assert(same<some::eviction, ping_before_evict>);
static_assert(same<some::observers, std::tuple<listener, other_listener>>);
static_assert(same<some::preferences, std::tuple<costly>>); // in the place of the default

struct my_policies : default_policies {
    using token_scheme = sha1_tokens;
    using observers = std::tuple<listener>;
};

static_assert(same<detail::verified<my_policies>::token_scheme, sha1_tokens>);
static_assert(same<detail::verified<my_policies>::observers, std::tuple<listener>>);
static_assert(same<detail::verified<my_policies>::eviction, ping_before_evict>);

static_assert(policy<listener>);
static_assert(!policy<int>);
static_assert(observer<listener>);
static_assert(!observer<fixed_alpha>);
static_assert(!extension<listener>);

} // namespace

TEST_CASE("every default models its slot and nothing else") {
    CHECK(same<detail::verified<none>::peer_store, memory_peer_store>);
    CHECK(same<detail::verified<default_policies>::transport, queue_transport>);
    CHECK_FALSE(transport<hmac_tokens>);
    CHECK_FALSE(token_scheme<queue_transport>);
    CHECK_FALSE(lookup_strategy<fixed_alpha, system_random>);
}
