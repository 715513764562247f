// What the broken ones would be if they were not broken: this compiles, through both doors.
#include "every_verb.hpp"

struct sound {
    using policy_slot = dht::slots::concurrency;

    unsigned width(dht::lookup_progress const&) const noexcept { return 3; }
};

struct sounder : dht::default_policies {
    using concurrency = sound;
};

int main() {
    dht::node<sound> one;
    every_verb(one);
    dht::basic_node<sounder> two;
    every_verb(two);
    dht::node three{dht::settings{}, sound{}, dht::allow_local{}};
    every_verb(three);
}
