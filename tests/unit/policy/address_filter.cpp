#include <dht/policy/address_filter.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(address_filter<martians_refused>);
static_assert(address_filter<allow_local>);
static_assert(address_filter<block_list<>>);
static_assert(address_filter<block_list<allow_local>>);
static_assert(hands_out_all_kept<martians_refused>);
static_assert(hands_out_all_kept<allow_local>);
static_assert(!hands_out_all_kept<block_list<>>);

/// One with a will of its own is asked, whatever it is derived from.
struct my_filter : martians_refused {};

static_assert(address_filter<my_filter>);
static_assert(!hands_out_all_kept<my_filter>);

namespace {

constexpr address_use uses[] = {address_use::talk, address_use::keep, address_use::hand_out,
                                address_use::store};

} // namespace

TEST_CASE("only global addresses exist") {
    martians_refused const f;
    for (address_use const use : uses) {
        for (char const* good : {"5.6.7.8:6881", "223.255.255.1:6881", "[2a00::1]:6881"})
            CHECK(f.allows(at(good), use));
        for (char const* bad :
             {"10.0.0.1:6881", "127.0.0.1:6881", "192.168.1.1:6881", "172.16.0.1:6881",
              "100.64.0.1:6881", "169.254.1.1:6881", "192.0.2.1:6881", "[::1]:6881",
              "[fe80::1]:6881", "[fd00::1]:6881", "[2001:db8::1]:6881", "[2001::1]:6881"}) {
            CAPTURE(bad);
            CHECK_FALSE(f.allows(at(bad), use));
        }
    }
    CHECK(f.limits_subnets());
}

TEST_CASE("peers on well-known ports are not stored, nodes there are welcome") {
    martians_refused const f;
    CHECK_FALSE(f.allows(at("5.6.7.8:80"), address_use::store));
    CHECK_FALSE(f.allows(at("5.6.7.8:1023"), address_use::store));
    CHECK(f.allows(at("5.6.7.8:1024"), address_use::store));
    CHECK(f.allows(at("5.6.7.8:80"), address_use::talk));
    CHECK(f.allows(at("5.6.7.8:80"), address_use::keep));
    CHECK(f.allows(at("5.6.7.8:80"), address_use::hand_out));
}

TEST_CASE("a local network has no bad addresses and no subnets") {
    allow_local const f;
    for (address_use const use : uses)
        CHECK(f.allows(at("127.0.0.1:80"), use));
    CHECK_FALSE(f.limits_subnets());
}

TEST_CASE("a block list refuses its ranges for every use, and else asks the inner filter") {
    address_range const blocked[] = {{ip("5.6.0.0"), 16}, {ip("8.8.8.8"), 32}, {ip("2a00::"), 16}};
    block_list<> const f{blocked};
    for (address_use const use : uses) {
        CHECK_FALSE(f.allows(at("5.6.0.1:6881"), use));
        CHECK_FALSE(f.allows(at("5.6.255.1:6881"), use));
        CHECK_FALSE(f.allows(at("8.8.8.8:6881"), use));
        CHECK_FALSE(f.allows(at("[2a00:1::1]:6881"), use));
        CHECK_FALSE(f.allows(at("127.0.0.1:6881"), use));
        CHECK(f.allows(at("5.7.0.1:6881"), use));
        CHECK(f.allows(at("8.8.8.9:6881"), use));
        CHECK(f.allows(at("[2a01::1]:6881"), use));
    }
    CHECK(f.limits_subnets());
    CHECK(block_list<allow_local>{blocked}.allows(at("127.0.0.1:6881"), address_use::talk));
    CHECK_FALSE(block_list<allow_local>{blocked}.limits_subnets());
}
