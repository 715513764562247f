#include <dht/policy/id_generator.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

static_assert(id_generator<bep42_id, system_random>);
static_assert(id_generator<random_id, seeded_random>);
static_assert(id_generator<fixed_id, seeded_random>);

// IPv4: the vectors of BEP 42 and mutations of them; IPv6: recomputed from the code in BEP 42.
TEST_CASE("bep42_id agrees with the vectors") {
    struct {
        char const* ip;
        char const* id;
        bool plausible;
    } const cases[] = {
        {"124.31.75.21", "5fbfbff10c5d6a4ec8a88e4c6ab4c28b95eee401", true},
        {"21.75.31.124", "5a3ce9c14e7a08645677bbd1cfe7d8f956d53256", true},
        {"65.23.51.170", "a5d43220bc8f112a3d426c84764f8c2a1150e616", true},
        {"84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01ff41", true},
        {"43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a", true},
        {"124.31.75.21", "5fbfbff10c5d7a4ec8a88e4c6ab4c28b95eee401", true},  // a free byte
        {"21.75.31.124", "5a3ce1c14e7a08645677bbd1cfe7d8f956d53256", false}, // the 21st bit
        {"65.23.51.170", "a5d43620bc8f112a3d426c84764f8c2a1150e616", true},  // the 22nd is free
        {"84.124.73.14", "1b0321dd1bb1fe518101ceef99462b947a01fe01", true},  // 4th last bit
        {"43.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51303e", false}, // 3rd last bit
        {"10.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a", true},  // exempt
        {"12.213.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a", false}, // not exempt
        {"192.168.53.83", "e56f6cbf5b7c4be0237986d5243b87aa6d51305a", true}, // exempt
        {"2001:420:80:1::5", "a9b54d030405060708090a0b0c0d0e0f10111201", true},
        {"2001:420:80:1::5", "29b54d030405060708090a0b0c0d0e0f10111201", false},
        {"2001:420:80:1::ffff", "a9b54d030405060708090a0b0c0d0e0f10111201", true},
        {"2001:420:80:1::ffff", "29b54d030405060708090a0b0c0d0e0f10111201", false},
        {"2a02:8071:4b7:1::1", "26618d030405060708090a0b0c0d0e0f10111256", true},
        {"2a02:8071:4b7:1::1", "a6618d030405060708090a0b0c0d0e0f10111256", false},
        {"2001:db8:1:2::1", "22f3e5030405060708090a0b0c0d0e0f1011125a", true},
        {"2001:db8:1:2::1", "a2f3e5030405060708090a0b0c0d0e0f1011125a", false},
        {"240e::1", "722fb5030405060708090a0b0c0d0e0f10111216", true},
        {"240e::1", "f22fb5030405060708090a0b0c0d0e0f10111216", false},
    };

    for (auto const& c : cases) {
        CAPTURE(c.ip, c.id);
        CHECK(bep42_id{}.plausible(*node_id::from_hex(c.id), ip(c.ip)) == c.plausible);
    }
}

TEST_CASE("the blocks of BEP 42 and their IPv6 kin are exempt, their neighbours are not") {
    node_id const any = *node_id::from_hex("e56f6cbf5b7c4be0237986d5243b87aa6d51305a");
    for (char const* local : {"10.0.0.1", "172.16.0.1", "172.31.255.1", "192.168.0.1",
                              "169.254.0.1", "127.0.0.1", "::1", "fe80::1", "fd00::1"})
        CHECK(bep42_id{}.plausible(any, ip(local)));
    for (char const* global : {"11.0.0.1", "172.15.255.1", "172.32.0.1", "192.169.0.1",
                               "169.253.0.1", "128.0.0.1", "2a00::1", "fec0::1"})
        CHECK_FALSE(bep42_id{}.plausible(any, ip(global)));
}

TEST_CASE("what bep42_id generates is plausible there, and free in all other bits") {
    seeded_random rng{42};
    bep42_id const ids;
    node_id ones{};
    node_id zeros{};
    for (unsigned i = 0; i < 2'000; ++i) {
        std::array<std::byte, 16> bytes;
        rng.fill(bytes);
        address const a = i % 2 == 0 ? address::v6(bytes)
                                     : address::v4(load_big_endian<std::uint32_t>(bytes.data()));
        node_id const id = ids.generate(a, rng);
        if (!ids.plausible(id, a)) FAIL(to_text(a).view());
        for (std::size_t b = 0; b < 20; ++b) {
            ones.bytes[b] |= id.bytes[b];
            zeros.bytes[b] |= ~id.bytes[b];
        }
    }
    std::string const all(40, 'f');
    CHECK(hex_of(ones.bytes) == all);
    CHECK(hex_of(zeros.bytes) == all);
}

TEST_CASE("a bep42 id of one address is hardly ever plausible at another") {
    seeded_random rng{43};
    unsigned lucky = 0;
    for (std::uint32_t n = 5'000; n < 10'000; ++n) { // behind 10.0.0.0/8, which is exempt
        node_id const id = bep42_id{}.generate(far_apart(n).ip, rng);
        lucky += bep42_id{}.plausible(id, far_apart(n + 1).ip);
    }
    CHECK(lucky == 0); // 2^-21 each
}

TEST_CASE("while the address is not known an id is random in every bit") {
    seeded_random rng{44};
    seeded_random again{44};
    CHECK(bep42_id{}.generate(address{}, rng) == random_id{}.generate(address{}, again));
    CHECK(bep42_id{}.generate(address{}, rng) != bep42_id{}.generate(address{}, rng));
}

TEST_CASE("random ids fit everywhere") {
    seeded_random rng{45};
    node_id const id = random_id{}.generate(far_apart(1).ip, rng);
    CHECK(id != random_id{}.generate(far_apart(1).ip, rng));
    CHECK(random_id{}.plausible(id, far_apart(1).ip));
}

TEST_CASE("a fixed id is the user's everywhere, and judges others like BEP 42") {
    seeded_random rng{46};
    node_id const mine = *node_id::from_hex("e56f6cbf5b7c4be0237986d5243b87aa6d51305b");
    fixed_id const ids{mine};
    CHECK(ids.generate(far_apart(1).ip, rng) == mine);
    CHECK(ids.plausible(mine, ip("12.213.53.83")));
    node_id other = mine;
    other.flip_bit(100);
    CHECK_FALSE(ids.plausible(other, ip("12.213.53.83")));
}
