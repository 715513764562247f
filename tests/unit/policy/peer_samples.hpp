#ifndef DHT_TESTS_UNIT_POLICY_PEER_SAMPLES_HPP
#define DHT_TESTS_UNIT_POLICY_PEER_SAMPLES_HPP

#include <dht/policy/memory_peer_store.hpp>

#include "../kad/samples.hpp"

// A store, torrents and peers for it.
namespace dht::test {

inline memory_peer_store peer_store_of(settings const& s = {}, std::uint64_t seed = 1) {
    seeded_random rng{seed};
    memory_peer_store store;
    store.start(s, rng);
    return store;
}

/// The n-th of many torrents, which share few bits with an id of zeros.
inline info_hash hash(std::uint32_t n) {
    info_hash h;
    store_big_endian(h.bytes.data(), n);
    return h;
}

/// The n-th of 60 000 peers, each a source of its own.
inline stored_peer peer(std::uint32_t n, bool seed = false) {
    return {far_apart(n), seed};
}

/// The n-th of many IPv6 peers, each in a /64 of its own.
inline stored_peer peer6(std::uint32_t n, bool seed = false) {
    std::array<std::byte, 16> ip{std::byte{0x2a}};
    store_big_endian(ip.data() + 4, n);
    ip[15] = std::byte{1};
    return {{address::v6(ip), 6881}, seed};
}

inline std::vector<endpoint> sample(memory_peer_store& s, instant now, info_hash const& h,
                                    peer_wish wish, std::size_t wanted, seeded_random& rng) {
    std::vector<endpoint> out(wanted);
    out.resize(s.sample(now, h, wish, rng, out));
    return out;
}

inline std::vector<endpoint> all_of(memory_peer_store& s, instant now, info_hash const& h,
                                    peer_wish wish = {}) {
    seeded_random rng{7};
    return sample(s, now, h, wish, 5'000, rng);
}

} // namespace dht::test

#endif
