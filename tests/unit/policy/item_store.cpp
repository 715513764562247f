#include <dht/policy/item_store.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

using namespace dht;
using namespace dht::test;

namespace {

memory_item_store store_of(std::uint32_t items_max = 1'000) {
    seeded_random rng{1};
    settings s;
    s.items_max = items_max;
    memory_item_store store;
    store.start(s, rng);
    return store;
}

item_key name(std::uint32_t n) {
    item_key k;
    store_big_endian(k.bytes.data(), n);
    return k;
}

auto const public_key = bytes_of(std::string(64, 'a'));
auto const signature = bytes_of(std::string(128, 'b'));

item_view immutable(std::string_view v) {
    item_view i;
    i.v = as_bytes(v);
    return i;
}

item_view mutable_item(std::string_view v, std::int64_t seq,
                       std::optional<std::int64_t> cas = std::nullopt) {
    return {as_bytes(v), public_key, signature, as_bytes("salt"), seq, cas};
}

std::string value_of(memory_item_store& s, instant now, item_key const& k) {
    auto const found = s.get(now, k);
    return found ? std::string{as_text(found->v)} : std::string{"none"};
}

} // namespace

TEST_CASE("an item comes back as it was put") {
    memory_item_store s = store_of();
    CHECK_FALSE(s.put(second(0), {}, name(1), immutable("3:abc")));
    CHECK_FALSE(s.put(second(0), {}, name(2), mutable_item("i7e", 5)));
    CHECK(value_of(s, second(1), name(1)) == "3:abc");
    CHECK(s.get(second(1), name(1))->k.empty());
    auto const m = s.get(second(1), name(2));
    REQUIRE(m);
    CHECK(as_text(m->v) == "i7e");
    CHECK(hex_of(m->k) == std::string(64, 'a'));
    CHECK(hex_of(m->sig) == std::string(128, 'b'));
    CHECK(as_text(m->salt) == "salt");
    CHECK(m->seq == 5);
    CHECK_FALSE(s.get(second(1), name(3)));
}

TEST_CASE("a mutable item goes only forward (BEP 44)") {
    memory_item_store s = store_of();
    REQUIRE_FALSE(s.put(second(0), {}, name(1), mutable_item("1:a", 5)));
    CHECK(s.put(second(0), {}, name(1), mutable_item("1:b", 4)) == krpc::error_code::seq_too_old);
    CHECK(s.put(second(0), {}, name(1), mutable_item("1:b", 5)) == krpc::error_code::seq_too_old);
    CHECK(value_of(s, second(0), name(1)) == "1:a");
    CHECK_FALSE(s.put(second(0), {}, name(1), mutable_item("1:a", 5))); // the same: renewed
    CHECK_FALSE(s.put(second(0), {}, name(1), mutable_item("1:b", 6)));
    CHECK(value_of(s, second(0), name(1)) == "1:b");
}

TEST_CASE("cas stores only over the seq that it names (BEP 44)") {
    memory_item_store s = store_of();
    CHECK_FALSE(s.put(second(0), {}, name(1), mutable_item("1:a", 5, 99))); // over nothing
    CHECK(s.put(second(0), {}, name(1), mutable_item("1:b", 6, 4)) ==
          krpc::error_code::cas_mismatch);
    CHECK(value_of(s, second(0), name(1)) == "1:a");
    CHECK_FALSE(s.put(second(0), {}, name(1), mutable_item("1:b", 6, 5)));
    CHECK(value_of(s, second(0), name(1)) == "1:b");
}

TEST_CASE("items live for two hours after their last put") {
    memory_item_store s = store_of();
    s.put(second(0), {}, name(1), immutable("1:a"));
    s.put(second(0), {}, name(2), immutable("1:b"));
    s.put(second(3'600), {}, name(2), immutable("1:b"));
    CHECK(value_of(s, second(7'199), name(1)) == "1:a");
    CHECK(value_of(s, second(7'200), name(1)) == "none");
    CHECK(value_of(s, second(7'200), name(2)) == "1:b");
}

TEST_CASE("of an expired item nothing is left to disagree with") {
    memory_item_store s = store_of();
    s.put(second(0), {}, name(1), mutable_item("1:a", 5));
    CHECK_FALSE(s.put(second(7'200), {}, name(1), mutable_item("1:b", 1, 77)));
    CHECK(value_of(s, second(7'200), name(1)) == "1:b");
}

TEST_CASE("a full store refuses newcomers with 202, and renews what it has") {
    memory_item_store s = store_of(2);
    s.put(second(0), {}, name(1), immutable("1:a"));
    s.put(second(0), {}, name(2), immutable("1:b"));
    CHECK_FALSE(s.accepts(second(0), name(3), ip("5.6.7.8")));
    CHECK(s.accepts(second(0), name(2), ip("5.6.7.8")));
    CHECK(s.put(second(0), {}, name(3), immutable("1:c")) == krpc::error_code::server);
    CHECK_FALSE(s.put(second(3'600), {}, name(2), immutable("1:b")));
    CHECK(s.expire(second(7'200)) == second(7'260));
    CHECK(s.accepts(second(7'200), name(3), ip("5.6.7.8")));
    CHECK_FALSE(s.put(second(7'200), {}, name(3), immutable("1:c")));
    CHECK(value_of(s, second(7'200), name(2)) == "1:b");
}

TEST_CASE("an empty store needs no waking") {
    memory_item_store s = store_of();
    CHECK(s.expire(second(0)) == never);
    s.put(second(0), {}, name(1), immutable("1:a"));
    CHECK(s.expire(second(7'200)) == never);
}

TEST_CASE("for_each names everything with the end of its life") {
    memory_item_store s = store_of();
    s.put(second(1), {}, name(1), immutable("1:a"));
    s.put(second(2), {}, name(2), mutable_item("1:b", 9));
    std::size_t seen = 0;
    s.for_each([&](item_key const& k, item_view const& i, instant expires) {
        ++seen;
        CHECK(expires == second(k == name(1) ? 1 : 2) + minutes{120});
        CHECK(as_text(i.v) == (k == name(1) ? "1:a" : "1:b"));
        CHECK(i.seq == (k == name(1) ? 0 : 9));
    });
    CHECK(seen == 2);
}
