#include <dht/secure/signed_messages.hpp>

#include "world.hpp"

// Nodes that sign their messages, among each other and among those that do not.

using namespace dht;
using namespace dht::test;

namespace {

using signing_node = sim::node<signed_messages>;
using signing_host = sim::node_host<signing_node, signed_messages>;

ed25519_key_pair key_of(std::uint32_t i) {
    ed25519_seed seed{};
    store_big_endian(seed.data(), i);
    return ed25519_key_pair::from_seed(seed);
}

/// Nodes that sign, behind the plain ones of a network.
std::vector<signing_host*> grow_signing(checked_world& w, endpoint const& known,
                                        std::uint32_t count, address_plan plan,
                                        signing_rules const& rules) {
    std::vector<signing_host*> all;
    for (std::uint32_t i = 0; i < count; ++i) {
        all.push_back(&w.add<signing_node>(plan(1'000 + i), {}, signed_messages{key_of(i), rules}));
        all.back()->bootstrap(all.size() > 1 && rules.demanded == signatures_demanded::always
                                  ? all.front()->addresses().front()
                                  : known);
        w.run_for(milliseconds{100});
    }
    return all;
}

/// Sees all datagrams, and what of them is signed.
struct postmark {
    unsigned unsigned_messages = 0;
    unsigned full = 0;
    unsigned in_session = 0;
    std::size_t bytes_max = 0;

    sim::rule rule() {
        return [this](sim::datagram const& d) {
            std::string_view const text = as_text(d.bytes);
            if (text.starts_with("d1:S20:"))
                ++in_session;
            else
                ++(text.starts_with("d1:S1") ? full : unsigned_messages);
            bytes_max = std::max(bytes_max, d.bytes.size());
            return sim::pass();
        };
    }
};

template <class Announcer, class Seeker>
bool finds(checked_world& w, Announcer& announcer, Seeker& seeker) {
    info_hash const hash = w.draw_hash();
    w.finish(announcer, announcer.announce(hash, {.port = 7'000}));
    outcome const o = w.finish(seeker, seeker.find_peers(hash, {}));
    return std::any_of(o.peers.begin(), o.peers.end(),
                       [](endpoint const& e) { return e.port == 7'000; });
}

} // namespace

TEST_CASE("nodes that sign and nodes that do not live in one network") {
    for (address_plan const plan : {only_v4, only_v6}) {
        checked_world w{61};
        postmark seen;
        network<> plain{w};
        plain.grow(20, plan);
        auto const signing = grow_signing(w, plain.hosts[0]->addresses()[0], 20, plan, {});
        w.run_for(minutes{2});
        auto const guard = w.install(seen.rule());
        for (unsigned i = 0; i < 5; ++i) {
            CHECK(finds(w, *plain.hosts[i], *signing[i]));
            CHECK(finds(w, *signing[i], *plain.hosts[i]));
            CHECK(finds(w, *signing[i], *signing[10 + i]));
        }
        CHECK(seen.in_session > seen.full); // among those that have met
        CHECK(seen.bytes_max <= 1'024);     // BEP 32, signature included
    }
}

TEST_CASE("where signatures are demanded of stores, others may ask and not store") {
    checked_world w{62};
    network<> plain{w};
    plain.grow(1);
    auto const signing = grow_signing(w, plain.hosts[0]->addresses()[0], 20, only_v4,
                                      {.demanded = signatures_demanded::on_stores});
    w.run_for(minutes{2});
    CHECK(finds(w, *signing[3], *plain.hosts[0]));
    info_hash const hash = w.draw_hash();
    w.finish(*plain.hosts[0], plain.hosts[0]->announce(hash, {.port = 7'000}));
    outcome const o = w.finish(*signing[4], signing[4]->find_peers(hash, {}));
    CHECK(o.peers.empty());
}

TEST_CASE("where signatures are demanded always, those who sign are among themselves") {
    checked_world w{63};
    network<> plain{w};
    plain.grow(10);
    auto const signing = grow_signing(w, plain.hosts[0]->addresses()[0], 20, only_v4,
                                      {.demanded = signatures_demanded::always});
    for (signing_host* h : signing) // who does not sign can be asked, but is not heard
        h->bootstrap(plain.hosts[0]->addresses()[0]);
    w.run_for(minutes{3});
    for (unsigned i = 0; i < 5; ++i)
        CHECK(finds(w, *signing[i], *signing[10 + i]));
    for (signing_host* h : signing) {
        CHECK(h->inside().good_contacts(0) >= 8);
        for (node_contact const& n : contacts_of(h->inside()))
            CHECK(std::none_of(plain.hosts.begin(), plain.hosts.end(),
                               [&](auto* p) { return p->addresses()[0] == n.at; }));
    }
    CHECK_FALSE(finds(w, *plain.hosts[1], *signing[1]));
}
