#include "stand_in.hpp"
#include <functional>

// How a node stores on others that are particular about it: about tokens, and about keys that BEP
// 44 does not have.

using namespace dht;
using namespace dht::test;

namespace {

/// A node that gives tokens as it likes and stores what it likes. It is asked by one asker.
class picky_store {
public:
    /// What it answers a put or an announce with; nothing: it stores. 0: silence.
    using opinion = std::function<std::optional<int>(std::string_view datagram)>;

    picky_store(sim::world& w, node_id const& id, opinion o)
        : id_{id},
          opinion_{std::move(o)},
          host_{w.add_script(sim::public_v4(77), [this](auto&, auto const& d) { hear(d); })} {}

    std::string token = "first";
    std::vector<std::string> searches{}; ///< get and get_peers
    std::vector<std::string> stores{};   ///< put and announce_peer
    unsigned stored = 0;

    [[nodiscard]] endpoint const& at() const { return host_.at(); }

private:
    void hear(sim::datagram const& d) {
        letter const l{d.at, d.from, d.bytes};
        if (l.query() == nullptr) return;
        std::string_view const method = l.query()->method;
        if (method == "put" || method == "announce_peer") return judge(l);
        if (method == "get" || method == "get_peers")
            searches.emplace_back(as_text(byte_view{l.bytes}));
        answer(l, token);
    }

    void judge(letter const& l) {
        std::string_view const datagram = as_text(byte_view{l.bytes});
        stores.emplace_back(datagram);
        auto const code = opinion_(datagram);
        stored += code ? 0 : 1;
        if (!code) return answer(l, "");
        if (*code != 0) refuse(l, static_cast<krpc::error_code>(*code));
    }

    void answer(letter const& l, std::string_view with_token) {
        krpc::reply_parts parts;
        parts.tid = l.message.tid;
        parts.sender = id_;
        parts.token = as_bytes(with_token);
        parts.nodes = byte_view{};
        std::array<std::byte, 1'500> buffer;
        host_.send(l.from, byte_view{buffer}.first(krpc::encode_reply(buffer, parts)));
    }

    void refuse(letter const& l, krpc::error_code code) {
        std::array<std::byte, 500> buffer;
        host_.send(l.from, byte_view{buffer}.first(
                               krpc::encode_error(buffer, l.message.tid, {}, {}, code, "no")));
    }

    node_id id_;
    opinion opinion_;
    sim::scripted_host& host_;
};

struct pair_of_them : checked_world {
    picky_store other;
    sim::node_host<sim::node<>>& asker;

    explicit pair_of_them(picky_store::opinion o)
        : checked_world{203},
          other{*this, draw_id(), std::move(o)},
          asker{add<sim::node<>>(sim::public_v4(1))} {
        asker.bootstrap(other.at());
        run_for(seconds{10});
    }

    outcome put(put_options const& options = {}) {
        item i;
        i.v.assign(as_bytes("5:hello").begin(), as_bytes("5:hello").end());
        return finish(asker,
                      asker.use([&](auto& n, instant now) { return n.put(now, i, options); }));
    }

    outcome announce() {
        return finish(asker, asker.announce(info_hash{draw_id()}, {.port = 7'000}));
    }

    outcome store(std::string_view what) { return what == "put" ? put() : announce(); }
};

bool has(std::string_view datagram, std::string_view part) {
    return datagram.find(part) != std::string_view::npos;
}

bool has_token(std::string_view datagram, std::string const& token) {
    return has(datagram, "5:token" + std::to_string(token.size()) + ":" + token);
}

} // namespace

TEST_CASE("a put has a target only for nodes that insist on one") {
    for (int const refusal : {203, 0}) {
        INFO("without a target: " << refusal);
        pair_of_them w{[&](std::string_view datagram) {
            return has(datagram, "6:target20:") ? std::nullopt : std::optional{refusal};
        }};
        CHECK(w.put().stored == 0);
        CHECK(w.other.stored == 0);
        outcome const o = w.put({.adds_target = true});
        CHECK(o.stored == 1);
        CHECK(o.errors.empty());
        CHECK(w.other.stored == 1);
        std::string const target{as_text(byte_view{immutable_item_key(as_bytes("5:hello")).bytes})};
        CHECK(has(w.other.stores.back(), "6:target20:" + target + "5:token")); // in order
    }
}

TEST_CASE("a token that has become too old is renewed once, and then it is stored") {
    for (std::string_view const what : {"put", "announce"}) {
        INFO(what);
        pair_of_them* world = nullptr;
        pair_of_them w{[&](std::string_view datagram) -> std::optional<int> {
            world->other.token = "second"; // its secret changed between search and store
            if (has_token(datagram, "second")) return std::nullopt;
            return 203;
        }};
        world = &w;
        outcome const o = w.store(what);
        CHECK(o.error == errc::ok);
        CHECK(o.stored == 1);
        CHECK(o.errors.empty());
        REQUIRE(w.other.stores.size() == 2);
        CHECK(has_token(w.other.stores[0], "first"));
        CHECK(has_token(w.other.stores[1], "second"));
        REQUIRE(w.other.searches.size() == 2);
    }
}

TEST_CASE("who refuses each token is asked for another one once only, and counted once") {
    for (std::string_view const what : {"put", "announce"}) {
        INFO(what);
        pair_of_them w{[](std::string_view) { return 203; }};
        outcome const o = w.store(what);
        CHECK(o.stored == 0);
        REQUIRE(o.errors.size() == 1);
        CHECK(o.errors[0].code == 203);
        CHECK(o.errors[0].count == 1);
        CHECK(w.other.searches.size() == 2);
        CHECK(w.other.stores.size() == 2);
    }
}

TEST_CASE("only a refused token is a reason to ask for another one") {
    for (int const code : {201, 202, 204, 205, 206, 207, 301, 302}) {
        INFO(code);
        pair_of_them w{[&](std::string_view) { return code; }};
        outcome const o = w.put();
        CHECK(o.stored == 0);
        CHECK(o.remote_error == code);
        CHECK(w.other.searches.size() == 1);
        CHECK(w.other.stores.size() == 1);
    }
}

TEST_CASE("a node that gives no token when its old one is refused is given up") {
    pair_of_them* world = nullptr;
    pair_of_them w{[&](std::string_view) {
        world->other.token.clear();
        return 203;
    }};
    world = &w;
    outcome const o = w.put();
    CHECK(o.stored == 0);
    CHECK(w.other.searches.size() == 2);
    CHECK(w.other.stores.size() == 1);
}

namespace {

/// A network with a torrent, of which the closest node is known.
struct crowd : checked_world {
    test::network<> net{*this};
    sim::node_host<sim::node<>>* announcer = nullptr;
    sim::node_host<sim::node<>>* closest = nullptr;
    info_hash hash;

    explicit crowd(std::uint64_t seed) : checked_world{seed} {
        net.grow(60);
        run_for(minutes{2});
        hash = draw_hash();
        announcer = net.hosts.back();
        std::vector<sim::node_host<sim::node<>>*> others{net.hosts.begin(), net.hosts.end() - 1};
        closest = *std::min_element(others.begin(), others.end(), [&](auto* a, auto* b) {
            return closer<160>(a->inside().own_id(0), b->inside().own_id(0), hash);
        });
    }

    [[nodiscard]] std::size_t holders() {
        return static_cast<std::size_t>(std::count_if(net.hosts.begin(), net.hosts.end(),
                                                      [&](auto* h) { return stores(*h, hash); }));
    }
};

} // namespace

TEST_CASE("a search does not wait for who is late, and an announce is stored there all the same") {
    for (std::uint64_t seed = 300; seed < 305; ++seed) {
        INFO("seed " << seed);
        crowd w{seed};
        auto const late = w.install([&](sim::datagram const& d) {
            return d.from == w.closest->at() ? sim::deliver(seconds{2}) : sim::pass();
        });
        operation_id const id = w.announcer->announce(w.hash, {.port = 7'000});
        w.run_for(milliseconds{1'900});
        CHECK(w.holders() >= 8);
        CHECK_FALSE(stores(*w.closest, w.hash));
        outcome const o = w.finish(*w.announcer, id);
        CHECK(stores(*w.closest, w.hash));
        CHECK(o.stored == w.holders());
        CHECK(o.errors.empty());
    }
}

TEST_CASE("an announce waits for who may be late, but not for ever") {
    crowd w{310};
    w.closest->crash();
    outcome const o = w.finish(*w.announcer, w.announcer->announce(w.hash, {.port = 7'000}));
    CHECK(o.error == errc::ok);
    CHECK(o.stored >= 8);
    CHECK(o.took >= seconds{5}); // the least after which a question fails
    CHECK(o.took < seconds{6});
}
