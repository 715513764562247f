#include <dht/sim/standard_crowd.hpp>
#include <dht/sim/trails.hpp>

#include "../../catch.hpp"

// How many hops a lookup took, told by who only watched.

using namespace dht;

namespace {

key160 const wanted_key = [] {
    key160 k;
    k.bytes.fill(std::byte{'x'});
    return k;
}();

/// 'a' is far from what is wanted, 'b' half as far, and so on.
node_id villager(char name) {
    node_id id{wanted_key};
    id.bytes[0] ^= std::byte{0x40} >> (name - 'a');
    return id;
}

endpoint home_of(char name) {
    return sim::public_v4(static_cast<std::uint32_t>(name));
}

std::string text_of(std::size_t length, std::string_view bytes) {
    return std::to_string(length) + ":" + std::string{bytes};
}

/// A client by the book among scripted hosts, each of whom names always the same ones.
struct village {
    sim::world w{1, sim::link::fixed(milliseconds{10})};
    sim::trails watched;
    sim::standard_client& asker = w.add_host<sim::standard_client>(sim::public_v4(1));

    explicit village(std::string const& known) {
        w.attach(watched);
        sim::standard_table table{asker.id(), {}};
        sim::standard_table::bucket b;
        for (char const name : known)
            b.contacts.push_back({villager(name), sim::packed_endpoint{home_of(name)}, 0, true,
                                  sim::stamp_of(w.now())});
        table.append(b);
        asker.know(table);
    }

    sim::scripted_host& add(char name, std::string const& names, std::string const& more = "") {
        std::string nodes;
        for (char const other : names) {
            std::array<std::byte, 26> raw;
            compact::write_node(raw.data(), villager(other), home_of(other));
            nodes += as_text(raw);
        }
        std::string const answer = "d1:rd2:id20:" + std::string{as_text(villager(name).bytes)} +
                                   "5:nodes" + text_of(nodes.size(), nodes) + more + "e1:t";
        return w.add_script(home_of(name), [answer](sim::scripted_host& h, sim::datagram const& d) {
            krpc::message m;
            krpc::refusal why;
            REQUIRE(krpc::decode(d.bytes, m, why) == errc::ok);
            if (m.body.index() == 0)
                h.send(d.from,
                       as_bytes(answer + text_of(m.tid.size(), as_text(m.tid)) + "1:y1:re"));
        });
    }

    sim::trails::way look(bool for_peers = false) {
        auto const n = watched.begin(asker, wanted_key);
        auto const id =
            for_peers ? asker.find_peers(to_info_hash(wanted_key)) : asker.find_node(wanted_key);
        outcome const o = w.finish(asker, id);
        CHECK(o.finished);
        return watched.end(n);
    }
};

constexpr char const* a_peer = "6:valuesl6:abcdefe";

} // namespace

TEST_CASE("each answer that names the next one is a hop") {
    village v{"a"};
    v.add('a', "b");
    v.add('b', "c");
    v.add('c', "d");
    v.add('d', "a");
    CHECK(v.look().hops_to_closest == 4);
    CHECK(v.look().hops_to_value == 0);
}

TEST_CASE("of two chains the shorter one counts") {
    village v{"a"};
    v.add('a', "bc");
    v.add('b', "d");
    v.add('c', "bd");
    v.add('d', "");
    CHECK(v.look().hops_to_closest == 3);
}

TEST_CASE("an answer that comes too late has led nobody anywhere") {
    static constexpr sim::link far = sim::link::fixed(milliseconds{500});
    bool const slow = GENERATE(false, true);
    village v{"ab"};
    v.add('a', "c");
    v.add('b', "e").door = slow ? &far : nullptr;
    v.add('c', "e");
    v.add('e', "");
    CHECK(v.look().hops_to_closest == (slow ? 3 : 2));
}

TEST_CASE("whom the asker knew from the start is one hop away, whoever names him") {
    village v{"ad"};
    v.add('a', "b");
    v.add('b', "cd");
    v.add('c', "d");
    v.add('d', "e");
    v.add('e', "");
    CHECK(v.look().hops_to_closest == 2);
}

TEST_CASE("the way to a value ends where there is the first") {
    village v{"a"};
    v.add('a', "b");
    v.add('b', "c", std::string{"5:token1:t"} + a_peer);
    v.add('c', "d", std::string{"5:token1:t"} + a_peer);
    v.add('d', "");
    auto const way = v.look(true);
    CHECK(way.hops_to_value == 2);
    CHECK(way.hops_to_closest == 4);
}

TEST_CASE("silence is no hop, and what was not asked is no answer") {
    village v{"ab"};
    v.add('a', "c");
    v.add('c', "");
    CHECK(v.look().hops_to_closest == 2); // b is closer, but not there
    village silent{"a"};
    CHECK(silent.look().hops_to_closest == 0);

    village other{"a"};
    other.add('a', "b");
    other.add('b', "");
    auto const n = other.watched.begin(other.asker, villager('c')); // it looks for something else
    other.w.finish(other.asker, other.asker.find_node(wanted_key));
    CHECK(other.watched.end(n).hops_to_closest == 0);
}

TEST_CASE("lookups of who has stopped are forgotten, and others go on") {
    village v{"a"};
    v.add('a', "b");
    v.add('b', "");
    auto const first = v.watched.begin(v.asker, wanted_key);
    v.asker.find_node(wanted_key);
    v.w.run_for(seconds{5});
    v.asker.crash();
    v.asker.start();
    auto const second = v.watched.begin(v.asker, wanted_key);
    CHECK(v.watched.end(first).hops_to_closest == 0);
    CHECK(v.watched.end(second).hops_to_closest == 0);
    CHECK(v.watched.end(second + 1).hops_to_closest == 0);
}

TEST_CASE("in a crowd no lookup took more hops than its asker thinks, and most as many") {
    sim::world w{3, sim::standard};
    sim::trails watched;
    w.attach(watched);
    sim::settled_start how;
    how.dead_share = 0;
    sim::standard_crowd crowd{w, 400, 3, how};
    sim::dice chance{4};
    unsigned same = 0;
    std::uint32_t longest = 0;
    constexpr unsigned lookups = 60;
    for (unsigned i = 0; i < lookups; ++i) {
        key160 const key = sim::random_key(chance);
        auto& asker = crowd[i];
        bool const for_peers = i % 2 == 1;
        if (for_peers)
            for (auto const& m : crowd.closest_up(key, 8))
                crowd[m.who].keep(to_info_hash(key), sim::public_v4(9'999));
        auto const n = watched.begin(asker, key);
        auto const id = for_peers ? asker.find_peers(to_info_hash(key)) : asker.find_node(key);
        w.run_until([&] { return asker.result(id) != nullptr; }, minutes{5});
        REQUIRE(asker.result(id) != nullptr);
        std::uint32_t const told = asker.result(id)->hops;
        auto const way = watched.end(n);
        std::uint32_t const seen = for_peers ? way.hops_to_value : way.hops_to_closest;
        CHECK(seen >= 1);
        CHECK(seen <= told);
        same += seen == told ? 1U : 0U;
        longest = std::max(longest, seen);
    }
    CHECK(same > lookups * 8 / 10);
    CHECK(longest >= 3);
}
