#include <dht/sim/address_plan.hpp>

#include "../../catch.hpp"
#include "../../heap.hpp"
#include "bench.hpp"
#include <algorithm>

// A lookup takes from the heap what it needs when it starts, and nothing from there to its outcome:
// neither the first one, right after the node has given back all that it could, nor later ones.

using namespace bench;

namespace {

/// Lookups of the node's own would take memory when they start.
struct no_refresh {
    using policy_slot = slots::refresh_strategy;

    template <class Rng>
    refresh_step next(routing_table const&, times, Rng&) const noexcept {
        return {{}, {}, never};
    }
};

struct end_bell {
    using policy_slot = slots::observer;
    std::size_t* rung;

    void on(event::operation_finished const&) const noexcept { ++*rung; }
};

struct manners {
    family speaks = family::ipv4;
    unsigned silent_percent = 0;
    std::uint32_t swarm = 60; ///< peers of any torrent
    std::uint32_t peers_told = 10;
};

ed25519_key_pair const town_owner = ed25519_key_pair::from_seed({std::byte{1}});

/// 400 nodes who know each other.
class town {
public:
    explicit town(manners const& m) : manners_{m} {
        seeded_random chance{5};
        for (std::uint32_t i = 0; i < 400; ++i) {
            endpoint const at = m.speaks == family::ipv4 ? sim::public_v4(i) : sim::public_v6(i);
            members_.push_back({bep42_id{}.generate(at.ip, chance), at});
        }
        for (std::int64_t const seq : {1, 2, 3})
            versions_.push_back(sign_item(town_owner, {}, seq, as_bytes("5:value")));
    }

    [[nodiscard]] std::vector<node_contact> const& members() const { return members_; }

    /// Empty: silence.
    std::string answer(endpoint const& to, byte_view question) {
        auto const self = std::find_if(members_.begin(), members_.end(),
                                       [&](node_contact const& n) { return n.at == to; });
        auto const number = static_cast<std::uint32_t>(self - members_.begin());
        krpc::message m;
        krpc::refusal why;
        if (number * 7 % 100 < manners_.silent_percent) return {};
        if (krpc::decode(question, m, why) != errc::ok) return {};
        if (refuses(m, number))
            return written([&](byte_span out) {
                return krpc::encode_error(out, m.tid, {}, {}, error_of(number), "no");
            });
        krpc::reply_parts parts;
        parts.tid = m.tid;
        parts.sender = self->id;
        parts.token = byte_view{self->id.bytes}.first(8);
        parts.requester = endpoint{members_[number % 16].at.ip, 6881}; // nobody wins
        auto const nodes = compact::packed(closest(std::get<krpc::query>(m.body)));
        (manners_.speaks == family::ipv4 ? parts.nodes : parts.nodes6) = byte_view{nodes};
        std::vector<endpoint> const peers = peers_of(m, number);
        parts.values = peers;
        item_view const version = versions_[number % versions_.size()].view();
        if (std::holds_alternative<krpc::get_item>(std::get<krpc::query>(m.body).args))
            parts.item = {version.v, version.k, version.sig, version.seq};
        return written([&](byte_span out) { return krpc::encode_reply(out, parts); });
    }

private:
    template <class Write>
    static std::string written(Write&& write) {
        std::array<std::byte, 1'472> out;
        std::size_t const bytes = write(byte_span{out});
        return std::string{as_text(byte_view{out}.first(bytes))};
    }

    /// To store.
    static bool refuses(krpc::message const& m, std::uint32_t number) {
        auto const& args = std::get<krpc::query>(m.body).args;
        bool const stores = std::holds_alternative<krpc::announce_peer>(args) ||
                            std::holds_alternative<krpc::put_item>(args);
        return stores && number % 4 == 0;
    }

    /// Some say that the token is old, and do so again.
    static krpc::error_code error_of(std::uint32_t number) {
        return number % 2 == 0 ? krpc::error_code::protocol
                               : static_cast<krpc::error_code>(400 + number);
    }

    static key160 target_of(krpc::query const& q) {
        if (auto const* const find = std::get_if<krpc::find_node>(&q.args)) return find->target;
        if (auto const* const get = std::get_if<krpc::get_peers>(&q.args)) return get->hash;
        if (auto const* const get = std::get_if<krpc::get_item>(&q.args)) return get->target;
        return {};
    }

    [[nodiscard]] std::vector<node_contact> closest(krpc::query const& q) const {
        std::vector<node_contact> found(8);
        std::partial_sort_copy(members_.begin(), members_.end(), found.begin(), found.end(),
                               [target = target_of(q)](auto const& a, auto const& b) {
                                   return closer<160>(a.id, b.id, target);
                               });
        return found;
    }

    [[nodiscard]] std::vector<endpoint> peers_of(krpc::message const& m,
                                                 std::uint32_t number) const {
        std::vector<endpoint> peers;
        auto const& args = std::get<krpc::query>(m.body).args;
        if (!std::holds_alternative<krpc::get_peers>(args)) return peers;
        for (std::uint32_t i = 0; i < manners_.peers_told; ++i) {
            std::uint32_t const peer = (number * manners_.peers_told + i) % manners_.swarm;
            peers.push_back({address::v4(0x17000001U + peer), 51'413});
            if (manners_.speaks == family::ipv6) peers.back() = sim::public_v6(10'000 + peer);
        }
        return peers;
    }

    manners manners_;
    std::vector<node_contact> members_; // in the order of their addresses
    std::vector<item> versions_;
};

class measured_client {
public:
    using node_type = dht::node<seeded_random, no_refresh, end_bell>;

    explicit measured_client(manners const& m = {}, settings const& s = {},
                             std::uint32_t addresses = 1)
        : around_{m},
          node{s, seeded_random{1}, end_bell{&ended}} {
        for (std::uint32_t i = 0; i < addresses; ++i)
            node.open(now, m.speaks == family::ipv4 ? sim::public_v4(1'000 + i)
                                                    : sim::public_v6(1'000 + i));
        for (std::size_t i = 0; i < 40; ++i)
            node.ping(now, around_.members()[i * 9].at);
        while (now < instant{minutes{16}}) { // joins, tidies
            exchange();
            while (node.poll_outcome()) {
            }
        }
        ended = heap_calls = 0;
    }

    /// Until so many operations have ended.
    void run(std::size_t operations) {
        while (ended < operations)
            exchange();
    }

    /// What came of one, all its news in one.
    outcome finish() {
        run(1);
        ended = 0;
        std::optional<outcome> o;
        counting([&] { o = node.poll_outcome(); });
        REQUIRE((o && o->finished));
        return std::move(*o);
    }

    /// Whatever is asked is answered within 40 ms. What waits is sent after each step.
    void exchange() {
        auto const before = std::exchange(mail_, {});
        now += milliseconds{40};
        for (letter const& l : before) {
            counting([&] { node.receive(now, l.via, l.from, as_bytes(l.bytes)); });
            collect();
        }
        counting([&] {
            if (auto const next = node.next_deadline(); next && next->at <= now) node.advance(now);
        });
        collect();
    }

    /// The answers to what the node asks.
    void collect() {
        std::optional<transmit> t;
        auto const poll = [&] { counting([&] { t = node.poll_transmit(); }); };
        for (poll(); t; poll())
            if (std::string const reply = around_.answer(t->to, t->bytes); !reply.empty())
                mail_.push_back({t->via, t->to, reply});
    }

    template <class F>
    void counting(F&& f) {
        std::size_t const before = dht::test::heap.calls;
        f();
        heap_calls += dht::test::heap.calls - before;
    }

private:
    struct letter {
        via_index via;
        endpoint from;
        std::string bytes;
    };

    town around_;
    std::vector<letter> mail_;

public:
    instant now{seconds{1}};
    std::size_t ended = 0;
    std::size_t heap_calls = 0; ///< while the node worked
    node_type node;
};

info_hash hash_of(unsigned number) {
    info_hash h;
    seeded_random{number + 100}.fill(h.bytes); // none that chance crowds: mirrors have lists
    return h;
}

std::vector<std::byte> const value = [] {
    std::vector<std::byte> v(1'000, std::byte{'x'});
    std::copy_n(as_bytes("996:").begin(), 4, v.begin());
    return v;
}();

struct kind_of_lookup {
    char const* name;
    void (*start)(measured_client&, unsigned number);
    bool (*worked)(outcome const&);
};

kind_of_lookup const kinds[] = {
    {"find_node", [](measured_client& c, unsigned i) { c.node.find_node(c.now, hash_of(i)); },
     [](outcome const& o) { return o.nodes.size() >= 8; }},
    {"find_peers", [](measured_client& c, unsigned i) { c.node.find_peers(c.now, hash_of(i)); },
     [](outcome const& o) { return o.peers.size() >= 20; }},
    {"scrape",
     [](measured_client& c, unsigned i) { c.node.find_peers(c.now, hash_of(i), {.scrape = true}); },
     [](outcome const& o) { return o.peers.size() >= 20; }},
    {"announce",
     [](measured_client& c, unsigned i) { c.node.announce(c.now, hash_of(i), {.port = 7'000}); },
     [](outcome const& o) { return o.stored > 0; }},
    {"get", [](measured_client& c, unsigned) { c.node.get(c.now, town_owner.public_key()); },
     [](outcome const& o) { return o.item && o.item->seq == 3; }},
    {"repair",
     [](measured_client& c, unsigned) {
         c.node.get(c.now, town_owner.public_key(), {}, {.repair = true});
     },
     [](outcome const& o) { return o.item && o.item->seq == 3 && o.stored > 0; }},
    {"put", [](measured_client& c, unsigned) { c.node.put(c.now, town_owner, {}, value); },
     [](outcome const& o) { return o.item && o.item->seq == 4 && o.stored > 0; }},
};

/// The first ten lookups of a node.
std::size_t calls_of_ten(measured_client& c, kind_of_lookup const& kind) {
    for (unsigned i = 0; i < 10; ++i) {
        kind.start(c, i);
        c.collect();
        outcome const o = c.finish();
        CAPTURE(i, o.nodes.size(), o.peers.size(), o.stored, o.errors.size(), o.error);
        CHECK(kind.worked(o));
    }
    return c.heap_calls;
}

} // namespace

TEST_CASE("a lookup takes nothing from the heap after its start") {
    for (kind_of_lookup const& kind : kinds) {
        CAPTURE(kind.name);
        for (unsigned const silent_percent : {0U, 40U}) {
            CAPTURE(silent_percent);
            measured_client v4{{family::ipv4, silent_percent}};
            CHECK(calls_of_ten(v4, kind) == 0);
            measured_client v6{{family::ipv6, silent_percent}};
            CHECK(calls_of_ten(v6, kind) == 0);
        }
        measured_client multi_homed{{}, {}, 3};
        CHECK(calls_of_ten(multi_homed, kind) == 0);
    }
}

TEST_CASE("a lookup that nobody answers any more takes nothing from the heap either") {
    settings s;
    s.operation_time_max = seconds{20};
    measured_client c{{}, s};
    c.node.find_peers(c.now, hash_of(1));
    while (c.node.poll_transmit()) {
    }
    c.run(1);
    CHECK(c.heap_calls == 0);
}

TEST_CASE("a hundred lookups at once take nothing from the heap after the last has started") {
    measured_client c;
    for (unsigned i = 0; i < 100; ++i) {
        kinds[i % 4].start(c, i);
        c.collect();
    }
    c.heap_calls = 0;
    c.run(100);
    std::size_t outcomes = 0;
    for (std::optional<outcome> o; outcomes < 100; outcomes += o->finished ? 1 : 0) {
        c.counting([&] { o = c.node.poll_outcome(); });
        REQUIRE(o);
    }
    CHECK(c.heap_calls == 0);
}

TEST_CASE("an outcome that is used again takes news without asking the heap") {
    measured_client c{{family::ipv4, 0, 100, 20}};
    outcome o;
    for (kind_of_lookup const& kind : {kinds[4], kinds[1]}) {
        o.peers.reserve(100);
        o.item.emplace().v.reserve(1'000);
        kind.start(c, 1);
        std::size_t news = 0;
        for (o.finished = false; !o.finished;) {
            c.exchange();
            c.counting([&] {
                while (c.node.poll_outcome(o))
                    ++news;
            });
        }
        CHECK(news >= 2);
        CHECK(kind.worked(o));
    }
    CHECK(c.heap_calls == 0);
}

TEST_CASE(
    "of more peers than it was prepared for an operation makes room as their number doubles") {
    settings s;
    s.peers_at_start = 16;
    manners const popular{family::ipv4, 0, 1'000, 60};
    measured_client c{popular, s};
    c.node.find_peers(c.now, hash_of(1));
    std::size_t const found = c.finish().peers.size();
    CHECK(found > 256);
    CHECK(c.heap_calls >= 1);
    CHECK(c.heap_calls <= 2 * 6); // the list and its index: 16, 32 ... 1 024

    settings none = s;
    none.operation_peers_max = 0;
    measured_client incurious{popular, none};
    incurious.node.find_peers(incurious.now, hash_of(1));
    CHECK(incurious.finish().peers.empty());

    s.peers_at_start = s.operation_peers_max;
    measured_client prepared{popular, s};
    prepared.node.find_peers(prepared.now, hash_of(1));
    CHECK(prepared.finish().peers.size() == found);
    CHECK(prepared.heap_calls == 0);
}
