#include "composition.hpp"

#include "../catch.hpp"
#include "workbench.hpp"

// How policies come into a node: by type, in any order, through two doors.

//! [door]
template class dht::basic_node<my_policies>; // in one source file

//! [door]

dht::basic_node<my_policies> make_my_node(std::uint64_t seed) {
    return dht::basic_node<my_policies>{dht::settings{}, my_random{seed}};
}

using namespace bench;

namespace {

struct counter {
    using policy_slot = slots::observer;

    int base = 0;
    unsigned heard = 0;

    void on(event::query_received const&) noexcept { ++heard; }
};

struct second_counter : counter {};

/// A timeouts policy that listens as well: observers are not the only ones that may hear.
struct attentive : fixed_timeouts {
    unsigned heard = 0;

    void on(event::query_received const&) noexcept { ++heard; }
};

template <class T, class U>
constexpr bool same = std::is_same_v<T, U>;

} // namespace

TEST_CASE("constructor arguments find their slot by type, in any order") {
    node_id const id = to_node_id(key160::from(as_bytes(id_b)));
    workbench<counter, fixed_alpha, fixed_id, allow_local> b{allow_local{}, fixed_id{id},
                                                             counter{7}, fixed_alpha{2}};
    CHECK(b.node.own_id(0) == id);
    CHECK(b.node.policy<slots::concurrency>().alpha == 2);
    CHECK(b.node.template get<counter>().base == 7);
}

TEST_CASE("policies that are not given are default ones") {
    workbench<counter, fixed_alpha> b{fixed_alpha{9}};
    CHECK(b.node.policy<slots::concurrency>().alpha == 9);
    CHECK(b.node.template get<counter>().base == 0);
    CHECK(same<std::remove_reference_t<decltype(b.node.policy<slots::eviction>())>,
               ping_before_evict>);
}

TEST_CASE("the types of the arguments name the policies") {
    dht::node n{settings{}, fixed_alpha{5}, counter{3}};
    CHECK(same<decltype(n), dht::node<fixed_alpha, counter>>);
    CHECK(n.policy<slots::concurrency>().alpha == 5);
    CHECK(n.get<counter>().base == 3);
    dht::node plain{settings{}};
    CHECK(same<decltype(plain), dht::node<>>);
}

TEST_CASE("every observer hears, and so does any policy that wants to") {
    workbench<counter, second_counter, attentive> b;
    b.tell(query("ping"));
    b.tell(query("ping"));
    CHECK(b.node.template get<counter>().heard == 2);
    CHECK(b.node.template get<second_counter>().heard == 2);
    CHECK(b.node.policy<slots::timeouts>().heard == 2);
}

TEST_CASE("both doors lead to the same node: same seed, same bytes") {
    workbench<sha1_tokens> one{seed{5}};
    auto two = make_my_node(5);
    two.open(one.now, at(0x01020304));
    for (auto const& bytes : {query("ping"), query("get_peers", "9:info_hash20:" + id_b)})
        CHECK(one.tell(bytes).at(0).bytes == tell(two, one.now, one.other, bytes).at(0).bytes);
    CHECK(two.policy<slots::token_scheme>().rotated > 0);
}

TEST_CASE("an observer changes nothing that the node does") {
    workbench<> alone{seed{6}};
    workbench<counter> watched{seed{6}};
    auto const play = [](auto& b) {
        std::string trace;
        auto const note = [&](std::vector<sent> const& all) {
            for (sent const& s : all)
                trace += s.bytes;
        };
        b.node.bootstrap(b.now, b.other);
        note(b.pass(seconds{5}));
        note(b.tell(query("find_node", "6:target20:" + id_b)));
        b.befriend(b.other, id_a);
        b.node.find_peers(b.now, to_info_hash(key160::from(as_bytes(id_b))));
        note(drain(b.node));
        note(b.pass(seconds{60}));
        return trace;
    };
    std::string const trace = play(alone);
    CHECK(trace.size() > 500);
    CHECK(trace == play(watched));
    CHECK(watched.node.template get<counter>().heard == 1);
}

TEST_CASE("settings that can never work are refused in a sentence") {
    settings bad;
    bad.results = 0;
    CHECK_THROWS_WITH(dht::node<>{bad}, "settings: results must be 1..16");
}

TEST_CASE("a node moves with all it has") {
    workbench<counter> b{counter{4}};
    b.tell(query("ping"));
    node_id const id = b.node.own_id(0);
    auto moved = std::move(b.node);
    CHECK(moved.own_id(0) == id);
    CHECK(moved.template get<counter>().heard == 1);
    CHECK(tell(moved, b.now, b.other, query("ping")).size() == 1);
}
