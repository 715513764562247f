#include "../../catch.hpp"
#include "bench.hpp"

// What becomes of replies for which there is no room.

using namespace bench;

namespace {

struct limits_met {
    using policy_slot = slots::observer;

    void on(event::limit_reached const& e) { count += e.what == event::limit::outbox; }

    void on(event::query_answered const&) { ++answered; }

    unsigned count = 0;
    unsigned answered = 0;
};

} // namespace

TEST_CASE("a reply for which there is no room is lost once, and told once") {
    instant const now{seconds{100}};
    dht::node<limits_met, seeded_random> node{settings{}, seeded_random{1}};
    node.open(now, at(0x01020304));
    drain(node);
    std::string const ping = "d1:ad2:id20:" + id_a + "e1:q4:ping1:t2:aa1:y1:qe";
    unsigned asked = 0;
    auto const& seen = node.get<limits_met>();
    for (; asked < 5'000; ++asked) {
        endpoint const asker = at(0x05060708U + asked % 1'000 * 256U);
        node.receive(now, 0, asker, as_bytes(ping));
        CHECK(seen.answered + seen.count == asked + 1);
    }
    CHECK(seen.count > 1'000);
    CHECK(drain(node).size() == seen.answered);
}
