#include <dht/base/saved_bytes.hpp>

#include "../../catch.hpp"
#include "bench.hpp"

// What of a node survives its process.

using namespace bench;

namespace {

/// A policy with something to remember.
struct notebook {
    using policy_slot = slots::extension;
    static constexpr std::string_view saved_as = "note";

    std::uint32_t page = 0;

    void save(times, std::vector<std::byte>& out) const {
        saved_writer w{out, saved_as, 1};
        w.number(page);
        w.end();
    }

    errc restore(times, byte_view bytes) {
        saved_reader in{bytes, saved_as, 1};
        auto const read = in.number<std::uint32_t>();
        if (in.end() == errc::ok) page = read;
        return in.end();
    }

    std::optional<instant> next_deadline() noexcept { return std::nullopt; }

    void advance(times) noexcept {}
};

struct subject {
    instant now{seconds{100}};
    dht::node<seeded_random, notebook> node;
    endpoint const other = at(0x05060708);

    explicit subject(settings const& s = {}) : node{s, seeded_random{1}} {
        node.open(now, at(0x01020304));
        drain(node);
    }

    /// Makes it a contact: it answers a ping.
    void befriend(endpoint const& who, std::string const& id) {
        node.ping(now, who);
        for (auto const& q : drain(node))
            if (q.to == who)
                tell(node, now, who, "d1:rd2:id20:" + id + "e" + tid_of(q) + "1:y1:re");
    }

    std::vector<std::byte> save(snapshot_scope what = snapshot_scope::own_state) {
        std::vector<std::byte> bytes;
        node.snapshot(now, bytes, what);
        return bytes;
    }

    auto& items() { return node.policy<slots::item_store>(); }

    auto& peers() { return node.policy<slots::peer_store>(); }

    notebook& notes() { return node.get<notebook>(); }

    void keep(item const& i) { items().put(now, other.ip, i.key(), i.view()); }

    bool has(item const& i) { return items().get(now, i.key()).has_value(); }
};

item item_of_seq(std::int64_t seq) {
    auto const owner = ed25519_key_pair::from_seed({std::byte{7}});
    return sign_item(owner, as_bytes("salt"), seq, as_bytes("5:value"));
}

/// The bytes with a checksum that fits.
std::vector<std::byte> sealed(std::vector<std::byte> bytes) {
    byte_view const body = byte_view{bytes}.first(bytes.size() - 8);
    store_big_endian(&bytes[body.size()], keyed_hash({}, body));
    return bytes;
}

} // namespace

TEST_CASE("a snapshot brings contacts, id and size back; a damaged one changes nothing") {
    subject old;
    old.befriend(old.other, id_a);
    old.notes().page = 7;
    auto const bytes = old.save();
    subject fresh;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        auto damaged = bytes;
        damaged[i] ^= std::byte{0x40};
        CHECK(fresh.node.restore(fresh.now, damaged) != errc::ok);
        CHECK(fresh.node.restore(fresh.now, byte_view{bytes}.first(i)) != errc::ok);
    }
    CHECK(fresh.node.good_contacts(0) == 0);
    CHECK(fresh.notes().page == 0);
    REQUIRE(fresh.node.restore(fresh.now, bytes) == errc::ok);
    CHECK(fresh.node.good_contacts(0) == 1);
    CHECK(fresh.node.own_id(0) == old.node.own_id(0));
    CHECK(fresh.notes().page == 7);
    CHECK(fresh.save() == bytes);
}

TEST_CASE("a snapshot whose checksum fits and whose parts do not changes nothing") {
    subject old;
    old.befriend(old.other, id_a);
    old.keep(immutable("2:hi"));
    old.keep(item_of_seq(3));
    auto const bytes = old.save(snapshot_scope::with_stores);
    for (std::string_view section : {"self", "join", "item"}) {
        INFO(section);
        auto shorter = bytes; // by one byte, of which its size knows
        auto const at = as_text(bytes).find(section) + 4;
        auto const size = load_big_endian<std::uint32_t>(&shorter[at]);
        store_big_endian(&shorter[at], size - 1);
        shorter.erase(shorter.begin() + static_cast<std::ptrdiff_t>(at + 4 + size - 1));
        subject fresh;
        auto const before = fresh.save(snapshot_scope::with_stores);
        CHECK(fresh.node.restore(fresh.now, sealed(shorter)) == errc::snapshot_damaged);
        CHECK(fresh.save(snapshot_scope::with_stores) == before);
    }
    for (std::size_t cut = 1; cut + 13 + 8 < bytes.size(); ++cut) {
        auto shorter = bytes;
        shorter.erase(shorter.end() - 8 - static_cast<std::ptrdiff_t>(cut), shorter.end() - 8);
        subject fresh;
        auto const before = fresh.save(snapshot_scope::with_stores);
        if (fresh.node.restore(fresh.now, sealed(shorter)) == errc::ok) continue; // whole sections
        CHECK(fresh.save(snapshot_scope::with_stores) == before);
    }
}

TEST_CASE("a contact from an old snapshot proves itself before it is good") {
    subject old;
    old.befriend(old.other, id_a);
    old.node.set_unix_time(old.now, unix_time{1'000'000});
    auto const bytes = old.save();
    subject later;
    later.node.set_unix_time(later.now, unix_time{1'000'000 + 86'400});
    REQUIRE(later.node.restore(later.now, bytes) == errc::ok);
    CHECK(later.node.good_contacts(0) == 0);

    // The clock's origin is 100 s ago: that it was silent for a day must not get lost with it.
    subject again;
    again.node.set_unix_time(again.now, unix_time{1'000'000 + 86'400});
    REQUIRE(again.node.restore(again.now, later.save()) == errc::ok);
    CHECK(again.node.good_contacts(0) == 0);

    drain(later.node);
    later.befriend(later.other, id_a);
    CHECK(later.node.good_contacts(0) == 1);
}

TEST_CASE("who is back within minutes need not join again, and who was away longer does") {
    subject old;
    old.node.set_unix_time(old.now, unix_time{1'000'000});
    old.befriend(old.other, id_a);
    for (int s = 0; s < 60; ++s) {
        old.now += seconds{1};
        old.node.advance(old.now);
        for (auto asked = drain(old.node); !asked.empty();) {
            sent const q = asked.back();
            asked.pop_back();
            std::string const nodes = q.has("9:find_node") ? "5:nodes0:" : "";
            for (sent& more : tell(old.node, old.now, q.to,
                                   "d1:rd2:id20:" + id_a + nodes + "e" + tid_of(q) + "1:y1:re"))
                asked.push_back(std::move(more));
        }
    }
    auto const bytes = old.save();
    auto const looks_around = [&](std::int64_t away_s, std::vector<std::byte> const& saved) {
        subject again;
        again.node.set_unix_time(again.now, unix_time{1'000'060 + away_s});
        REQUIRE(again.node.restore(again.now, saved) == errc::ok);
        again.node.advance(again.now + seconds{1});
        for (sent const& q : drain(again.node))
            if (q.to == again.other && q.has("9:find_node")) return true;
        return false;
    };
    CHECK_FALSE(looks_around(60, bytes));
    CHECK_FALSE(looks_around(15 * 60, bytes));
    CHECK(looks_around(16 * 60, bytes));
    CHECK(looks_around(-60, bytes)); // its clock is behind: it may have been away for weeks

    // Nor can it be told from a snapshot of before there was that section, or of another endpoint.
    auto other = bytes;
    auto const join = as_text(bytes).find("join");
    other.erase(other.begin() + static_cast<std::ptrdiff_t>(join),
                other.begin() + static_cast<std::ptrdiff_t>(join) + 9);
    CHECK(looks_around(60, sealed(other)));
    other = bytes;
    other[join + 8] = {};
    CHECK(looks_around(60, sealed(other)));
    other = bytes;
    other[as_text(bytes).find("self") + 8 + 17] ^= std::byte{1}; // the port
    CHECK(looks_around(60, sealed(other)));
}

TEST_CASE("what is kept for others comes back on request, for the rest of its life") {
    subject old;
    old.node.set_unix_time(old.now, unix_time{1'000'000});
    info_hash const hash{{std::byte{9}}};
    old.peers().announce(old.now, hash, {at(0x0c0d0e0f, 1'234), true});
    old.keep(immutable("2:hi"));
    old.keep(item_of_seq(3));
    subject without;
    REQUIRE(without.node.restore(without.now, old.save()) == errc::ok);
    CHECK_FALSE(without.has(item_of_seq(3)));

    auto const bytes = old.save(snapshot_scope::with_stores);
    subject fresh;
    fresh.node.set_unix_time(fresh.now, unix_time{1'000'000 + 600});
    REQUIRE(fresh.node.restore(fresh.now, bytes) == errc::ok);
    CHECK(fresh.has(immutable("2:hi")));
    REQUIRE(fresh.has(item_of_seq(3)));
    CHECK(fresh.items().get(fresh.now, item_of_seq(3).key())->seq == 3);
    std::size_t peers = 0;
    fresh.peers().for_each([&](info_hash const& h, stored_peer const& p, instant expires) {
        ++peers;
        CHECK(h == hash);
        CHECK(p.at == at(0x0c0d0e0f, 1'234));
        CHECK(p.seed);
        duration const left = expires - fresh.now;
        duration const whole = fresh.node.limits().peer_lifetime - seconds{600};
        CHECK(left <= whole);
        CHECK(left >= whole - seconds{60});
    });
    CHECK(peers == 1);

    // Two hours after they were put they are gone, however often the node was restarted.
    fresh.now += minutes{110} + seconds{1};
    fresh.node.advance(fresh.now);
    CHECK_FALSE(fresh.has(item_of_seq(3)));

    subject late;
    late.node.set_unix_time(late.now, unix_time{1'000'000 + 7'300});
    REQUIRE(late.node.restore(late.now, bytes) == errc::ok);
    CHECK_FALSE(late.has(immutable("2:hi")));
    CHECK(late.peers().keys() == 0);
}

TEST_CASE("an item in a snapshot that its owner did not sign is left out") {
    subject old;
    item forged = item_of_seq(3);
    forged.sig[5] ^= std::byte{1};
    old.keep(forged);
    REQUIRE(old.has(forged)); // a store believes what the node has verified
    subject fresh;
    REQUIRE(fresh.node.restore(fresh.now, old.save(snapshot_scope::with_stores)) == errc::ok);
    CHECK_FALSE(fresh.has(forged));
}

TEST_CASE("parts of policies that are here no more, or of a later version, cost nothing else") {
    subject old;
    old.befriend(old.other, id_a);
    auto bytes = old.save();
    dht::node<seeded_random> plain{settings{}, seeded_random{2}};
    plain.open(old.now, at(0x01020304));
    REQUIRE(plain.restore(old.now, bytes) == errc::ok);
    CHECK(plain.good_contacts(0) == 1);

    auto const name = as_text(bytes).rfind("note");
    bytes[name + 4] = std::byte{99}; // its version
    subject fresh;
    CHECK(fresh.node.restore(fresh.now, sealed(bytes)) == errc::snapshot_version);
    CHECK(fresh.node.good_contacts(0) == 1);
}
