#include <dht/policy/transport.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include <deque>

using namespace dht;
using namespace dht::test;

static_assert(transport<queue_transport>);

namespace {

constexpr std::size_t header_bytes = 24; // what a waiting datagram costs beside its bytes

queue_transport with_room(std::uint32_t bytes) {
    seeded_random rng{1};
    settings s;
    s.outbox_bytes_max = bytes;
    queue_transport q;
    q.start(s, rng);
    return q;
}

/// False: would block.
bool push(queue_transport& q, std::size_t size, std::uint8_t fill, traffic kind = traffic::lookup,
          std::size_t reserved = 0) {
    byte_span const room = q.reserve({3, far_apart(fill), std::max(reserved, size), kind});
    if (room.empty()) return false;
    REQUIRE(room.size() >= size);
    std::fill_n(room.begin(), size, std::byte{fill});
    q.commit(size);
    return true;
}

std::size_t fill_up(queue_transport& q, traffic kind) {
    std::size_t pushed = 0;
    while (push(q, 1'000, 1, kind))
        ++pushed;
    return pushed;
}

} // namespace

TEST_CASE("datagrams leave in the order in which they came") {
    queue_transport q = with_room(100'000);
    CHECK_FALSE(q.poll_transmit());
    for (std::uint8_t n = 1; n <= 9; ++n)
        CHECK(push(q, 100U * n, n));
    for (std::uint8_t n = 1; n <= 9; ++n) {
        auto const t = q.poll_transmit();
        REQUIRE(t);
        CHECK(t->via == 3);
        CHECK(t->to == far_apart(n));
        CHECK(t->bytes.size() == 100U * n);
        CHECK(t->bytes.front() == std::byte{n});
        CHECK(t->bytes.back() == std::byte{n});
    }
    CHECK_FALSE(q.poll_transmit());
    CHECK(q.bytes_waiting() == 0);
}

TEST_CASE("what is not committed was never there") {
    queue_transport q = with_room(100'000);
    CHECK_FALSE(q.reserve({0, far_apart(1), 500, traffic::reply}).empty());
    CHECK(push(q, 10, 2));
    CHECK_FALSE(q.reserve({0, far_apart(3), 500, traffic::reply}).empty());
    REQUIRE(q.poll_transmit()->bytes.front() == std::byte{2});
    CHECK_FALSE(q.poll_transmit());
}

TEST_CASE("nothing is a datagram of no bytes") {
    queue_transport q = with_room(100'000);
    CHECK_FALSE(q.reserve({0, far_apart(1), 500, traffic::reply}).empty());
    q.commit(0);
    CHECK_FALSE(q.poll_transmit());
}

TEST_CASE("upkeep gives way first, then replies, lookups last") {
    std::size_t const each = 1'000 + header_bytes;
    queue_transport q = with_room(100 * each);
    CHECK(fill_up(q, traffic::upkeep) == 50);
    CHECK(fill_up(q, traffic::reply) == 25);
    CHECK_FALSE(push(q, 10, 1, traffic::upkeep));
    CHECK(fill_up(q, traffic::lookup) == 25);
    CHECK_FALSE(push(q, 10, 1, traffic::reply));
    CHECK(q.bytes_waiting() == 100 * each);
    REQUIRE(q.poll_transmit());
    CHECK_FALSE(push(q, 10, 1, traffic::reply));
    CHECK(push(q, 1'000, 1, traffic::lookup));
}

TEST_CASE("the bound is the same for a queue that is drained slowly") {
    std::size_t const each = 1'000 + header_bytes;
    queue_transport q = with_room(100 * each);
    for (std::uint8_t n = 0; n < 3; ++n)
        CHECK(push(q, 1'000, n));
    REQUIRE(q.poll_transmit());
    CHECK(push(q, 1'000, 3)); // before the oldest: it has wrapped
    std::size_t waiting = 3;
    while (push(q, 1'000, static_cast<std::uint8_t>(waiting + 1)))
        ++waiting;
    CHECK(waiting == 100);
    for (std::uint8_t n = 1; n <= 100; ++n)
        CHECK(q.poll_transmit()->bytes.front() == std::byte{n});
}

TEST_CASE("a polled datagram stays whole while others are polled") {
    queue_transport q = with_room(100'000);
    CHECK(push(q, 700, 1));
    CHECK(push(q, 700, 2));
    auto const one = q.poll_transmit();
    auto const two = q.poll_transmit();
    CHECK_FALSE(q.poll_transmit());
    CHECK(std::count(one->bytes.begin(), one->bytes.end(), std::byte{1}) == 700);
    CHECK(std::count(two->bytes.begin(), two->bytes.end(), std::byte{2}) == 700);
}

TEST_CASE("a queue of any history behaves like an unbounded one with a counter") {
    for (std::uint32_t const limit : {4'096U, 10'000U, 65'536U, 100'001U}) {
        seeded_random rng{limit};
        queue_transport q = with_room(limit);
        std::deque<std::vector<std::byte>> oracle;
        std::size_t used = 0;
        unsigned refused = 0;
        for (unsigned step = 0; step < 20'000; ++step) {
            bool const filling = step / 500 % 2 == 0;
            if (below(rng, 10) < (filling ? 7U : 4U)) {
                std::size_t const reserved = 1 + below(rng, 1'400);
                bool const expected = used + header_bytes + reserved <= limit;
                auto const room = q.reserve({0, far_apart(1), reserved, traffic::lookup});
                if (room.empty() == expected) FAIL("step " << step);
                refused += !expected;
                if (room.empty() || below(rng, 20) == 0) continue; // not committed
                std::vector<std::byte> bytes(1 + below(rng, reserved));
                rng.fill(bytes);
                std::copy(bytes.begin(), bytes.end(), room.begin());
                q.commit(bytes.size());
                used += header_bytes + bytes.size();
                oracle.push_back(std::move(bytes));
            } else {
                auto const t = q.poll_transmit();
                if (t.has_value() == oracle.empty()) FAIL("step " << step);
                if (!t) continue;
                if (!equal(t->bytes, oracle.front())) FAIL("step " << step);
                used -= header_bytes + oracle.front().size();
                oracle.pop_front();
            }
            if (q.bytes_waiting() != used) FAIL("step " << step);
        }
        CAPTURE(limit);
        CHECK(refused > 0);
    }
}

TEST_CASE("an empty queue gives its memory back when it is told to, and one that waits keeps all") {
    queue_transport q = with_room(100'000);
    CHECK(push(q, 700, 1));
    q.tidy(second(1));
    REQUIRE(q.poll_transmit()->bytes.size() == 700);
    q.tidy(second(2));
    CHECK_FALSE(q.poll_transmit());
    CHECK(push(q, 10, 2));
    CHECK(q.poll_transmit()->bytes.front() == std::byte{2});
}
