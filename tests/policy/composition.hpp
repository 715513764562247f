#ifndef DHT_TESTS_POLICY_COMPOSITION_HPP
#define DHT_TESTS_POLICY_COMPOSITION_HPP

#include <dht/dht.hpp>
#include <dht/policy/sha1_tokens.hpp>

// Door two across two translation units: one instantiates the node, the other only uses it.

struct my_tokens : dht::sha1_tokens {
    unsigned rotated = 0;

    dht::instant rotate(dht::times at) noexcept {
        ++rotated;
        return dht::sha1_tokens::rotate(at);
    }
};

struct my_random : dht::seeded_random {
    explicit my_random(std::uint64_t number = 1) : dht::seeded_random{number} {}
};

//! [door]
struct my_policies : dht::default_policies {
    using token_scheme = my_tokens;
    using random_source = my_random;
};

extern template class dht::basic_node<my_policies>; // in a header
//! [door]

/// Made in the other translation unit.
dht::basic_node<my_policies> make_my_node(std::uint64_t seed);

#endif
