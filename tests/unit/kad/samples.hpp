#ifndef DHT_TESTS_UNIT_KAD_SAMPLES_HPP
#define DHT_TESTS_UNIT_KAD_SAMPLES_HPP

#include <dht/base/address_text.hpp>
#include <dht/kad/contact.hpp>
#include <dht/policy/random_source.hpp>

#include "../../bytes.hpp"

// Keys, endpoints and contacts for tests, random ones from a seed that the test names.
namespace dht::test {

inline address ip(std::string_view text) {
    auto const parsed = parse_address(text);
    if (!parsed) throw std::invalid_argument{"bad address in a test"};
    return *parsed;
}

inline endpoint at(std::string_view text) {
    auto const parsed = parse_endpoint(text);
    if (!parsed) throw std::invalid_argument{"bad endpoint in a test"};
    return *parsed;
}

/// The n-th of 60 000 global addresses, no two of one /16.
inline endpoint far_apart(std::uint32_t n) {
    return {address::v4((0x0200U + n) << 16U | 0x0101U), 6881};
}

/// The n-th address of one /24, n < 256.
inline endpoint neighbour(std::uint32_t n) {
    return {address::v4(0x05060700U | n), 6881};
}

inline constexpr node_id zero_id{};

/// That many hex digits, then zeros.
template <std::size_t Bits = 160>
key<Bits> key_of(std::string_view digits) {
    std::string text(digits);
    text.resize(Bits / 4, '0');
    return {array_of<Bits / 8>(text)};
}

template <std::size_t Bits = 160, class Rng>
key<Bits> random_key(Rng& rng) {
    key<Bits> k;
    rng.fill(k.bytes);
    return k;
}

/// A random number between 0 and 1, and never one of them.
inline double uniform(seeded_random& rng) {
    return (static_cast<double>(rng.next() >> 11U) + 0.5) / 9007199254740992.0;
}

/// A random key that shares exactly `depth` leading bits with `own`.
template <std::size_t Bits, class Rng>
key<Bits> key_at_depth(key<Bits> const& own, unsigned depth, Rng& rng) {
    key<Bits> k = with_prefix(own, depth + 1, random_key<Bits>(rng));
    k.flip_bit(depth);
    return k;
}

constexpr instant second(std::int64_t s) {
    return instant{} + seconds{s};
}

/// A contact that has answered us at `when`.
template <std::size_t Bits>
basic_contact<Bits> answered(key<Bits> const& id, endpoint const& where, instant when = second(1)) {
    basic_contact<Bits> c{id, where};
    c.last_reply = c.last_heard = coarse(when);
    return c;
}

/// A contact that has only asked us something.
template <std::size_t Bits>
basic_contact<Bits> heard(key<Bits> const& id, endpoint const& where, instant when = second(1)) {
    basic_contact<Bits> c{id, where};
    c.last_heard = coarse(when);
    return c;
}

} // namespace dht::test

#endif
