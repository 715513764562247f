#include <dht/sim/standard_crowd.hpp>

#include "../../catch.hpp"

// The standard client in conversation with strangers, and in networks of its own kind.

using namespace dht;
using sim::standard_client;
using sim::standard_table;

namespace {

/// Says what a test wants, and keeps what it hears.
class stranger {
public:
    struct letter {
        endpoint from;
        std::vector<std::byte> bytes;
        krpc::message message{};
    };

    node_id id;
    bool answers = true;
    std::deque<letter> heard{};

    stranger(sim::world& w, endpoint const& at, key160 const& own)
        : id{own},
          host_{w.add_script(at, [this](auto&, sim::datagram const& d) { hear(d); })} {}

    stranger(stranger const&) = delete;

    [[nodiscard]] endpoint const& at() const { return host_.at(); }

    void send(endpoint const& to, byte_view bytes) { host_.send(to, bytes); }

    template <class Arguments>
    void ask(endpoint const& to, Arguments const& args) {
        ask(to, args, krpc::method_name<Arguments>);
    }

    template <class Arguments>
    void ask(endpoint const& to, Arguments const& args, std::string_view method) {
        std::array<std::byte, 512> buffer;
        send(to, byte_view{buffer}.first(
                     krpc::encode_query(buffer, {as_bytes("aa"), {}, id}, method, args)));
    }

    void answer(endpoint const& to, byte_view tid) {
        std::array<std::byte, 512> buffer;
        krpc::reply_parts parts;
        parts.tid = tid;
        parts.sender = id;
        send(to, byte_view{buffer}.first(krpc::encode_reply(buffer, parts)));
    }

    /// The last reply or error that came.
    [[nodiscard]] krpc::reply const& reply() const { return last<krpc::reply>(); }

    [[nodiscard]] std::int32_t error() const { return last<krpc::error>().code; }

    /// The queries of that kind that came.
    template <class Arguments>
    [[nodiscard]] std::vector<Arguments> asked() const {
        std::vector<Arguments> found;
        for (letter const& l : heard)
            if (auto const* const q = std::get_if<krpc::query>(&l.message.body))
                if (auto const* const a = std::get_if<Arguments>(&q->args)) found.push_back(*a);
        return found;
    }

private:
    template <class Body>
    [[nodiscard]] Body const& last() const {
        for (auto l = heard.rbegin(); l != heard.rend(); ++l)
            if (auto const* const body = std::get_if<Body>(&l->message.body)) return *body;
        FAIL("nothing of that kind has come");
        throw 0;
    }

    void hear(sim::datagram const& d) {
        heard.push_back({d.from, {d.bytes.begin(), d.bytes.end()}});
        letter& l = heard.back();
        krpc::refusal why;
        REQUIRE(krpc::decode(l.bytes, l.message, why) == errc::ok);
        if (answers && std::holds_alternative<krpc::query>(l.message.body))
            answer(l.from, l.message.tid);
    }

    sim::scripted_host& host_;
};

/// One client, and whoever talks with it.
struct conversation {
    sim::world w{1, sim::link::fixed(milliseconds{50})};
    standard_client& client = w.add_host<standard_client>(sim::public_v4(0));
    std::deque<stranger> strangers{};
    sim::dice chance{4};

    /// Somebody whose id shares exactly that many bits with the client's.
    stranger& stranger_sharing(unsigned bits) {
        key160 id = with_prefix<160>(client.id(), bits, sim::random_key(chance));
        id.set_bit(bits, !client.id().bit(bits));
        auto const place = static_cast<std::uint32_t>(strangers.size() + 1);
        return strangers.emplace_back(w, sim::public_v4(place), id);
    }

    /// Asks the client and is asked back.
    stranger& met(unsigned bits) {
        stranger& s = stranger_sharing(bits);
        s.ask(client.at(), krpc::ping{});
        w.run_for(seconds{1});
        return s;
    }

    [[nodiscard]] bool knows(stranger const& s) const {
        return client.table().find(s.id) != nullptr;
    }

    ~conversation() { CHECK(w.complaints().empty()); }
};

info_hash hash_of(std::uint64_t number) {
    sim::dice chance{number};
    return to_info_hash(sim::random_key(chance));
}

sim::standard_contact met_at(key160 const& id, std::uint32_t place) {
    return {id, sim::packed_endpoint{sim::public_v4(place)}};
}

} // namespace

// -- the table

TEST_CASE("only the bucket that we are in ourselves splits") {
    standard_table table{key160{}, {}};
    sim::dice chance{1};
    std::vector<key160> ids;
    for (std::uint32_t i = 0; i < 2'000; ++i) {
        ids.push_back(sim::random_key(chance));
        table.heard(met_at(ids.back(), i), standard_table::word::reply, 1);
    }
    std::size_t const buckets = table.buckets().size();
    CHECK(buckets >= 8);
    CHECK(buckets <= 11);
    for (std::size_t i = 0; i < buckets; ++i) {
        auto const& contacts = table.buckets()[i].contacts;
        if (i < 6) CHECK(contacts.size() == 8); // of 16 and more
        for (auto const& c : contacts)
            CHECK(std::min<std::size_t>(common_prefix_length(key160{}, c.id), buckets - 1) == i);
    }
    std::sort(ids.begin(), ids.end());
    for (std::size_t i = 0; i < 4; ++i) // our neighbours are all there
        CHECK(table.find(ids[i]) != nullptr);
}

TEST_CASE("the closest contacts are those that whoever compares all finds") {
    standard_table table{key160{}, {}};
    sim::dice chance{2};
    for (std::uint32_t i = 0; i < 300; ++i)
        table.heard(met_at(sim::random_key(chance), i),
                    i % 5 == 0 ? standard_table::word::query : standard_table::word::reply, 1);
    std::vector<key160> known;
    for (auto const& b : table.buckets())
        for (auto const& c : b.contacts)
            if (c.replied) known.push_back(c.id);
    for (unsigned i = 0; i < 200; ++i) {
        key160 const target = with_prefix(key160{}, i % 12, sim::random_key(chance));
        std::sort(known.begin(), known.end(),
                  [&](key160 const& a, key160 const& b) { return closer(a, b, target); });
        auto const found = table.closest(target);
        REQUIRE(found.size() == 8);
        for (std::size_t n = 0; n < 8; ++n)
            CHECK(found[n].id == known[n]);
    }
}

TEST_CASE("contacts are good for 15 minutes, and bad when two questions in a row failed") {
    standard_table table{key160{}, {}};
    sim::dice chance{3};
    auto const c = met_at(sim::random_key(chance), 1);
    table.heard(c, standard_table::word::query, 10);
    CHECK_FALSE(table.good(*table.find(c.id), 10)); // never replied
    table.heard(c, standard_table::word::reply, 20);
    CHECK(table.good(*table.find(c.id), 20 + 900));
    CHECK_FALSE(table.good(*table.find(c.id), 20 + 901));
    table.heard(c, standard_table::word::query, 30);
    CHECK(table.good(*table.find(c.id), 30 + 900));
    table.failed(c.id, c.at);
    CHECK_FALSE(table.good(*table.find(c.id), 40));
    CHECK_FALSE(table.bad(*table.find(c.id)));
    CHECK(table.closest(c.id).size() == 1);
    table.heard(c, standard_table::word::reply, 50);
    table.failed(c.id, c.at);
    CHECK_FALSE(table.bad(*table.find(c.id))); // not in a row
    table.failed(c.id, met_at(c.id, 2).at);
    CHECK_FALSE(table.bad(*table.find(c.id))); // another address
    table.failed(c.id, c.at);
    CHECK(table.bad(*table.find(c.id)));
    CHECK(table.closest(c.id).empty());
}

TEST_CASE(
    "before a newcomer is turned away, the questionable are asked, the longest unheard first") {
    standard_table table{key160{}, {}};
    sim::dice chance{4};
    auto const far_id = [&] {
        key160 id = sim::random_key(chance);
        id.set_bit(0, true);
        return id;
    };
    std::vector<sim::standard_contact> contacts;
    for (std::uint32_t i = 0; i < 8; ++i) {
        contacts.push_back(met_at(far_id(), i));
        table.heard(contacts[i], standard_table::word::reply, 100 - static_cast<int>(i));
    }
    table.heard(met_at(key160{}, 8), standard_table::word::reply, 100); // ourselves: nobody
    CHECK(table.size() == 8);
    auto near_id = far_id();
    near_id.set_bit(0, false);
    CHECK(table.heard(met_at(near_id, 9), standard_table::word::query, 100) ==
          standard_table::entry::added);
    auto const newcomer = met_at(far_id(), 10);
    CHECK(table.heard(newcomer, standard_table::word::reply, 100) == standard_table::entry::full);
    CHECK(table.to_ping(newcomer.id, 100) == nullptr);
    for (std::size_t i = 8; i-- > 0;) {
        CHECK(table.to_ping(newcomer.id, 1'200)->id == contacts[i].id);
        table.heard(contacts[i], standard_table::word::reply, 1'200);
    }
    CHECK(table.to_ping(newcomer.id, 1'200) == nullptr);
    table.failed(contacts[3].id, contacts[3].at);
    CHECK(table.to_ping(newcomer.id, 1'200)->id == contacts[3].id);
    table.failed(contacts[3].id, contacts[3].at);
    CHECK(table.heard(newcomer, standard_table::word::reply, 1'200) ==
          standard_table::entry::added);
    CHECK(table.find(contacts[3].id) == nullptr);
}

// -- conversations

TEST_CASE("a standard client answers the queries of BEP 5, and others with errors") {
    conversation c;
    stranger& s = c.met(0);
    CHECK(s.reply().sender == c.client.id());
    for (unsigned i = 0; i < 20; ++i)
        c.met(i / 5);
    s.ask(c.client.at(), krpc::find_node{c.client.id()});
    c.w.run_for(seconds{1});
    CHECK(s.reply().nodes.size() == 8 * 26);
    s.ask(c.client.at(), krpc::sample_infohashes{});
    c.w.run_for(seconds{1});
    CHECK(s.error() == 204);
    s.ask(c.client.at(), krpc::other{}, "vote");
    c.w.run_for(seconds{1});
    CHECK(s.error() == 204);
    s.send(c.client.at(), as_bytes("d1:ad2:id5:shorte1:q4:ping1:t2:aa1:y1:qe"));
    c.w.run_for(seconds{1});
    CHECK(s.error() == 203);
    std::size_t const letters = s.heard.size();
    for (std::string_view const garbage : {"", "d", "x", "d1:t2:aa1:y1:re", "de"})
        s.send(c.client.at(), as_bytes(garbage));
    c.w.run_for(seconds{1});
    CHECK(s.heard.size() == letters);
}

TEST_CASE("announces need a token that was given to the same address in the last minutes") {
    conversation c;
    stranger& s = c.met(0);
    stranger& thief = c.met(1);
    info_hash const hash = hash_of(1);
    s.ask(c.client.at(), krpc::get_peers{hash});
    c.w.run_for(seconds{1});
    CHECK(s.reply().values.empty());
    CHECK(s.reply().nodes.size() == 2 * 26);
    std::vector<std::byte> const token{s.reply().token.begin(), s.reply().token.end()};
    krpc::announce_peer const announce{hash, token, 7'000};
    thief.ask(c.client.at(), announce);
    c.w.run_for(seconds{1});
    CHECK(thief.error() == 203);
    CHECK(c.client.store().size() == 0);
    c.w.run_for(minutes{5});
    s.ask(c.client.at(), announce);
    c.w.run_for(seconds{1});
    REQUIRE(c.client.store().size() == 1);
    thief.ask(c.client.at(), krpc::get_peers{hash});
    c.w.run_for(seconds{1});
    compact::peer_reader peers{thief.reply().values, family::ipv4};
    CHECK(peers.next() == endpoint{s.at().ip, 7'000});
    CHECK_FALSE(peers.next());
    c.w.run_for(minutes{5});
    s.ask(c.client.at(), announce);
    c.w.run_for(seconds{1});
    CHECK(s.error() == 203); // the secret has changed twice
}

TEST_CASE("peers are kept for half an hour, and no more than the limit") {
    sim::standard_parameters p;
    p.peers_max = 10;
    sim::standard_store store{p};
    instant const start{minutes{1}};
    for (std::uint32_t i = 0; i < 12; ++i)
        store.add(hash_of(1), sim::public_v4(i), start);
    store.add(hash_of(1), sim::public_v4(11), start);
    CHECK(store.size() == 10);
    CHECK(store.of(hash_of(1), start + minutes{30}).size() == 10);
    CHECK(store.of(hash_of(2), start).empty());
    CHECK(store.of(hash_of(1), start + minutes{30} + seconds{1}).empty());
    store.add(hash_of(2), sim::public_v4(1), start + minutes{31});
    CHECK(store.size() == 1);
}

TEST_CASE("an answer counts from the address that was asked, and with the number that was given") {
    conversation c;
    stranger& s = c.met(0);
    stranger& forger = c.stranger_sharing(3);
    s.answers = false;
    operation_id const id = c.client.find_node(forger.id);
    c.w.run_for(milliseconds{100});
    REQUIRE(s.asked<krpc::find_node>().size() == 1);
    auto const tid = s.heard.back().message.tid;
    std::vector<std::byte> wrong{tid.begin(), tid.end()};
    wrong[1] ^= std::byte{1};
    s.answer(c.client.at(), wrong);
    forger.answer(c.client.at(), tid);
    c.w.run_for(milliseconds{100});
    CHECK(c.client.result(id) == nullptr);
    CHECK_FALSE(c.knows(forger));
    SECTION("the right one") {
        s.answer(c.client.at(), tid);
        c.w.run_for(milliseconds{100});
        REQUIRE(c.client.result(id) != nullptr);
        CHECK(c.client.result(id)->replied == 1);
        CHECK(c.client.result(id)->took == milliseconds{250});
    }
    SECTION("none") {
        c.w.run_for(seconds{2});
        REQUIRE(c.client.result(id) != nullptr);
        CHECK(c.client.result(id)->timeouts == 1);
        CHECK(c.client.result(id)->took == seconds{2});
        s.answer(c.client.at(), tid); // too late
        c.w.run_for(seconds{1});
        CHECK(c.client.table().find(s.id)->failures == 1);
    }
}

TEST_CASE("three questions are under way, and a silent contact keeps its place for two seconds") {
    conversation c;
    for (unsigned i = 0; i < 8; ++i)
        c.met(i % 2).answers = false;
    c.w.run_for(seconds{5});
    auto const asked = [&] {
        std::size_t sum = 0;
        for (stranger const& s : c.strangers)
            sum += s.asked<krpc::find_node>().size();
        return sum;
    };
    operation_id const id = c.client.find_node(hash_of(1));
    c.w.run_for(milliseconds{1'990});
    CHECK(asked() == 3);
    c.w.run_for(milliseconds{2'000});
    CHECK(asked() == 6);
    c.w.run_for(milliseconds{2'500});
    REQUIRE(c.client.result(id) != nullptr);
    CHECK(c.client.result(id)->timeouts == 8);
    CHECK(c.client.result(id)->took == seconds{6});
}

TEST_CASE("a newcomer gets the place of who fails twice, never of who answers") {
    conversation c;
    for (unsigned i = 0; i < 8; ++i)
        c.met(0);
    c.met(1); // splits the bucket
    stranger& oldest = c.strangers[0];
    SECTION("all are good: nobody is asked") {
        stranger& newcomer = c.met(0);
        CHECK_FALSE(c.knows(newcomer));
        CHECK(oldest.asked<krpc::ping>().size() == 1);
    }
    SECTION("one did not answer, but does again") {
        oldest.answers = false;
        c.client.find_node(oldest.id);
        c.w.run_for(seconds{5});
        oldest.answers = true;
        CHECK_FALSE(c.knows(c.met(0)));
        CHECK(oldest.asked<krpc::ping>().size() == 2);
        CHECK(c.client.table().find(oldest.id)->failures == 0);
    }
    SECTION("one is gone") {
        oldest.answers = false;
        c.client.find_node(oldest.id);
        c.w.run_for(seconds{5});
        CHECK(c.client.table().find(oldest.id)->failures == 1);
        std::size_t const before = oldest.asked<krpc::ping>().size();
        stranger& newcomer = c.met(0);
        CHECK_FALSE(c.knows(newcomer));
        c.w.run_for(seconds{10});
        REQUIRE(c.knows(newcomer));
        CHECK_FALSE(c.knows(oldest));
        CHECK(oldest.asked<krpc::ping>().size() > before);
        CHECK(c.client.table().find(newcomer.id)->replied); // was asked, in turn
    }
}

TEST_CASE("a bucket that did not change for 15 minutes is refreshed") {
    conversation c;
    stranger& far = c.met(0);
    for (unsigned i = 1; i < 9; ++i)
        c.met(i);
    REQUIRE(c.client.table().buckets().size() == 2);
    c.w.run_for(minutes{14} + seconds{45});
    CHECK(far.asked<krpc::find_node>().empty());
    c.w.run_for(seconds{20});
    auto const asked = far.asked<krpc::find_node>();
    REQUIRE_FALSE(asked.empty());
    unsigned far_targets = 0;
    for (auto const& q : asked)
        far_targets += common_prefix_length<160>(q.target, c.client.id()) == 0 ? 1U : 0U;
    CHECK(far_targets == 1);
    c.w.run_for(minutes{60}); // whoever answers changes its bucket: no more than once in 15 minutes
    CHECK(far.asked<krpc::find_node>().size() <= 2 * 5);
}

TEST_CASE("nobody knows whose router is silent: it is asked again") {
    conversation c;
    stranger& router = c.stranger_sharing(0);
    router.answers = false;
    c.client.bootstrap(router.at());
    c.w.run_for(seconds{95});
    CHECK(router.asked<krpc::find_node>().size() == 4);
    router.answers = true;
    c.w.run_for(seconds{30});
    CHECK(c.knows(router));
}

// -- networks

TEST_CASE("sixty clients that join find each other, and what one of them announced") {
    sim::world w{5};
    std::vector<standard_client*> clients;
    std::vector<sim::population::member> members;
    for (std::uint32_t i = 0; i < 60; ++i) {
        clients.push_back(&w.add_host<standard_client>(sim::public_v4(i)));
        members.push_back({clients.back()->id(), i});
        if (i > 0) clients.back()->bootstrap(clients.front()->at());
        w.run_for(seconds{5});
    }
    sim::population const all{members};
    for (std::uint32_t i = 0; i < 20; ++i) {
        info_hash const hash = hash_of(i);
        standard_client& by = *clients[3 * i];
        outcome const found = w.finish(by, by.find_node(hash));
        auto expected = all.true_closest(hash, 9);
        std::erase_if(expected, [&](auto const& m) { return m.id == by.id(); });
        for (std::size_t n = 0; n < 8; ++n)
            CHECK(found.nodes[n].id == expected[n].id);
        CHECK(w.finish(by, by.announce(hash, {.port = 7'000})).stored == 8);
        standard_client& other = *clients[2 * i + 1];
        CHECK(w.finish(other, other.find_peers(hash)).peers ==
              std::vector{endpoint{by.at().ip, 7'000}});
    }
    CHECK(w.complaints().empty());
}

TEST_CASE("of a client that crashes nothing is left but its id") {
    conversation c;
    c.met(0);
    c.client.find_node(hash_of(1));
    node_id const id = c.client.id();
    c.client.crash();
    c.w.run_for(minutes{1});
    c.client.start();
    CHECK(c.client.id() == id);
    CHECK(c.client.table().size() == 0);
    c.w.run_for(minutes{1});
}

namespace {

double dead_share(sim::standard_crowd const& crowd) {
    double dead = 0;
    double contacts = 0;
    for (std::uint32_t who = 0; who < crowd.size(); ++who)
        for (auto const& b : crowd[who].table().buckets())
            for (auto const& c : b.contacts) {
                dead += crowd.is_up(crowd.all().find(c.id)->who) ? 0 : 1;
                ++contacts;
            }
    return dead / contacts;
}

struct figures {
    double recall = 0;
    double timeouts = 0;
    std::uint64_t trace = 0;
};

figures look_up(double share) {
    sim::world w{3};
    sim::standard_crowd crowd{w, 2'000, 7, {share}};
    CHECK(dead_share(crowd) == Approx(share).margin(0.03));
    figures f;
    std::vector<operation_id> lookups;
    for (std::uint32_t i = 0; i < 100; ++i)
        lookups.push_back(crowd[17 * i].find_peers(hash_of(i)));
    w.run_for(seconds{25});
    for (std::uint32_t i = 0; i < 100; ++i) {
        info_hash const hash = hash_of(i);
        REQUIRE(crowd[17 * i].result(lookups[i]) != nullptr);
        sim::standard_outcome const& o = *crowd[17 * i].result(lookups[i]);
        auto const expected = crowd.closest_up(hash, 8);
        for (auto const& m : expected)
            f.recall += std::any_of(o.nodes.begin(), o.nodes.end(),
                                    [&](auto const& n) { return n.id == m.id; })
                            ? 1.0 / 800
                            : 0;
        f.timeouts += o.timeouts / 100.0;
    }
    CHECK(w.complaints().empty());
    f.trace = w.trace();
    return f;
}

} // namespace

TEST_CASE("lookups in a settled crowd find the closest; the dead among the contacts cost time") {
    figures const alive = look_up(0);
    CHECK(alive.recall > 0.97);
    CHECK(alive.timeouts == 0);
    figures const usual = look_up(0.2);
    CHECK(usual.recall > 0.9);
    CHECK(usual.timeouts > 1.5);
    CHECK(usual.timeouts < 6);
    CHECK(look_up(0.2).trace == usual.trace);
}

TEST_CASE("upkeep finds the dead, until the crowd is settled again") {
    sim::world w{3};
    sim::standard_crowd crowd{w, 300, 7, {0.4}};
    CHECK(dead_share(crowd) == Approx(0.4).margin(0.05));
    w.run_for(minutes{16});
    CHECK(dead_share(crowd) < 0.3);
    crowd.settle();
    CHECK(dead_share(crowd) == Approx(0.4).margin(0.05));
    w.run_for(minutes{1});
    CHECK(w.complaints().empty());
}

TEST_CASE("of a settled client are buckets as full as joins would have made them") {
    sim::world w{3};
    sim::standard_crowd crowd{w, 3'000, 7, {0}};
    for (std::uint32_t who = 0; who < 50; ++who) {
        auto const& buckets = crowd[who].table().buckets();
        for (std::size_t i = 0; i + 1 < buckets.size(); ++i) {
            key160 other = crowd[who].id();
            other.flip_bit(i);
            std::size_t const members =
                crowd.all().subtree(other, static_cast<unsigned>(i) + 1).size();
            CHECK(buckets[i].contacts.size() == std::min<std::size_t>(8, members));
        }
        CHECK(crowd[who].table().find(crowd[who].id()) == nullptr);
        auto const next = crowd.all().true_closest(crowd[who].id(), 2)[1];
        CHECK(crowd[who].table().find(next.id) != nullptr);
    }
}

TEST_CASE("a settled client fits a world of a million") {
    static_assert(sizeof(sim::standard_contact) == 32);
    constexpr std::size_t buckets = 20; // of 1 250 000, with some luck
    constexpr std::size_t address = 32;
    CHECK(sizeof(standard_client) + address + buckets * sizeof(standard_table::bucket) <= 6'144);
}
