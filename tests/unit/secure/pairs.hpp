#ifndef DHT_TESTS_UNIT_SECURE_PAIRS_HPP
#define DHT_TESTS_UNIT_SECURE_PAIRS_HPP

#include <dht/crypto/ed25519.hpp>

namespace dht::test {

/// The key pair of the party of that number.
inline ed25519_key_pair pair_of(unsigned who) {
    ed25519_seed seed{};
    seed[0] = static_cast<std::byte>(who);
    return ed25519_key_pair::from_seed(seed);
}

} // namespace dht::test

#endif
