#include <dht/policy/preference.hpp>

#include "../../catch.hpp"

using namespace dht;

static_assert(preference<measured_rtt>);

TEST_CASE("a contact costs its round trip, a stranger that of a typical one") {
    contact c;
    CHECK(measured_rtt{}.cost(c, {}) == milliseconds{150});
    c.measured(milliseconds{42});
    CHECK(measured_rtt{}.cost(c, {}) == milliseconds{42});
}
