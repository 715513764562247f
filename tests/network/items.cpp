#include "stand_in.hpp"
#include "world.hpp"

// Items in a whole network (BEP 44): put, get, repair, and those who would hide them.

using namespace dht;
using namespace dht::test;

namespace {

ed25519_key_pair const& item_owner() {
    static ed25519_key_pair const pair = ed25519_key_pair::from_seed({std::byte{7}});
    return pair;
}

item immutable(std::string_view v) {
    item i;
    i.v.assign(as_bytes(v).begin(), as_bytes(v).end());
    return i;
}

std::string value_of(outcome const& o) {
    return o.item ? std::string{as_text(o.item->v)} : "nothing";
}

/// The seq that a host keeps under that key.
template <class Host>
std::optional<std::int64_t> kept_at(Host& h, item_key const& key) {
    return h.use([&](auto& n, instant now) -> std::optional<std::int64_t> {
        auto const kept = n.template policy<slots::item_store>().get(now, key);
        return kept ? std::optional{kept->seq} : std::nullopt;
    });
}

template <class Hosts>
unsigned holders(Hosts const& hosts, item_key const& key, std::int64_t seq) {
    unsigned count = 0;
    for (auto* h : hosts)
        count += kept_at(*h, key) == seq ? 1U : 0U;
    return count;
}

template <class Host>
outcome put(checked_world& w, Host& h, std::string_view v, put_options const& options = {},
            std::string_view salt = "") {
    operation_id const id = h.use([&](auto& n, instant now) {
        return n.put(now, item_owner(), as_bytes(salt), as_bytes(v), options);
    });
    return w.finish(h, id);
}

template <class Host>
outcome put(checked_world& w, Host& h, item const& i) {
    operation_id const id = h.use([&](auto& n, instant now) { return n.put(now, i); });
    return w.finish(h, id);
}

template <class Host>
outcome get(checked_world& w, Host& h, item_key const& key) {
    return w.finish(h, h.use([&](auto& n, instant now) { return n.get(now, key); }));
}

template <class Host>
outcome get(checked_world& w, Host& h, std::string_view salt = "",
            get_options const& options = {}) {
    return w.finish(h, h.use([&](auto& n, instant now) {
        return n.get(now, item_owner().public_key(), as_bytes(salt), options);
    }));
}

struct settled : checked_world {
    dht::test::network<> net{*this};

    explicit settled(std::uint64_t seed, std::size_t nodes = 60) : checked_world{seed} {
        net.grow(nodes);
        run_for(minutes{5});
    }
};

} // namespace

TEST_CASE("an immutable item that one puts all others get") {
    settled w{41};
    item const i = immutable("d5:hello5:worlde");
    outcome const stored = put(w, w.net.any(), i);
    CHECK(stored.error == errc::ok);
    CHECK(stored.stored >= 8);
    CHECK(stored.errors.empty());
    CHECK(holders(w.net.hosts, i.key(), 0) == stored.stored);
    for (int k = 0; k < 10; ++k)
        CHECK(value_of(get(w, w.net.any(), i.key())) == "d5:hello5:worlde");
}

TEST_CASE("what nobody has put is not found, and that is no error") {
    settled w{42, 20};
    outcome const o = get(w, w.net.any(), immutable("7:missing").key());
    CHECK(o.error == errc::ok);
    CHECK_FALSE(o.item);
}

TEST_CASE("each put of an owner has one seq more, whoever asks gets the newest") {
    settled w{43};
    for (std::int64_t n = 1; n <= 4; ++n) {
        std::string const v = "i" + std::to_string(n) + "e";
        outcome const o = put(w, w.net.any(), v);
        CHECK(o.error == errc::ok);
        REQUIRE(o.item);
        CHECK(o.item->seq == n);
        outcome const found = get(w, w.net.any());
        CHECK(value_of(found) == v);
        CHECK(found.item->seq == n);
        CHECK(found.item->valid());
    }
    CHECK(value_of(get(w, w.net.any(), "other salt")) == "nothing");
}

TEST_CASE("an item signed elsewhere is passed on as it is") {
    settled w{44};
    item const signed_elsewhere = sign_item(item_owner(), as_bytes("s"), 77, as_bytes("2:hi"));
    CHECK(put(w, w.net.any(), signed_elsewhere).stored >= 8);
    outcome const found = get(w, w.net.any(), "s");
    REQUIRE(found.item);
    CHECK(*found.item == signed_elsewhere);
}

TEST_CASE("what no node could store is refused at once") {
    settled w{45, 10};
    item forged = sign_item(item_owner(), {}, 1, as_bytes("2:hi"));
    forged.sig[0] ^= std::byte{1};
    CHECK(put(w, w.net.any(), forged).error == errc::invalid_argument);
    CHECK(put(w, w.net.any(), immutable("i01e")).error == errc::invalid_argument);
    CHECK(put(w, w.net.any(), std::string(1'200, '1')).error == errc::invalid_argument);
}

TEST_CASE("who puts too late is told by how many and why") {
    settled w{46};
    CHECK(put(w, w.net.any(), "3:new", {.seq = 9}).error == errc::ok);
    outcome const old_seq = put(w, w.net.any(), "3:old", {.seq = 8});
    CHECK(old_seq.error == errc::remote_error);
    CHECK(old_seq.stored == 0);
    REQUIRE_FALSE(old_seq.errors.empty());
    CHECK(old_seq.errors.front().code == 302);
    CHECK(old_seq.errors.front().count >= 8);
    outcome const cas = put(w, w.net.any(), "3:cas", {.seq = 10, .cas = 8});
    REQUIRE_FALSE(cas.errors.empty());
    CHECK(cas.errors.front().code == 301);
    CHECK(put(w, w.net.any(), "3:cas", {.seq = 10, .cas = 9}).error == errc::ok);
    CHECK(value_of(get(w, w.net.any())) == "3:cas");
}

TEST_CASE("a read repairs the holders of an older item, and only when it is told to") {
    settled w{47};
    item const before = sign_item(item_owner(), {}, 1, as_bytes("3:old"));
    item const after = sign_item(item_owner(), {}, 2, as_bytes("3:new"));
    REQUIRE(put(w, w.net.any(), before).stored >= 8);
    // Four holders miss the update.
    unsigned missed = 0;
    for (auto* h : w.net.hosts)
        if (kept_at(*h, before.key()) && missed++ >= 4)
            h->use([&](auto& n, instant now) {
                CHECK_FALSE(
                    n.template policy<slots::item_store>().put(now, {}, after.key(), after.view()));
            });
    unsigned const old_ones = holders(w.net.hosts, before.key(), 1);
    REQUIRE(old_ones == 4);
    CHECK(value_of(get(w, w.net.any())) == "3:new");
    CHECK(holders(w.net.hosts, before.key(), 1) == old_ones);
    outcome const o = get(w, w.net.any(), "", {.repair = true});
    CHECK(o.stored >= 3); // who is far away may not have been asked
    CHECK(holders(w.net.hosts, before.key(), 1) == old_ones - o.stored);
}

TEST_CASE("eight nodes that sit closer to a key than chance allows do not hide an item") {
    settled w{48, 200};
    item const i = immutable("6:hidden");
    std::vector<std::unique_ptr<stand_in>> crowd; // confirm all that is put, and give nothing
    for (std::uint32_t k = 0; k < 8; ++k)
        crowd.push_back(std::make_unique<stand_in>(
            w, sim::public_v4(1'000 + k), to_node_id(with_prefix<160>(i.key(), 40, w.draw_id()))));
    for (auto const& liar : crowd)
        for (auto const& other : crowd)
            liar->nodes.push_back(other->contact());
    // They are everybody's contacts, and their ids count as good ones.
    for (auto* h : w.net.hosts)
        for (auto const& liar : crowd)
            w.finish(*h, h->ping(liar->at()));
    for (int n = 0; n < 16; ++n) { // the size of the network is known
        w.finish(*w.net.hosts[3], w.net.hosts[3]->find_node(w.draw_hash()));
        w.finish(*w.net.hosts[5], w.net.hosts[5]->find_node(w.draw_hash()));
    }
    outcome const stored = put(w, *w.net.hosts[3], i);
    CHECK(holders(w.net.hosts, i.key(), 0) >= 4);
    CHECK(stored.stored >= 8);
    CHECK(value_of(get(w, *w.net.hosts[5], i.key())) == "6:hidden");
}

TEST_CASE("a node that refuses or is silent is replaced by the next closest") {
    settled w{49, 40};
    info_hash const hash = w.draw_hash();
    // Two at the very key: one has no good token, one no answer to announces.
    std::vector<std::unique_ptr<stand_in>> bad;
    for (std::uint32_t k = 0; k < 2; ++k)
        bad.push_back(std::make_unique<stand_in>(
            w, sim::public_v4(1'000 + k), to_node_id(with_prefix<160>(hash, 30, w.draw_id()))));
    auto& announcer = w.net.any();
    for (auto const& b : bad)
        w.finish(announcer, announcer.ping(b->at()));
    outcome const o = w.finish(announcer, announcer.announce(hash, {.port = 7'000}));
    std::size_t places = 0;
    for (auto* h : w.net.hosts)
        places += stores(*h, hash) ? 1U : 0U;
    CHECK(places >= 8);
    CHECK(o.stored >= places);
}
