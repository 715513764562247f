#include <dht/kad/sorted_contacts.hpp>

#include "../../catch.hpp"
#include "samples.hpp"
#include <map>
#include <set>

using namespace dht;
using namespace dht::test;

namespace {

/// Everybody at an address of the provider of that one, by their ids.
std::set<key160> beside(sorted_contacts<160> const& all, std::string_view who) {
    std::set<key160> ids;
    all.for_each_of_provider(ip(who), [&](std::uint16_t at) { ids.insert(all[at].id); });
    return ids;
}

} // namespace

TEST_CASE("contacts stand in the order of their ids, and are found by id and by place") {
    seeded_random rng{1};
    sorted_contacts<160> all;
    std::map<key160, contact> expected;
    for (std::uint32_t step = 0; step < 2'000; ++step) {
        bool const comes = expected.size() < 10 || (expected.size() < 400 && step % 3 != 0);
        if (comes) {
            contact c = answered(random_key(rng), far_apart(step), second(1'000 + step));
            c.rtt_ms = static_cast<std::uint16_t>(step % 128);
            c.failures = static_cast<std::uint8_t>(step % 16);
            c.plausible = step % 2 == 0;
            REQUIRE(all.insert(c));
            expected[c.id] = c;
        } else {
            auto const victim = std::next(expected.begin(), step % expected.size());
            all.erase(all.find(victim->first));
            CHECK(all.find(victim->first) == no_entry);
            CHECK(all.find(victim->second.at) == no_entry);
            expected.erase(victim);
        }
        if (step % 50 != 0) continue;
        REQUIRE(all.size() == expected.size());
        std::size_t at = 0;
        for (auto const& [id, c] : expected) {
            REQUIRE(all.find(id) == at);
            REQUIRE(all.find(c.at) == at);
            contact const kept = all.contact_at(at++);
            REQUIRE((kept.id == id && kept.at == c.at && kept.rtt_ms == c.rtt_ms));
            REQUIRE((kept.failures == c.failures && kept.plausible == c.plausible));
            REQUIRE((kept.last_reply == c.last_reply && kept.last_heard == c.last_heard));
        }
    }
}

TEST_CASE("those of one provider are found, whatever stands around them") {
    sorted_contacts<160> all;
    using ids = std::set<key160>;
    auto const add = [&](std::string_view id, std::string_view place) {
        all.insert(answered(key_of(id), at(place)));
    };
    add("10", "1.2.2.255:9");
    add("50", "1.2.0.0:1");
    add("30", "1.2.255.255:65535");
    add("40", "1.3.0.0:1");
    add("05", "1.1.255.255:7");
    CHECK(beside(all, "1.2.77.1") == ids{key_of("10"), key_of("50"), key_of("30")});
    CHECK(beside(all, "9.9.0.0").empty());
    CHECK(beside(all, "2a02:1::").empty());
    add("70", "[2a02:1::1]:5");
    add("60", "[2a02:1::2]:5");
    add("80", "[2a02:2::2]:5");
    CHECK(beside(all, "1.2.77.1") == ids{key_of("10"), key_of("50"), key_of("30")});
    CHECK(beside(all, "2a02:1::99") == ids{key_of("70"), key_of("60")});
    CHECK(all[all.find(at("1.2.0.0:1"))].id == key_of("50"));
    CHECK(all[all.find(at("[2a02:2::2]:5"))].id == key_of("80"));
}

TEST_CASE("who shares an address is told apart by the port") {
    sorted_contacts<160> all;
    all.insert(answered(key_of("02"), at("127.0.0.1:2")));
    all.insert(answered(key_of("01"), at("127.0.0.1:1")));
    all.insert(answered(key_of("03"), at("127.0.0.1:3")));
    CHECK(all[all.find(at("127.0.0.1:2"))].id == key_of("02"));
    CHECK(all.find(at("127.0.0.1:4")) == no_entry);
    CHECK(all.find(at("127.0.0.1:0")) == no_entry);
}

TEST_CASE("what is known of a contact is renewed, within what its fields hold") {
    sorted_contacts<160> all;
    contact c = answered(key_of("01"), at("1.2.3.4:5"), second(100));
    all.insert(c);
    c.failures = 200;
    c.rtt_ms = contact::rtt_unknown;
    c.last_heard = coarse(second(90'000)); // the times of all move on
    all.renew(0, c);
    CHECK(all.contact_at(0).failures == 15);
    CHECK(all.contact_at(0).rtt_ms == contact::rtt_unknown);
    CHECK(all.contact_at(0).last_heard == coarse(second(90'000)));
    CHECK(all.contact_at(0).verified());
}

TEST_CASE("a list takes 65534 contacts and then no more") {
    sorted_contacts<160> all;
    auto const nth = [](std::uint32_t n) { // each behind all others: quick
        key160 id;
        store_big_endian(id.bytes.data(), n);
        return answered(id, {address::v4(0x02000000U + n), 1});
    };
    for (std::uint32_t n = 0; n < 65'534; ++n)
        if (!all.insert(nth(n))) FAIL("at " << n);
    CHECK_FALSE(all.insert(nth(65'534)));
    CHECK(all.size() == 65'534);
}
