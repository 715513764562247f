#include <dht/base/time.hpp>

#include "../../catch.hpp"

using namespace dht;

namespace {
template <class Clock>
concept can_be_asked = requires {
    Clock::now();
};
} // namespace

static_assert(can_be_asked<std::chrono::steady_clock>);
static_assert(!can_be_asked<no_clock>, "time is an argument everywhere in the core");

TEST_CASE("never is later than every deadline") {
    CHECK(instant{} + hours{24 * 365 * 1000} < never);
    CHECK_FALSE(never < never);
}

TEST_CASE("date time counts whole seconds") {
    CHECK((unix_time{100} + seconds{20}) == unix_time{120});
    CHECK((unix_time{100} + milliseconds{1999}) == unix_time{101});
    CHECK((unix_time{100} + minutes{-1}) == unix_time{40});
}
