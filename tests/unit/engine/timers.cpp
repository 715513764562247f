#include <dht/engine/timers.hpp>

#include "../../catch.hpp"

using namespace dht;
using namespace dht::engine;

namespace {

instant second(int s) {
    return instant{seconds{s}};
}

timer_subject number(std::uint32_t n) {
    return {n, 1};
}

} // namespace

TEST_CASE("timers come by time, and those of one time in the order in which they were set") {
    timers t;
    t.set(second(2), wake_reason::operation, number(1));
    t.set(second(1), wake_reason::operation, number(2));
    t.set(second(2), wake_reason::operation, number(3));
    std::vector<std::uint32_t> order;
    while (!t.empty())
        order.push_back(t.take().subject.index);
    CHECK(order == std::vector<std::uint32_t>{2, 1, 3});
}

TEST_CASE("timers of what has ended do not pile up behind one that is far away") {
    timers t;
    t.set(second(1), wake_reason::operation, number(0));
    auto const alive = [](timers::entry const& e) { return e.subject.index % 100 == 0; };
    for (std::uint32_t n = 1; n <= 10'000; ++n) {
        t.set(second(static_cast<int>(100 + n)), wake_reason::operation, number(n));
        t.prune(alive);
        REQUIRE(t.size() <= 2 * (n / 100 + 1) + 66);
    }
    int last = 0;
    std::size_t left = 0;
    for (; !t.empty(); ++left) {
        int const at = static_cast<int>(
            std::chrono::duration_cast<seconds>(t.take().at.time_since_epoch()).count());
        CHECK(at > last);
        last = at;
    }
    CHECK(left >= 101);
}
