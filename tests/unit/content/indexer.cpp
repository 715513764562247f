#include <dht/content/indexer.hpp>

#include "../../catch.hpp"
#include "../kad/samples.hpp"
#include "saved.hpp"

// An indexer alone, without node or network: whom it asks, when, and what it remembers.

using namespace dht;
using namespace dht::test;
using content::indexer;
using content::indexer_options;

namespace {

constexpr unix_time date_0{1'700'000'000};

struct indexer_bench {
    indexer i;
    instant now{seconds{1'000}};

    explicit indexer_bench(indexer_options const& o = {}) : i{o} {
        seeded_random chance{51};
        i.start(settings{}, chance);
    }

    [[nodiscard]] times at() const { return {now, date_0 + now.time_since_epoch()}; }

    std::optional<extension_question> ask() { return i.next(at()); }

    /// Sleeps until somebody is to be asked; nothing when that will never be.
    std::optional<extension_question> wait_and_ask() {
        auto const due = i.next_deadline();
        if (!due) return std::nullopt;
        now = std::max(now, *due);
        return ask();
    }

    /// `hashes` are samples of a node that has as many, unless `num` says more.
    void reply(extension_question const& q, int interval_s, std::vector<info_hash> const& hashes,
               std::int64_t num = 0) {
        std::vector<std::byte> samples;
        for (info_hash const& h : hashes)
            samples.insert(samples.end(), h.bytes.begin(), h.bytes.end());
        krpc::reply r;
        r.samples = samples;
        r.has_samples = true;
        r.interval_s = interval_s;
        r.num = std::max(num, static_cast<std::int64_t>(hashes.size()));
        i.on_reply(at(), q.cookie, q.to, r);
    }

    /// Asks the next one, who fails. In two steps: sleeping moves the time of failure.
    void ask_in_vain(errc why = errc::timed_out) {
        auto const q = wait_and_ask();
        REQUIRE(q);
        i.on_failure(at(), q->cookie, why);
    }

    std::vector<info_hash> poll_all() {
        std::vector<info_hash> all;
        while (auto const h = i.poll())
            all.push_back(*h);
        return all;
    }

    [[nodiscard]] std::vector<std::byte> saved() const {
        std::vector<std::byte> bytes;
        i.save(at(), bytes);
        return bytes;
    }
};

indexer_options const two_families{.via = {via_index{0}, via_index{3}}};

info_hash sampled_hash(std::uint32_t n) {
    info_hash h;
    store_big_endian(h.bytes.data() + 16, n);
    return h;
}

} // namespace

TEST_CASE("an indexer asks a node again when its interval is over, and not before") {
    indexer_bench b;
    CHECK(b.i.visit(b.now, far_apart(1)));
    CHECK_FALSE(b.i.visit(b.now, far_apart(1)));
    auto q = b.ask();
    REQUIRE(q);
    CHECK(q->to == far_apart(1));
    CHECK(q->method == "sample_infohashes");
    CHECK_FALSE(b.i.next_deadline()); // it is being asked
    b.reply(*q, 120, {sampled_hash(1), sampled_hash(2)}, 100);
    CHECK(b.poll_all() == std::vector{sampled_hash(1), sampled_hash(2)});
    CHECK(b.i.next_deadline() == b.now + seconds{120});
    b.now += seconds{120} - microseconds{1};
    CHECK_FALSE(b.ask());
    b.now += microseconds{1};
    q = b.ask();
    REQUIRE(q);
    b.reply(*q, 0, {sampled_hash(2), sampled_hash(3)}, 100);
    CHECK(b.poll_all() == std::vector{sampled_hash(3)});
    CHECK(b.i.next_deadline() == b.now + seconds{10}); // pause_min, whatever it allows
}

TEST_CASE("who has shown all he has, or has nothing new, is left alone for long") {
    indexer_bench b;
    b.i.visit(b.now, far_apart(1));
    b.reply(*b.ask(), 60, {sampled_hash(1)});
    CHECK(b.i.next_deadline() == b.now + minutes{360});
    for (int pass = 0; pass < 3; ++pass) {
        INFO("pass " << pass);
        b.reply(*b.wait_and_ask(), 60, {sampled_hash(1)}, 100);
        CHECK(b.i.next_deadline() == b.now + (pass < 2 ? duration{seconds{60}} : minutes{360}));
    }
}

TEST_CASE("silence is answered with growing pauses, never shorter than an interval named before") {
    indexer_bench b;
    b.i.visit(b.now, far_apart(1));
    for (minutes const pause : {minutes{5}, minutes{10}, minutes{20}}) {
        b.ask_in_vain();
        CHECK(b.i.next_deadline() == b.now + pause);
    }
    b.reply(*b.wait_and_ask(), 7'200, {sampled_hash(1)}, 100);
    b.ask_in_vain();
    CHECK(b.i.next_deadline() == b.now + seconds{7'200});
    b.ask_in_vain(errc::remote_error);
    CHECK(b.i.next_deadline() == b.now + minutes{360});
}

TEST_CASE("questions keep to their rate and to their number in flight") {
    indexer_bench b{indexer_options{.questions_per_second = 4, .in_flight_max = 6}};
    for (std::uint32_t n = 0; n < 20; ++n)
        b.i.visit(b.now, far_apart(n));
    std::vector<extension_question> open;
    instant const began = b.now;
    while (auto const q = b.wait_and_ask())
        open.push_back(*q);
    CHECK(open.size() == 6);
    CHECK(b.now == began + milliseconds{5 * 250});
    b.reply(open[0], 60, {});
    CHECK(b.i.next_deadline());
    b.i.pause();
    CHECK_FALSE(b.i.next_deadline());
    CHECK_FALSE(b.ask());
    b.i.resume();
    CHECK(b.wait_and_ask());
    CHECK(b.now == began + milliseconds{6 * 250});
}

TEST_CASE("a rate of nothing is one question per second") {
    indexer_bench b{indexer_options{.questions_per_second = 0}};
    b.i.visit(b.now, far_apart(1));
    b.i.visit(b.now, far_apart(2));
    CHECK(b.ask());
    CHECK(b.i.next_deadline() == b.now + seconds{1});
}

TEST_CASE("a flood of nodes and hashes does not exceed the limits, and silent ones make room") {
    indexer_bench b{indexer_options{.nodes_max = 50, .hashes_known_max = 100, .queue_max = 70}};
    for (std::uint32_t n = 0; n < 500; ++n)
        CHECK(b.i.visit(b.now, far_apart(n)) == (n < 50));
    CHECK(b.i.nodes() == 50);
    CHECK_FALSE(b.i.visit(b.now, {far_apart(999).ip, 0}));
    std::vector<info_hash> many;
    for (std::uint32_t n = 0; n < 200; ++n)
        many.push_back(sampled_hash(n));
    b.reply(*b.wait_and_ask(), 60, many);
    CHECK(b.poll_all().size() == 70);
    b.reply(*b.wait_and_ask(), 60, many); // what had no room comes when it is met again
    CHECK(b.poll_all().size() == 70);
    for (std::uint32_t n = 1'000; n < 10'000; n += 50) {
        std::vector<info_hash> more;
        for (std::uint32_t k = 0; k < 50; ++k)
            more.push_back(sampled_hash(n + k));
        b.reply(*b.wait_and_ask(), 60, more);
        CHECK(b.poll_all() == more);
        b.reply(*b.wait_and_ask(), 60, more);
        CHECK(b.poll_all().empty());
    }
    for (int failures = 0; failures < 500; ++failures)
        b.ask_in_vain();
    CHECK(b.i.visit(b.now, far_apart(1'000)));
    CHECK(b.i.nodes() == 50);
}

TEST_CASE("nodes that answers name are asked, too, and martians are not") {
    indexer_bench b;
    b.i.visit(b.now, far_apart(1));
    auto const q = b.ask();
    auto const entries = bytes_of("6162636465666768696a30313233343536373839" // id
                                  "05060708"
                                  "1ae1"
                                  "6162636465666768696a30313233343536373839"
                                  "e0000001"
                                  "1ae1"); // multicast
    krpc::reply r;
    r.nodes = entries;
    b.i.on_reply(b.at(), q->cookie, q->to, r);
    CHECK(b.i.nodes() == 2);
    CHECK(b.wait_and_ask()->to == dht::test::at("5.6.7.8:6881"));
    b.i.on_reply(b.at(), q->cookie, q->to, r); // an answer that nobody waits for
    CHECK(b.i.nodes() == 2);
}

TEST_CASE("targets walk the whole key space, and turn to neighbours of who has answered") {
    indexer_bench b;
    b.i.visit(b.now, far_apart(1));
    std::vector<unsigned> in_eighth(8);
    for (int n = 0; n < 32; ++n) {
        auto const q = b.wait_and_ask();
        byte_view const target = q->arguments[0].value;
        REQUIRE(target.size() == 23);
        if (n % 2 == 1) ++in_eighth[std::to_integer<unsigned>(target[3]) >> 5U];
        if (n > 0 && n % 2 == 0) CHECK(target.back() == std::byte{1}); // next to the zero id
        b.reply(*q, 0, {sampled_hash(static_cast<std::uint32_t>(n))}, 100);
    }
    CHECK(in_eighth == std::vector<unsigned>(8, 2));
}

TEST_CASE("nodes of a family that there is no socket for are left out") {
    endpoint const v6 = test::at("[2001:4860::7]:7");
    indexer_bench b;
    CHECK_FALSE(b.i.visit(b.now, v6));
    indexer_bench both{two_families};
    CHECK(both.i.visit(both.now, v6));
    CHECK(both.ask()->via == 3);
    CHECK(b.i.restore(b.at(), both.saved()) == errc::ok);
    CHECK(b.i.nodes() == 0);
}

TEST_CASE("what was saved goes on elsewhere: the same turns, the same position") {
    indexer_bench b{two_families};
    b.i.visit(b.now, far_apart(1));
    b.i.visit(b.now, far_apart(2));
    b.i.visit(b.now, far_apart(3));
    b.i.visit(b.now, test::at("[2001:4860::7]:7"));
    b.reply(*b.wait_and_ask(), 600, {sampled_hash(1)}, 100);
    b.ask_in_vain();
    CHECK(b.wait_and_ask()); // and nobody will know the answer
    indexer_bench again{two_families};
    again.now = b.now;
    CHECK(again.i.restore(again.at(), b.saved()) == errc::ok);
    CHECK(again.i.nodes() == 4);
    CHECK(again.i.asked() == 3);
    std::vector<duration> waits; // seconds are rounded up
    while (again.wait_and_ask())
        waits.push_back(std::chrono::floor<seconds>(again.now - b.now));
    CHECK(waits == std::vector<duration>{seconds{1}, seconds{301}, seconds{301}, seconds{601}});
    CHECK(again.i.asked() == 7);
}

TEST_CASE("restoring makes nobody's turn earlier, however long it slept and whatever came before") {
    indexer_bench b;
    b.i.visit(b.now, far_apart(1));
    b.reply(*b.ask(), 600, {sampled_hash(1)}, 100);
    auto const bytes = b.saved();
    indexer_bench eager;
    eager.now = b.now;
    eager.i.visit(eager.now, far_apart(1));
    CHECK(eager.i.restore(eager.at(), bytes) == errc::ok);
    CHECK(eager.i.nodes() == 1);
    CHECK_FALSE(eager.ask());
    CHECK(eager.i.next_deadline() >= b.now + seconds{600});
    indexer_bench late;
    late.now = b.now + hours{5};
    CHECK(late.i.restore(late.at(), bytes) == errc::ok);
    CHECK(late.ask());
    indexer_bench asking;
    asking.i.visit(asking.now, far_apart(1));
    auto const q = asking.ask();
    CHECK(asking.i.restore(asking.at(), bytes) == errc::ok);
    CHECK_FALSE(asking.i.next_deadline());
    asking.reply(*q, 5'000, {sampled_hash(1)}, 100);
    CHECK(asking.i.next_deadline() == asking.now + seconds{5'000});
    indexer_bench patient;
    patient.i.visit(patient.now, far_apart(1));
    patient.reply(*patient.ask(), 5'000, {sampled_hash(1)}, 100);
    CHECK(patient.i.restore(patient.at(), bytes) == errc::ok);
    CHECK(patient.i.next_deadline() == patient.now + seconds{5'000});
    indexer_bench small{indexer_options{.nodes_max = 2}};
    for (std::uint32_t n = 2; n < 9; ++n)
        b.i.visit(b.now, far_apart(n));
    CHECK(small.i.restore(small.at(), b.saved()) == errc::ok);
    CHECK(small.i.nodes() == 2);
}

TEST_CASE("damaged bytes change nothing in an indexer") {
    indexer_bench b;
    b.i.visit(b.now, far_apart(1));
    b.i.visit(b.now, far_apart(2));
    b.reply(*b.ask(), 600, {sampled_hash(1)}, 100);
    auto const saved = b.saved();
    indexer_bench other;
    other.i.visit(other.now, far_apart(3));
    auto const before = other.saved();
    check_that_damage_is_refused(saved,
                                 [&](byte_view raw) { return other.i.restore(other.at(), raw); });
    CHECK(other.saved() == before);
}
