#include <dht/policy/memory_item_store.hpp>

#include "../../catch.hpp"
#include "item_samples.hpp"

using namespace dht;
using namespace dht::test;

namespace {

using code = krpc::error_code;
constexpr auto stored = std::optional<code>{};

settings item_limits(std::uint32_t items_max, std::uint32_t bytes_max = 1'000'000,
                     std::uint16_t per_source_max = 1'000) {
    settings s;
    s.items_max = items_max;
    s.items_bytes_max = bytes_max;
    s.items_per_source_max = per_source_max;
    return s;
}

/// A key of which exactly that many leading bits are zero.
item_key close_key(unsigned bits, std::uint32_t n = 0) {
    item_key k = name(0);
    k.set_bit(bits, true);
    store_big_endian(k.bytes.data() + 16, n);
    return k;
}

/// How many of `asked` unknown keys may be put.
int accepted(memory_item_store& s, instant now, int asked) {
    int yes = 0;
    for (int n = 0; n < asked; ++n)
        yes += s.accepts(now, name(1'000'000U + static_cast<std::uint32_t>(n)), from(9));
    return yes;
}

std::string value_of_size(std::size_t bytes) {
    std::string const digits = std::to_string(bytes - 2);
    std::string const v = std::to_string(bytes - 1 - digits.size()) + ":";
    return v + std::string(bytes - v.size(), 'x');
}

} // namespace

TEST_CASE("an item comes back as it was put") {
    memory_item_store s = store_of();
    CHECK(s.put(second(0), from(1), name(1), immutable("3:abc")) == stored);
    CHECK(s.put(second(0), from(1), name(2), mutable_item("i7e", 5)) == stored);
    CHECK(value_of(s, second(1), name(1)) == "3:abc");
    CHECK_FALSE(s.get(second(1), name(1))->is_mutable());
    auto const m = s.get(second(1), name(2));
    REQUIRE(m);
    CHECK(as_text(m->v) == "i7e");
    CHECK(hex_of(m->k) == std::string(64, 'a'));
    CHECK(hex_of(m->sig) == std::string(128, 'b'));
    CHECK(as_text(m->salt) == "salt");
    CHECK(m->seq == 5);
    CHECK_FALSE(s.get(second(1), name(3)));
}

TEST_CASE("everything at its largest comes back, and no salt is no salt") {
    memory_item_store s = store_of();
    std::string const v = value_of_size(1'000);
    std::string const salt(64, 's');
    item_view i = mutable_item(v, INT64_MAX);
    i.salt = as_bytes(salt);
    REQUIRE(s.put(second(0), from(1), name(1), i) == stored);
    i.salt = {};
    i.seq = INT64_MIN;
    REQUIRE(s.put(second(0), from(1), name(2), i) == stored);
    auto const first = s.get(second(1), name(1));
    CHECK(as_text(first->v) == v);
    CHECK(as_text(first->salt) == salt);
    CHECK(first->seq == INT64_MAX);
    auto const other = s.get(second(1), name(2));
    CHECK(other->salt.empty());
    CHECK(hex_of(other->sig) == std::string(128, 'b'));
    CHECK(other->seq == INT64_MIN);
}

TEST_CASE("a mutable item goes only forward (BEP 44)") {
    memory_item_store s = store_of();
    REQUIRE(s.put(second(0), from(1), name(1), mutable_item("1:a", 5)) == stored);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 4)) == code::seq_too_old);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:a", 4)) == code::seq_too_old);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 5)) == code::seq_too_old);
    CHECK(value_of(s, second(0), name(1)) == "1:a");
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:a", 5)) == stored); // renewed
    CHECK(s.put(second(0), from(1), name(1), mutable_item("2:bb", 6)) == stored);
    CHECK(value_of(s, second(0), name(1)) == "2:bb");
    CHECK(s.get(second(0), name(1))->seq == 6);
    CHECK(s.value_bytes() == 4);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:a", INT64_MAX)) == stored);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:a", INT64_MIN)) == code::seq_too_old);
}

TEST_CASE("what was refused renews nothing") {
    memory_item_store s = store_of();
    REQUIRE(s.put(second(0), from(1), name(1), mutable_item("1:a", 5)) == stored);
    s.put(second(3'600), from(1), name(1), mutable_item("1:a", 4));
    s.put(second(3'600), from(1), name(1), mutable_item("1:b", 5));
    s.put(second(3'600), from(1), name(1), mutable_item("1:a", 5, 4));
    CHECK(value_of(s, second(7'199), name(1)) == "1:a");
    CHECK(value_of(s, second(7'200), name(1)) == "none");
}

TEST_CASE("cas stores only over the seq that it names (BEP 44)") {
    memory_item_store s = store_of();
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:a", 5, 99)) == stored); // over nothing
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 6, 99)) == code::cas_mismatch);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 6, 6)) == code::cas_mismatch);
    CHECK(value_of(s, second(0), name(1)) == "1:a");
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 6, 5)) == stored);
    CHECK(value_of(s, second(0), name(1)) == "1:b");
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 6, 6)) == stored); // renewed
}

TEST_CASE("who is wrong about cas and about seq hears of cas") {
    memory_item_store s = store_of();
    REQUIRE(s.put(second(0), from(1), name(1), mutable_item("1:a", 5)) == stored);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 4, 3)) == code::cas_mismatch);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 4, 5)) == code::seq_too_old);
    CHECK(s.put(second(0), from(1), name(1), mutable_item("1:b", 5, 5)) == code::seq_too_old);
}

TEST_CASE("under one key the kind that came first stays") {
    memory_item_store s = store_of();
    REQUIRE(s.put(second(0), from(1), name(1), mutable_item("1:a", 5)) == stored);
    REQUIRE(s.put(second(0), from(1), name(2), immutable("1:a")) == stored);
    CHECK(s.put(second(1), from(1), name(1), immutable("1:b")) == code::protocol);
    CHECK(s.put(second(1), from(1), name(2), mutable_item("1:b", 9)) == code::protocol);
    CHECK(value_of(s, second(1), name(1)) == "1:a");
    CHECK(value_of(s, second(1), name(2)) == "1:a");
}

TEST_CASE("sizes that BEP 44 forbids are refused whoever forgot to check them") {
    memory_item_store s = store_of();
    std::string const salt(65, 's');
    item_view i = mutable_item("1:a", 1);
    i.salt = as_bytes(salt);
    CHECK(s.put(second(0), from(1), name(1), i) == code::protocol);
    CHECK_FALSE(s.restore(second(0), name(1), i, second(9)));
    i = mutable_item("1:a", 1);
    i.k = i.k.first(31);
    CHECK(s.put(second(0), from(1), name(1), i) == code::protocol);
    i = mutable_item("1:a", 1);
    i.sig = {};
    CHECK(s.put(second(0), from(1), name(1), i) == code::protocol);
    CHECK(s.put(second(0), from(1), name(1), immutable("")) == code::protocol);
    CHECK(s.put(second(0), from(1), name(1), immutable(value_of_size(1'001))) == code::protocol);
    CHECK(s.items() == 0);
}

TEST_CASE("items live for two hours after their last put") {
    memory_item_store s = store_of();
    s.put(second(0), from(1), name(1), immutable("1:a"));
    s.put(second(0), from(1), name(2), immutable("1:b"));
    s.put(second(0), from(1), name(3), mutable_item("1:c", 1));
    s.put(second(0), from(1), name(4), mutable_item("1:d", 1));
    s.put(second(3'600), from(2), name(2), immutable("1:b"));
    s.put(second(3'600), from(2), name(3), mutable_item("1:c", 1));
    s.put(second(3'600), from(2), name(4), mutable_item("1:e", 2));
    CHECK(value_of(s, second(7'199), name(1)) == "1:a");
    CHECK(value_of(s, second(7'200), name(1)) == "none");
    CHECK(value_of(s, second(10'799), name(2)) == "1:b");
    CHECK(value_of(s, second(10'799), name(3)) == "1:c");
    CHECK(value_of(s, second(10'799), name(4)) == "1:e");
    for (std::uint32_t n = 2; n <= 4; ++n)
        CHECK(value_of(s, second(10'800), name(n)) == "none");
}

TEST_CASE("of an expired item nothing is left to disagree with") {
    memory_item_store s = store_of();
    s.put(second(0), from(1), name(1), mutable_item("1:a", 5));
    CHECK(s.put(second(7'200), from(1), name(1), mutable_item("1:b", 1, 77)) == stored);
    CHECK(value_of(s, second(7'200), name(1)) == "1:b");
    CHECK(s.items() == 1);
    CHECK(s.value_bytes() == 3);
}

TEST_CASE("expiry frees what is due, a bounded part at once, and says when to come again") {
    memory_item_store s = store_of();
    CHECK(s.expire(second(0)) == never);
    for (std::uint32_t n = 0; n < 600; ++n)
        s.put(second(n < 300 ? 0 : 60), from(n), name(n), immutable("1:a"));
    CHECK(s.expire(second(1)) == second(7'200));
    CHECK(s.items() == 600);
    CHECK(s.expire(second(7'200)) == second(7'201));
    CHECK(s.items() == 600 - 256);
    CHECK(s.expire(second(7'201)) == second(7'260));
    CHECK(s.items() == 300);
    CHECK(s.value_bytes() == 900);
    s.expire(second(9'000));
    CHECK(s.expire(second(9'001)) == never);
    CHECK(s.value_bytes() == 0);
}

TEST_CASE("a store that is only put to empties as well") {
    memory_item_store s = store_of();
    for (std::uint32_t n = 0; n < 160; ++n)
        s.put(second(0), from(n), name(n), immutable("1:a"));
    for (std::uint32_t n = 0; n < 10; ++n)
        s.put(second(7'200), from(n), name(1'000 + n), immutable("1:a"));
    CHECK(s.items() == 10);
}

TEST_CASE("a full store refuses newcomers with 202, and renews and changes what it has") {
    memory_item_store s = store_of(item_limits(2));
    s.put(second(0), from(1), name(1), mutable_item("1:a", 1));
    s.put(second(0), from(2), name(2), immutable("1:b"));
    CHECK_FALSE(s.accepts(second(0), name(3), from(3)));
    CHECK(s.accepts(second(0), name(2), from(3)));
    CHECK(s.put(second(0), from(3), name(3), immutable("1:c")) == code::server);
    CHECK(s.put(second(600), from(3), name(2), immutable("1:b")) == stored);
    CHECK(s.put(second(600), from(3), name(1), mutable_item("9:changed..", 2)) == stored);
    CHECK(s.items() == 2);
    CHECK(s.accepts(second(7'800), name(3), from(3))); // the others are due
    CHECK(s.put(second(7'800), from(3), name(3), immutable("1:c")) == stored);
    CHECK(value_of(s, second(7'800), name(3)) == "1:c");
}

TEST_CASE("settings for items that no store could keep are refused") {
    settings s = item_limits(1, 999);
    CHECK(s.validate() == "settings: items_bytes_max must hold one value, 1000 bytes");
    s = item_limits(1, 1'000);
    CHECK_FALSE(s.validate());
    s.item_lifetime = minutes{0};
    CHECK(s.validate() == "settings: item_lifetime must be at least a minute");
}

TEST_CASE("a store of no items takes none") {
    memory_item_store s = store_of(item_limits(0));
    CHECK_FALSE(s.accepts(second(0), name(1), from(1)));
    CHECK(s.put(second(0), from(1), name(1), immutable("1:c")) == code::server);
    CHECK_FALSE(s.restore(second(0), name(1), immutable("1:c"), second(9)));
}

TEST_CASE("a source brings so many items, and none of its own stand in its way") {
    memory_item_store s = store_of(item_limits(1'000, 1'000'000, 3));
    for (std::uint32_t n = 0; n < 3; ++n) {
        CHECK(s.accepts(second(0), name(n), from(1)));
        CHECK(s.put(second(n), from(1), name(n), mutable_item("1:a", 1)) == stored);
    }
    CHECK_FALSE(s.accepts(second(3), name(3), from(1)));
    CHECK(s.put(second(3), from(1), name(3), mutable_item("1:a", 1)) == code::server);
    CHECK(s.accepts(second(3), name(3), from(2)));
    CHECK(s.accepts(second(3), name(0), from(1))); // renewals and new versions always pass
    CHECK(s.put(second(3), from(1), name(0), mutable_item("1:b", 2)) == stored);

    // What others renew stays on the bill of who brought it, until it is gone.
    CHECK(s.put(second(4), from(2), name(1), mutable_item("1:a", 1)) == stored);
    CHECK_FALSE(s.accepts(second(7'201), name(3), from(1)));
    s.expire(second(7'202));
    CHECK(s.put(second(7'202), from(1), name(3), immutable("1:c")) == stored);
    CHECK_FALSE(s.accepts(second(7'202), name(4), from(1)));
}

TEST_CASE("a source whose own item is due may bring it again") {
    memory_item_store s = store_of(item_limits(1'000, 1'000'000, 1));
    s.put(second(0), from(1), name(1), immutable("1:a"));
    CHECK(s.put(second(7'200), from(1), name(1), immutable("1:a")) == stored);
    CHECK(s.items() == 1);
}

TEST_CASE("a /64 of IPv6 is one source") {
    memory_item_store s = store_of(item_limits(1'000, 1'000'000, 1));
    CHECK(s.put(second(0), ip("2a00:1:2:3::1"), name(1), immutable("1:a")) == stored);
    CHECK_FALSE(s.accepts(second(0), name(2), ip("2a00:1:2:3:ffff::9")));
    CHECK(s.accepts(second(0), name(2), ip("2a00:1:2:4::1")));
    CHECK(s.put(second(0), ip("5.6.7.8"), name(3), immutable("1:a")) == stored);
    CHECK_FALSE(s.accepts(second(0), name(2), ip("5.6.7.8")));
    CHECK(s.accepts(second(0), name(2), ip("5.6.7.9"))); // a /24 is not
}

TEST_CASE("the bytes of all values have a limit of their own") {
    std::string const v = value_of_size(900);
    memory_item_store s = store_of(item_limits(1'000, 10'000));
    for (std::uint32_t n = 0; n < 11; ++n)
        CHECK(s.put(second(0), from(n), name(n), immutable(v)) == stored);
    CHECK(s.put(second(0), from(11), name(11), immutable(v)) == code::server);
    CHECK(s.put(second(0), from(11), name(11), immutable(value_of_size(100))) == stored);
    CHECK(s.value_bytes() == 10'000);
    CHECK_FALSE(s.accepts(second(0), name(12), from(12)));
    CHECK(s.put(second(0), from(12), name(12), immutable("1:c")) == code::server);
}

TEST_CASE("a put that is refused for its size costs nobody a place") {
    memory_item_store s = store_of(item_limits(1'000, 1'000));
    s.put(second(0), from(1), name(1), immutable(value_of_size(100)));
    s.put(second(3'600), from(2), name(2), immutable(value_of_size(900)));
    // Worth more than the first, but not more than the second, and the first alone is too small.
    CHECK(s.put(second(3'600), from(3), name(3), immutable(value_of_size(200))) == code::server);
    CHECK(s.items() == 2);
    CHECK(s.put(second(3'600), from(3), name(3), immutable(value_of_size(100))) == stored);
    CHECK(value_of(s, second(3'600), name(1)) == "none");
    CHECK(s.value_bytes() == 1'000);
}

TEST_CASE("a kept item may grow, and what is worth least gives way") {
    memory_item_store s = store_of(item_limits(1'000, 1'000));
    s.put(second(0), from(1), name(1), mutable_item(value_of_size(100), 1));
    s.put(second(1), from(2), name(2), immutable(value_of_size(400)));
    s.put(second(2), from(3), name(3), immutable(value_of_size(500)));
    std::string const grown = value_of_size(200);
    CHECK(s.put(second(3), from(1), name(1), mutable_item(grown, 2)) == stored);
    CHECK(value_of(s, second(3), name(1)) == grown);
    CHECK(value_of(s, second(3), name(2)) == "none");
    CHECK(s.get(second(3), name(3)));
    CHECK(s.put(second(4), from(1), name(1), mutable_item(value_of_size(1'000), 3)) == stored);
    CHECK(s.items() == 1);
    CHECK(s.value_bytes() == 1'000);
    CHECK(s.put(second(5), from(1), name(1), mutable_item("1:a", 4)) == stored);
    CHECK(s.value_bytes() == 3);
}

TEST_CASE("a full store prefers what is close to one of our ids") {
    memory_item_store s = store_of(item_limits(4));
    node_id far_id;
    far_id.bytes.fill(std::byte{0xff});
    s.own_ids(std::array{far_id, zero_id});
    for (std::uint32_t n = 0; n < 4; ++n)
        s.put(second(n), from(n), close_key(6 + n), immutable("1:a"));
    CHECK_FALSE(s.accepts(second(9), close_key(5), from(9)));
    CHECK_FALSE(s.accepts(second(9), close_key(6, 1), from(9)));
    CHECK(s.accepts(second(9), close_key(12), from(9)));
    CHECK(s.put(second(9), from(9), close_key(12), immutable("1:b")) == stored);
    CHECK(value_of(s, second(9), close_key(6)) == "none"); // the farthest went
    CHECK(value_of(s, second(9), close_key(7)) == "1:a");
    CHECK(s.items() == 4);
    item_key mirrored = close_key(12);
    for (std::byte& b : mirrored.bytes)
        b = ~b;
    CHECK(s.accepts(second(9), mirrored, from(9))); // close to the other one
}

TEST_CASE("a new own id values everything anew") {
    memory_item_store s = store_of(item_limits(2));
    s.own_ids(std::array{zero_id});
    s.put(second(0), from(0), close_key(1), immutable("1:a"));
    s.put(second(1), from(1), close_key(16), immutable("1:b"));
    node_id other = node_id{close_key(1)};
    s.own_ids(std::array{other});
    CHECK(s.put(second(2), from(2), close_key(1, 7), immutable("1:c")) == stored);
    CHECK(value_of(s, second(2), close_key(1)) == "1:a");
    CHECK(value_of(s, second(2), close_key(16)) == "none");
}

TEST_CASE("no effort buys a key more closeness than an honest one has") {
    memory_item_store s = store_of(item_limits(1));
    s.own_ids(std::array{zero_id});
    s.put(second(0), from(0), close_key(24), immutable("1:a"));
    CHECK_FALSE(s.accepts(second(0), close_key(60), from(1)));
}

TEST_CASE("half an hour is worth as much as a bit of closeness") {
    memory_item_store s = store_of(item_limits(1));
    s.own_ids(std::array{zero_id});
    s.put(second(0), from(0), close_key(10), immutable("1:a")); // and one bit for who put it
    CHECK_FALSE(s.accepts(second(1'800), close_key(10, 1), from(1)));
    CHECK(s.accepts(second(1'801), close_key(10, 1), from(1)));
    CHECK_FALSE(s.accepts(second(3'600), close_key(9), from(1)));
    CHECK(s.accepts(second(3'601), close_key(9), from(1)));
    s.put(second(3'600), from(0), close_key(10), immutable("1:a"));
    CHECK_FALSE(s.accepts(second(3'601), close_key(9), from(1))); // fresh again
}

TEST_CASE("a full store prefers what many want, counted by source") {
    memory_item_store s = store_of(item_limits(2));
    s.put(second(0), from(0), name(1), immutable("1:a"));
    s.put(second(0), from(1), name(2), immutable("1:b"));
    for (std::uint32_t n = 0; n < 60; ++n) {
        CHECK(s.accepts(second(1), name(1), from(n))); // many ask once
        CHECK(s.accepts(second(1), name(2), from(1))); // one asks often
    }
    CHECK(s.put(second(1'802), from(7), name(3), immutable("1:c")) == stored);
    CHECK(value_of(s, second(1'802), name(1)) == "1:a");
    CHECK(value_of(s, second(1'802), name(2)) == "none");
}

TEST_CASE("popularity is of the last hours, and has an end") {
    memory_item_store s = store_of(item_limits(1));
    for (std::uint32_t n = 0; n < 500; ++n)
        s.put(second(0), from(n), name(1), immutable("1:a"));
    // Sixteen askers and five hundred are five bits: two hours and a half, more than a lifetime.
    CHECK_FALSE(s.accepts(second(7'199), name(2), from(9)));
    s.put(second(7'199), from(0), name(1), immutable("1:a")); // the half before still counts
    CHECK_FALSE(s.accepts(second(9'100), name(2), from(9)));
    s.put(second(14'000), from(0), name(1), immutable("1:a")); // now only this one does
    CHECK_FALSE(s.accepts(second(15'799), name(2), from(9)));
    CHECK(s.accepts(second(15'801), name(2), from(9)));
}

TEST_CASE("who asked before the last two halves of a lifetime no longer counts") {
    memory_item_store s = store_of(item_limits(1));
    for (std::uint32_t n = 0; n < 500; ++n)
        s.put(second(3'599), from(n), name(1), immutable("1:a"));
    CHECK_FALSE(s.accepts(second(7'300), name(2), from(9)));
    CHECK(s.accepts(second(7'300), name(1), from(9)));
    CHECK(s.accepts(second(7'300), name(2), from(9)));
}

TEST_CASE("from three quarters on newcomers are turned away by chance, ever more often") {
    memory_item_store s = store_of(item_limits(1'000));
    std::uint32_t n = 0;
    auto const fill_to = [&](std::uint32_t items) {
        for (; n < items; ++n)
            REQUIRE(s.put(second(0), from(n), name(n), immutable("1:a")) == stored);
    };
    fill_to(750);
    CHECK(accepted(s, second(0), 1'000) == 1'000);
    fill_to(800);
    int const at_800 = accepted(s, second(0), 1'000);
    CHECK(at_800 > 750);
    CHECK(at_800 < 850);
    fill_to(950);
    int const at_950 = accepted(s, second(0), 1'000);
    CHECK(at_950 > 150);
    CHECK(at_950 < 250);
    CHECK(s.accepts(second(0), name(1), from(1))); // never what is kept
    fill_to(1'000);
    CHECK(accepted(s, second(0), 1'000) == 0);
    CHECK(accepted(s, second(1'900), 1'000) == 1'000); // worth more than what has aged
}

TEST_CASE("the bytes of values turn newcomers away too") {
    memory_item_store s = store_of(item_limits(1'000, 100'000));
    for (std::uint32_t n = 0; n < 90; ++n)
        REQUIRE(s.put(second(0), from(n), name(n), immutable(value_of_size(1'000))) == stored);
    int const yes = accepted(s, second(0), 1'000);
    CHECK(yes > 350);
    CHECK(yes < 450);
}

TEST_CASE("chance is replayed by the seed") {
    auto const run = [](std::uint64_t seed) {
        seeded_random rng{seed};
        memory_item_store s;
        s.start(item_limits(100), rng);
        for (std::uint32_t n = 0; n < 90; ++n)
            s.put(second(0), from(n), name(n), immutable("1:a"));
        std::string answers;
        for (std::uint32_t n = 0; n < 200; ++n)
            answers += s.accepts(second(0), name(1'000 + n), from(n)) ? 'y' : 'n';
        return answers;
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("for_each names everything with the end of its life, in that order") {
    memory_item_store s = store_of();
    s.put(second(1), from(1), name(1), immutable("1:a"));
    s.put(second(2), from(1), name(2), mutable_item("1:b", 9));
    s.put(second(3), from(1), name(3), immutable("1:c"));
    s.put(second(4), from(1), name(1), immutable("1:a"));
    std::string seen;
    s.for_each([&](item_key const& k, item_view const& i, instant expires) {
        seen += as_text(i.v).substr(2);
        CHECK(expires == second(i.is_mutable() ? 2 : k == name(1) ? 4 : 3) + minutes{120});
        CHECK(i.seq == (i.is_mutable() ? 9 : 0));
    });
    CHECK(seen == "bca");
}

TEST_CASE("what one store names another restores, with the time that is left") {
    memory_item_store s = store_of();
    s.put(second(0), from(1), name(1), immutable("1:a"));
    s.put(second(600), from(1), name(2), mutable_item("1:b", 9));
    memory_item_store other = store_of(item_limits(1'000, 1'000'000, 1));
    s.for_each([&](item_key const& k, item_view const& i, instant expires) {
        CHECK(other.restore(second(700), k, i, expires));
    });
    CHECK(other.items() == 2);
    CHECK(value_of(other, second(7'199), name(1)) == "1:a");
    CHECK(value_of(other, second(7'200), name(1)) == "none");
    auto const m = other.get(second(7'799), name(2));
    REQUIRE(m);
    CHECK(m->seq == 9);
    CHECK(as_text(m->salt) == "salt");
    CHECK_FALSE(other.get(second(7'800), name(2)));
    CHECK(other.accepts(second(7'799), name(3), from(1))); // a snapshot is no source
}

TEST_CASE("a restore brings nothing back from the dead, nor lives longer than a put") {
    memory_item_store s = store_of();
    CHECK_FALSE(s.restore(second(100), name(1), immutable("1:a"), second(100)));
    CHECK(s.restore(second(100), name(1), immutable("1:a"), second(1'000'000)));
    CHECK(value_of(s, second(7'299), name(1)) == "1:a");
    CHECK(value_of(s, second(7'300), name(1)) == "none");
}

TEST_CASE("a restore changes what is here only by a higher seq") {
    memory_item_store s = store_of();
    s.put(second(0), from(1), name(1), mutable_item("1:a", 5));
    s.put(second(0), from(1), name(2), immutable("1:x"));
    CHECK_FALSE(s.restore(second(1), name(1), mutable_item("1:b", 4), second(7'000)));
    CHECK_FALSE(s.restore(second(1), name(1), mutable_item("1:b", 5), second(7'000)));
    CHECK_FALSE(s.restore(second(1), name(1), immutable("1:b"), second(7'000)));
    CHECK_FALSE(s.restore(second(1), name(2), immutable("1:x"), second(7'000)));
    CHECK(value_of(s, second(1), name(1)) == "1:a");
    CHECK(s.restore(second(1), name(1), mutable_item("1:b", 6), second(7'000)));
    CHECK(value_of(s, second(7'199), name(1)) == "1:b"); // as long as the put said
}

TEST_CASE("a restore in any order keeps the order of expiry") {
    memory_item_store s = store_of();
    for (std::uint32_t const n : {5U, 2U, 9U, 1U, 7U})
        CHECK(s.restore(second(0), name(n), immutable("1:a"), second(100 * n)));
    instant last{};
    s.for_each([&](item_key const&, item_view const&, instant expires) {
        CHECK(last < expires);
        last = expires;
    });
    s.expire(second(500));
    CHECK(s.items() == 2);
}

TEST_CASE("a full store restores what is worth more") {
    memory_item_store s = store_of(item_limits(2));
    s.own_ids(std::array{zero_id});
    CHECK(s.restore(second(0), close_key(8), immutable("1:a"), second(7'000)));
    CHECK(s.restore(second(0), close_key(9), immutable("1:b"), second(7'000)));
    CHECK_FALSE(s.restore(second(0), close_key(3), immutable("1:c"), second(7'000)));
    CHECK(s.restore(second(0), close_key(20), immutable("1:d"), second(7'000)));
    CHECK(value_of(s, second(1), close_key(8)) == "none");
}

TEST_CASE("a store may move house") {
    memory_item_store s = store_of();
    s.put(second(0), from(1), name(1), immutable("1:a"));
    s.put(second(1), from(1), name(2), immutable("1:b"));
    memory_item_store t = std::move(s);
    CHECK(value_of(t, second(1), name(1)) == "1:a");
    CHECK(t.put(second(1), from(1), name(3), immutable("1:c")) == stored);
    CHECK(t.expire(second(7'200)) == second(7'201));
    CHECK(t.items() == 2);
}
