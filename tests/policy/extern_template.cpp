#include "../catch.hpp"
#include "../unit/engine/bench.hpp"
#include "composition.hpp"

// Uses the node that composition.cpp instantiates.

TEST_CASE("a node that another translation unit instantiated works here") {
    dht::instant const now{dht::seconds{100}};
    dht::basic_node<my_policies> mine{dht::settings{}, my_random{1}};
    dht::basic_node<my_policies> theirs = make_my_node(1);
    mine.open(now, bench::at(0x01020304));
    theirs.open(now, bench::at(0x01020304));
    CHECK(mine.own_id(0) == theirs.own_id(0));
    auto const out = bench::tell(mine, now, bench::at(0x05060708),
                                 "d1:ad2:id20:" + bench::id_a + "e1:q4:ping1:t2:aa1:y1:qe");
    CHECK(out.size() == 1);
}
