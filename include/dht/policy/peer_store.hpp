#ifndef DHT_POLICY_PEER_STORE_HPP
#define DHT_POLICY_PEER_STORE_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/time.hpp>
#include <dht/kad/id.hpp>
#include <dht/policy/authenticator.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/policy/slots.hpp>

#include <span>

/// Slot peer_store: the peers that others announced to us.
///
/// | expression                            | type          | meaning                              |
/// |---------------------------------------|---------------|--------------------------------------|
/// | `t.announce(now, hash, peer)`         | store_verdict | one entry per (hash, address)        |
/// | `t.accepts(now, hash, from)`          | bool          | would an announce be stored?         |
/// | `t.sample(now, hash, want, rng, out)` | std::size_t   | fills `out` with distinct peers      |
/// | `t.sample_keys(rng, out)`             | std::size_t   | distinct hashes (BEP 51)             |
/// | `t.keys()`                            | std::size_t   | how many hashes there are            |
/// | `t.filters(now, hash, out)`           | bool          | bloom filters (BEP 33); false: none  |
/// | `t.expire(now)`                       | instant       | forgets; when to call again          |
/// | `t.own_ids(ids)`                      | void          | our node ids                         |
/// | `t.for_each(f)`                       | void          | f(hash, peer, expires) of each entry |
///
/// An announce that repeats renews its entry (BEP 33). Where `accepts` says false no token is
/// issued, and announces spill over to our neighbours. Samples that cannot hold all hold each with
/// the same chance. `filters` are those of seeds and of peers. `expire` forgets what is due, in
/// bounded work. `own_ids` is for stores that prefer what is close to us, `for_each` for snapshots.
///
/// A store may also have `t.restore(now, hash, peer, expires)`, which takes back what a snapshot
/// held (bool; false: not kept); and `t.expect(queries)`, which is told what the next datagrams
/// will ask for, at most expected_max of them, to fetch it into the cache.
///
/// A store that wants to know who signed the announce has `t.announce(now, hash, peer, auth)`
/// instead. announce, accepts, sample run per datagram and are noexcept. Default:
/// `memory_peer_store`.
namespace dht::inline DHT_ABI {

struct stored_peer {
    endpoint at;
    bool seed = false;
};

/// Which peers a sample may hold.
struct peer_wish {
    family ip = family::ipv4;
    bool noseed = false;
};

enum class store_verdict : std::uint8_t { stored, renewed, full };

/// Where a store writes its two filters: 256 bytes each.
struct scrape_filters {
    std::span<std::byte, 256> seeds;
    std::span<std::byte, 256> peers;
};

template <class T>
concept stores_by_signer = requires(T& t, instant now, info_hash const& hash,
                                    stored_peer const& peer, auth_verdict const& auth) {
    { t.announce(now, hash, peer, auth) }
    noexcept->std::same_as<store_verdict>;
};

/// A store that takes back what a snapshot held; false: there was no room. Optional.
template <class T>
concept restores_peers = requires(T& t, instant now, info_hash const& hash, stored_peer const& peer,
                                  instant expires) {
    { t.restore(now, hash, peer, expires) }
    noexcept->std::same_as<bool>;
};

/// What is going to be asked, and by whom.
struct expected_query {
    info_hash hash;
    address from;
};

inline constexpr std::size_t expected_max = 64;

/// A store that is told what will be asked for. Optional.
template <class T>
concept expects_queries = requires(T const& t, std::span<expected_query const> queries) {
    { t.expect(queries) }
    noexcept;
};

template <class T>
concept peer_store = requires(T& t, T const& c, instant now, info_hash const& hash,
                              stored_peer const& peer, address const& from, peer_wish wish,
                              system_random& rng, std::span<endpoint> peers,
                              std::span<info_hash> keys, std::span<node_id const> ids,
                              scrape_filters filters) {
    requires stores_by_signer<T> || requires {
        { t.announce(now, hash, peer) }
        noexcept->std::same_as<store_verdict>;
    };
    { t.accepts(now, hash, from) }
    noexcept->std::same_as<bool>;
    { t.sample(now, hash, wish, rng, peers) }
    noexcept->std::same_as<std::size_t>;
    { t.sample_keys(rng, keys) }
    noexcept->std::same_as<std::size_t>;
    { c.keys() }
    noexcept->std::same_as<std::size_t>;
    { t.filters(now, hash, filters) }
    noexcept->std::same_as<bool>;
    { t.expire(now) }
    noexcept->std::same_as<instant>;
    { t.own_ids(ids) }
    noexcept;
    {c.for_each([](info_hash const&, stored_peer const&, instant) {})};
};

} // namespace dht::inline DHT_ABI

#endif
