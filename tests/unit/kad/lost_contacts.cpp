#include <dht/kad/lost_contacts.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <map>
#include <set>

using namespace dht;
using namespace dht::test;

namespace {

node_contact lost_one(std::uint32_t n) {
    seeded_random ids{n};
    return {to_node_id(random_key(ids)), far_apart(n)};
}

} // namespace

TEST_CASE("the lost are asked again after pauses that double, for about four hours") {
    seeded_random rng{1};
    lost_contacts lost;
    lost.add(lost_one(1), second(100), rng);
    std::vector<std::int64_t> asked_min;
    for (std::int64_t min = 0; min < 24 * 60; ++min)
        while (auto const n = lost.next(second(100 + 60 * min))) {
            CHECK(*n == lost_one(1));
            asked_min.push_back(min);
        }
    CHECK(asked_min == std::vector<std::int64_t>{2, 6, 14, 30, 62, 126, 254});
    CHECK(lost.size() == 0);
}

TEST_CASE("each of them has its turn, and who is found is asked no more") {
    seeded_random rng{2};
    lost_contacts lost;
    for (std::uint32_t n = 0; n < 5; ++n)
        lost.add(lost_one(n), second(100 + n), rng);
    lost.remove(lost_one(3));
    std::set<endpoint> asked;
    while (auto const n = lost.next(second(300)))
        CHECK(asked.insert(n->at).second);
    CHECK(asked.size() == 4);
    CHECK_FALSE(asked.contains(far_apart(3)));
}

TEST_CASE("whoever answers where somebody was lost has taken his place") {
    seeded_random rng{2};
    lost_contacts lost;
    lost.add(lost_one(1), second(100), rng);
    CHECK(lost.holds(lost_one(1).id));
    lost.remove({lost_one(2).id, far_apart(1)});
    CHECK_FALSE(lost.holds(lost_one(1).id));
    for (std::uint32_t n = 0; n < 5; ++n) // one endpoint, a new id each time
        lost.add({lost_one(n).id, far_apart(1)}, second(100), rng);
    CHECK(lost.size() == 1);
}

TEST_CASE("who is lost again begins anew") {
    seeded_random rng{3};
    lost_contacts lost;
    lost.add(lost_one(1), second(0), rng);
    for (int asked = 0; asked < 3; ++asked)
        CHECK(lost.next(second(3'600 * (1 + asked))));
    lost.add(lost_one(1), second(20'000), rng);
    CHECK(lost.size() == 1);
    CHECK_FALSE(lost.next(second(20'119)));
    CHECK(lost.next(second(20'120)));
}

TEST_CASE("they are few, and one in four newcomers drives out another: any") {
    std::map<std::uint32_t, unsigned> kept; // by order of loss
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        seeded_random rng{seed};
        lost_contacts lost;
        for (std::uint32_t n = 0; n < 80; ++n)
            lost.add(lost_one(n), second(1), rng);
        CHECK(lost.size() == lost_contacts::limit);
        while (auto const l = lost.next(second(200)))
            for (std::uint32_t n = 0; n < 80; ++n)
                kept[n / 16] += l->at == far_apart(n) ? 1U : 0U;
    }
    // Of the first 16, (63/64)^64 = 0.365 stay; of the last, a quarter came and most stayed.
    CHECK((kept[0] > 1'050 && kept[0] < 1'290)); // 1 168 expected
    CHECK((kept[4] > 600 && kept[4] < 820));     // 710
}
