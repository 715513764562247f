#ifndef DHT_TESTS_UNIT_SIM_PLACES_HPP
#define DHT_TESTS_UNIT_SIM_PLACES_HPP

#include <dht/sim/address_plan.hpp>
#include <dht/sim/world.hpp>

namespace dht::test {

inline endpoint const here = sim::public_v4(1);
inline endpoint const there = sim::public_v4(2);
inline endpoint const elsewhere = sim::public_v4(3);

/// So long after a world has begun.
constexpr instant at(int ms) {
    return sim::world_begin + milliseconds{ms};
}

} // namespace dht::test

#endif
