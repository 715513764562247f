#include "../../catch.hpp"
#include "../../heap.hpp"
#include "bench.hpp"

// What strangers send takes nothing from the heap: neither what is answered nor what is refused.

using namespace bench;

namespace {

/// The datagrams of a busy minute, from many addresses.
struct traffic_of_strangers {
    std::vector<endpoint> from;
    std::vector<std::string> bytes;

    void add(std::uint32_t number, std::string text) {
        from.push_back(at(0x05000001U + number * 257U));
        bytes.push_back(std::move(text));
    }
};

/// How often the heap was asked while the node dealt with all of that.
template <class Node>
std::size_t heap_calls(Node& node, instant now, traffic_of_strangers const& t) {
    std::size_t const before = dht::test::heap.calls;
    for (std::size_t i = 0; i < t.bytes.size(); ++i) {
        node.receive(now, 0, t.from[i], as_bytes(t.bytes[i]));
        while (node.poll_transmit()) {
        }
    }
    return dht::test::heap.calls - before;
}

std::string query(std::string_view method, std::string const& arguments) {
    return "d1:ad2:id20:" + id_a + arguments + "e1:q" + std::to_string(method.size()) + ":" +
           std::string{method} + "2:roi1e1:t2:aa1:y1:qe";
}

} // namespace

TEST_CASE("answering takes nothing from the heap once the node is warm, refusing never") {
    instant const now{seconds{100}};
    dht::node<seeded_random> node{settings{}, seeded_random{1}};
    node.open(now, at(0x01020304));
    node.ping(now, at(0x15060708));
    for (sent const& q : drain(node))
        tell(node, now, q.to, "d1:rd2:id20:" + id_b + "e" + tid_of(q) + "1:y1:re");

    traffic_of_strangers answered;
    traffic_of_strangers refused;
    for (std::uint32_t i = 0; i < 200; ++i) {
        answered.add(i, query("ping", ""));
        answered.add(i, query("find_node", "6:target20:" + id_b));
        answered.add(i, query("get_peers", "9:info_hash20:" + id_b));
        refused.add(i, query("find_node", "6:target19:" + id_b.substr(1)));
        refused.add(i, query("announce_peer", "9:info_hash20:" + id_b + "4:porti1e5:token1:x"));
        refused.add(i, query("nothing", ""));
        refused.add(i, "d1:rd2:id20:" + id_a + "e1:t6:abcdef1:y1:re");
        refused.add(i, std::string(1 + i, 'l'));
        refused.add(i, "d1:ad2:id20:" + id_a.substr(0, i % 20));
    }
    heap_calls(node, now, answered);
    CHECK(heap_calls(node, now, answered) == 0);
    heap_calls(node, now, refused); // admission tracks their addresses already, but errors differ
    CHECK(heap_calls(node, now, refused) == 0);
}
