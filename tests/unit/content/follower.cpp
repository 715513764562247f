#include <dht/content/follower.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"

// A follower alone, without node or network: which items it looks at, when, and what it tells.

using namespace dht;
using namespace dht::test;
using content::follower;
using content::follower_options;

namespace {

ed25519_key_pair nth_owner(std::uint8_t n) {
    return ed25519_key_pair::from_seed({std::byte{n}});
}

ed25519_public_key nth_key(std::uint8_t n) {
    return {std::byte{n}};
}

item published(std::int64_t seq) {
    return sign_item(nth_owner(1), {}, seq, content::torrent_value(info_hash{}));
}

struct follower_bench {
    follower f;
    instant now{seconds{1'000}};

    explicit follower_bench(follower_options const& o = {}) : f{o} {
        seeded_random chance{46};
        f.start(settings{}, chance);
    }

    [[nodiscard]] times at() const { return {now, unix_time{}}; }

    std::optional<extension_operation> begin() { return f.next_operation(at()); }

    std::optional<extension_operation> wait_and_begin() {
        auto const due = f.next_deadline();
        if (!due) return std::nullopt;
        now = std::max(now, *due);
        return begin();
    }

    void tell(extension_operation const& o, std::optional<item> const& found, bool finished = true,
              errc error = errc::ok) {
        outcome result;
        result.finished = finished;
        result.error = error;
        result.item = found;
        f.on_outcome(at(), o.cookie, result);
    }

    /// How long until the next look.
    [[nodiscard]] duration pause() { return *f.next_deadline() - now; }
};

bool about(duration actual, duration wanted) {
    return actual >= wanted * 9 / 10 && actual <= wanted * 11 / 10;
}

} // namespace

TEST_CASE("each newer item is told once, as soon as it is there") {
    follower_bench b;
    CHECK(b.f.follow(b.now, nth_owner(1).public_key()));
    auto look = b.begin();
    REQUIRE(look);
    auto const& wish = std::get<get_wish>(look->wish);
    CHECK(wish.k == nth_owner(1).public_key());
    CHECK_FALSE(wish.options.newer_than);
    CHECK_FALSE(b.f.poll());
    b.tell(*look, published(3), false); // progress
    auto const first = b.f.poll();
    REQUIRE(first);
    CHECK(first->item == published(3));
    CHECK(first->torrent == info_hash{});
    b.tell(*look, published(3));
    CHECK_FALSE(b.f.poll());
    look = b.wait_and_begin();
    CHECK(std::get<get_wish>(look->wish).options.newer_than == 3);
    b.tell(*look, published(2)); // a node that is behind
    CHECK_FALSE(b.f.poll());
    b.tell(*b.wait_and_begin(), published(4));
    b.tell(*b.wait_and_begin(), published(5)); // nobody polled: only the newest is news
    CHECK(b.f.poll()->item.seq == 5);
    CHECK_FALSE(b.f.poll());
}

TEST_CASE("pauses double while nothing changes, and start anew with a change") {
    follower_bench b;
    b.f.follow(b.now, nth_owner(1).public_key());
    b.tell(*b.begin(), published(1));
    CHECK(about(b.pause(), minutes{5}));
    for (minutes const wanted : {minutes{10}, minutes{20}, minutes{40}, minutes{60}, minutes{60}}) {
        b.tell(*b.wait_and_begin(), std::nullopt);
        CHECK(about(b.pause(), wanted));
    }
    b.tell(*b.wait_and_begin(), published(2));
    CHECK(about(b.pause(), minutes{5}));
}

TEST_CASE("a look that could not be had is repeated soon, then later and later") {
    follower_bench b;
    b.f.follow(b.now, nth_owner(1).public_key());
    auto look = b.begin();
    for (seconds const wanted : {seconds{15}, seconds{30}, seconds{60}, seconds{120}}) {
        b.tell(*look, std::nullopt, true, errc::no_contacts);
        CHECK(about(b.pause(), wanted));
        look = b.wait_and_begin();
    }
    for (int i = 0; i < 40; ++i) {
        b.tell(*look, std::nullopt, true, errc::timed_out);
        look = b.wait_and_begin();
    }
    b.tell(*look, std::nullopt, true, errc::timed_out);
    CHECK(about(b.pause(), minutes{60}));
}

TEST_CASE("a flood of wishes does not exceed the limits, and those followed stay so") {
    follower_bench b{follower_options{.followed_max = 100, .in_flight_max = 5}};
    for (unsigned n = 0; n < 200; ++n)
        CHECK(b.f.follow(b.now, nth_key(static_cast<std::uint8_t>(n))) == (n < 100));
    CHECK(b.f.follow(b.now, nth_key(7)));
    CHECK(b.f.size() == 100);
    std::array<std::byte, 65> const long_salt{};
    CHECK(b.f.unfollow(nth_key(8)));
    CHECK_FALSE(b.f.follow(b.now, nth_key(1), long_salt));
    CHECK(b.f.follow(b.now, nth_key(1), byte_view{long_salt}.first(64)));
    std::vector<extension_operation> open;
    while (auto const o = b.begin())
        open.push_back(*o);
    CHECK(open.size() == 5);
    CHECK_FALSE(b.f.next_deadline());
    for (auto const& o : open)
        b.tell(o, std::nullopt);
    for (int turn = 0; turn < 500; ++turn) {
        while (auto const o = b.begin())
            b.tell(*o, std::nullopt, true, turn % 3 == 0 ? errc::timed_out : errc::ok);
        REQUIRE(b.f.next_deadline());
        CHECK(*b.f.next_deadline() > b.now);
        b.now = *b.f.next_deadline();
    }
}

TEST_CASE("who is no longer followed is told no more, even when a look is under way") {
    follower_bench b;
    b.f.follow(b.now, nth_owner(1).public_key());
    auto look = b.begin();
    CHECK(b.f.unfollow(nth_owner(1).public_key()));
    CHECK_FALSE(b.f.unfollow(nth_owner(1).public_key()));
    b.tell(*look, published(1), false);
    CHECK_FALSE(b.f.poll());
    b.f.follow(b.now, nth_owner(1).public_key()); // somebody else's wish, with a look of its own
    b.tell(*look, published(1));
    CHECK_FALSE(b.f.poll());
    look = b.begin();
    b.tell(*look, published(1));
    b.f.unfollow(nth_owner(1).public_key());
    CHECK_FALSE(b.f.poll());
    CHECK_FALSE(b.f.next_deadline());
}
