#include <dht/content/republisher.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include "saved.hpp"
#include <map>

// A republisher alone, without node or network: what it wants to be done, when, and what it keeps.

using namespace dht;
using namespace dht::test;
using content::republisher;
using content::republisher_options;

namespace {

item numbered(std::uint32_t n) {
    std::string const v = "i" + std::to_string(n) + "e";
    item i;
    i.v.assign(as_bytes(v).begin(), as_bytes(v).end());
    return i;
}

item signed_item(std::int64_t seq, std::string_view salt = "news") {
    auto const owner = ed25519_key_pair::from_seed({std::byte{7}});
    return sign_item(owner, as_bytes(salt), seq, as_bytes("5:hello"));
}

info_hash kept_hash(std::uint32_t n) {
    info_hash h;
    store_big_endian(h.bytes.data(), n);
    return h;
}

struct republisher_bench {
    republisher r;
    instant now{seconds{1'000}};

    explicit republisher_bench(republisher_options const& o = {}) : r{o} {}

    [[nodiscard]] times at() const { return {now, unix_time{}}; }

    std::optional<extension_operation> begin() { return r.next_operation(at()); }

    std::optional<extension_operation> wait_and_begin() {
        auto const due = r.next_deadline();
        if (!due) return std::nullopt;
        now = std::max(now, *due);
        return begin();
    }

    void end(extension_operation const& o, std::uint32_t stored,
             std::vector<error_count> const& errors = {}, std::optional<item> const& found = {}) {
        outcome result;
        result.finished = true;
        result.stored = stored;
        result.errors = errors;
        result.item = found;
        r.on_outcome(at(), o.cookie, result);
    }

    [[nodiscard]] std::vector<std::byte> saved() const {
        std::vector<std::byte> bytes;
        r.save({now, {}}, bytes);
        return bytes;
    }
};

std::vector<error_count> const too_old{{302, 8}};

} // namespace

TEST_CASE("each item and torrent has its turn once per period, and its wish is complete") {
    republisher_bench b;
    item const kept = signed_item(4);
    CHECK(b.r.keep(b.now, kept));
    CHECK(b.r.keep(b.now, kept_hash(1), {.port = 7'000, .seed = true}));
    std::map<std::int64_t, int> puts;
    std::map<std::int64_t, int> announces;
    for (instant const end = b.now + hours{6}; b.now < end;) {
        auto const o = b.wait_and_begin();
        REQUIRE(o);
        std::int64_t const hour = b.now.time_since_epoch() / hours{1};
        if (auto const* const put = std::get_if<put_wish>(&o->wish)) {
            CHECK(put->item == kept);
            ++puts[hour];
        } else {
            auto const& wish = std::get<announce_wish>(o->wish);
            CHECK(wish.hash == kept_hash(1));
            CHECK(wish.options.port == 7'000);
            CHECK(wish.options.seed);
            ++announces[hour];
        }
        b.end(*o, 8);
    }
    for (std::int64_t hour = 1; hour < 6; ++hour) {
        CHECK(puts[hour] == 1);
        CHECK(announces[hour] == 3);
    }
}

TEST_CASE("what nobody stored has another turn soon") {
    republisher_bench b;
    b.r.keep(b.now, numbered(1));
    b.r.keep(b.now, numbered(2));
    auto const failed = b.wait_and_begin();
    auto const key = std::get<put_wish>(failed->wish).item.key();
    b.end(*failed, 0);
    auto const again = b.wait_and_begin();
    CHECK(std::get<put_wish>(again->wish).item.key() == key);
    republisher_bench t;
    t.r.keep(t.now, kept_hash(1), {.port = 1});
    t.r.keep(t.now, kept_hash(2), {.port = 1});
    auto const refused = t.wait_and_begin();
    t.end(*refused, 0);
    CHECK(std::get<announce_wish>(t.wait_and_begin()->wish).hash ==
          std::get<announce_wish>(refused->wish).hash);
}

TEST_CASE("an item that is refused as too old is looked up, and given up only for a signed one") {
    republisher_bench b;
    item const kept = signed_item(4);
    b.r.keep(b.now, kept);
    b.end(*b.wait_and_begin(), 0, too_old);
    auto const look = b.begin(); // at once
    REQUIRE(look);
    auto const& wish = std::get<get_wish>(look->wish);
    CHECK(wish.k == kept.k);
    CHECK(wish.salt == kept.salt);
    CHECK(wish.options.newer_than == 4);
    SECTION("nothing newer was found: it lied") {
        b.end(*look, 0);
        CHECK(b.r.items() == 1);
        CHECK_FALSE(b.r.poll());
    }
    SECTION("the same seq is not newer") {
        b.end(*look, 0, {}, signed_item(4));
        CHECK(b.r.items() == 1);
    }
    SECTION("a newer one was found") {
        b.end(*look, 0, {}, signed_item(5));
        CHECK(b.r.items() == 0);
        auto const news = b.r.poll();
        REQUIRE(news);
        CHECK(news->key == kept.key());
        CHECK(news->newer == signed_item(5));
        CHECK_FALSE(b.r.poll());
        CHECK_FALSE(b.r.next_deadline());
    }
}

TEST_CASE("what no node would store, or is older, is not kept; a newer item takes its place") {
    republisher_bench b;
    item forged = signed_item(1);
    forged.sig[0] ^= std::byte{1};
    CHECK_FALSE(b.r.keep(b.now, forged));
    CHECK_FALSE(b.r.keep(b.now, item{}));
    CHECK_FALSE(b.r.keep(b.now, kept_hash(1), {}));
    CHECK(b.r.keep(b.now, kept_hash(1), {.implied_port = true}));
    CHECK(b.r.keep(b.now, signed_item(5)));
    CHECK_FALSE(b.r.keep(b.now, signed_item(4)));
    CHECK(b.r.keep(b.now, signed_item(6)));
    CHECK(b.r.items() == 1);
    CHECK(b.r.forget(signed_item(6).key()));
    CHECK_FALSE(b.r.forget(signed_item(6).key()));
    CHECK(b.r.forget(kept_hash(1)));
    CHECK_FALSE(b.r.next_deadline());
}

TEST_CASE("limits hold under a flood, and deadlines are never behind what was done") {
    republisher_bench b{
        republisher_options{.items_max = 100, .torrents_max = 50, .in_flight_max = 3}};
    for (std::uint32_t n = 0; n < 300; ++n) {
        CHECK(b.r.keep(b.now, numbered(n)) == (n < 100));
        CHECK(b.r.keep(b.now, kept_hash(n), {.port = 1}) == (n < 50));
    }
    CHECK(b.r.items() == 100);
    CHECK(b.r.torrents() == 50);
    std::vector<extension_operation> open;
    while (auto const o = b.wait_and_begin())
        open.push_back(*o);
    CHECK(open.size() == 3);
    CHECK_FALSE(b.r.next_deadline());
    for (auto const& o : open)
        b.end(o, 8);
    for (int turn = 0; turn < 1'000; ++turn) {
        while (auto const o = b.begin())
            b.end(*o, turn % 7 == 0 ? 0U : 8U);
        REQUIRE(b.r.next_deadline());
        CHECK(*b.r.next_deadline() > b.now);
        b.now = *b.r.next_deadline();
    }
}

TEST_CASE("outcomes of what was forgotten meanwhile, or never begun, are nobody's") {
    republisher_bench b;
    b.r.keep(b.now, numbered(1));
    auto const o = b.wait_and_begin();
    b.r.forget(numbered(1).key());
    b.end(*o, 0, too_old);
    b.end(*o, 0);
    b.end({{}, 99}, 0);
    CHECK_FALSE(b.r.next_deadline());
}

TEST_CASE("what was saved is kept elsewhere, as far as there is room") {
    republisher_bench b;
    for (std::uint32_t n = 0; n < 20; ++n)
        b.r.keep(b.now, numbered(n));
    b.r.keep(b.now, signed_item(5));
    b.r.keep(b.now, signed_item(9, std::string(64, 's')));
    b.r.keep(b.now, kept_hash(1), {.port = 7'000, .seed = true});
    b.r.keep(b.now, kept_hash(2), {.implied_port = true});
    republisher_bench again;
    CHECK(again.r.restore({again.now, {}}, b.saved()) == errc::ok);
    CHECK(again.r.items() == 22);
    CHECK(again.saved() == b.saved());
    republisher_bench newer;
    newer.r.keep(newer.now, signed_item(6));
    CHECK(newer.r.restore({newer.now, {}}, b.saved()) == errc::ok);
    CHECK(newer.r.items() == 22);
    CHECK_FALSE(newer.r.keep(newer.now, signed_item(5))); // the newer one was not replaced
    republisher_bench small{republisher_options{.items_max = 3, .torrents_max = 1}};
    CHECK(small.r.restore({small.now, {}}, b.saved()) == errc::ok);
    CHECK(small.r.items() == 3);
    CHECK(small.r.torrents() == 1);
}

TEST_CASE("damaged bytes change nothing in a republisher") {
    republisher_bench b;
    b.r.keep(b.now, numbered(1));
    b.r.keep(b.now, signed_item(5));
    b.r.keep(b.now, kept_hash(1), {.port = 7'000});
    republisher_bench other;
    other.r.keep(other.now, kept_hash(3), {.port = 1});
    auto const before = other.saved();
    check_that_damage_is_refused(b.saved(), [&](byte_view raw) {
        return other.r.restore({other.now, {}}, raw);
    });
    CHECK(other.saved() == before);
}
