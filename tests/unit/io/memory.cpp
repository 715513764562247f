#include "../../catch.hpp"
#include "../../counted_heap.hpp"
#include "../kad/samples.hpp"
#include "loop.hpp"

// Bytes of a node with all that drives it: policies and table, driver, loop, and the sockets as far
// as they are not the system's.

#if defined(__linux__) // where all of 127/8 is ours without further ado

using namespace dht;
using namespace dht::test;
using io::udp_socket;

namespace {

/// Room for 500 contacts, where the default has it for some 350.
settings wide_table() {
    settings s;
    s.buckets.shallow.fill(128);
    return s;
}

/// A node on a loop of its own, all from the heap.
struct embedded {
    asio::io_context io{1};
    dht::node<allow_local, io::batch_transport> node{wide_table()};
    io::asio_driver<decltype(node)> driver{io.get_executor(), node};

    explicit embedded(address const& at) { driver.open({at, 0}); }

    [[nodiscard]] endpoint at() const { return {loopback, driver.local(0).port}; }

    /// Time enough passes for everything to be tidied.
    void tidy() { node.receive(io::steady_now() + minutes{6}, 0, at(), as_bytes("x")); }
};

/// Somebody on an address of its own who answers whatever it is asked.
class neighbour_socket {
public:
    neighbour_socket(asio::io_context& io, unsigned n, node_id const& id)
        : socket_{io.get_executor(), {loopback_of(n + 2), 0}},
          id_{as_text(id.bytes)} {}

    [[nodiscard]] endpoint at() const { return socket_.local(); }

    bool answer() {
        std::array<std::byte, 1'500> room;
        endpoint from;
        std::size_t bytes = 0;
        if (socket_.receive(room, from, bytes) != udp_socket::input::datagram) return false;
        std::string_view const question = as_text(byte_view{room}.first(bytes));
        std::string const tid{question.substr(question.rfind("1:t6:"), 11)};
        return socket_.send(from, as_bytes("d1:rd2:id20:" + id_ + "e" + tid + "1:y1:re"));
    }

private:
    udp_socket socket_;
    std::string id_;
};

/// Everybody is pinged, and answers.
void befriend(embedded& us, unsigned contacts) {
    asio::io_context elsewhere;
    std::vector<std::unique_ptr<neighbour_socket>> all;
    seeded_random chance{1};
    for (unsigned n = 0; n < contacts; ++n) {
        auto const id = to_node_id(key_at_depth<160>(us.node.own_id(0), n % 4, chance));
        all.push_back(std::make_unique<neighbour_socket>(elsewhere, n, id));
        us.node.ping(io::steady_now(), all.back()->at());
        us.driver.kick();
        REQUIRE(run_until(us.io, [&] {
            for (auto const& one : all)
                one->answer();
            return us.node.good_contacts(0) == n + 1;
        }));
    }
}

/// Garbage, from another address.
struct nuisance {
    embedded& us;
    udp_socket socket{us.io.get_executor(), {loopback, 0}};
    std::vector<transmit> batch{};

    /// As much at once, and it is read.
    void send(std::size_t datagrams) {
        batch.assign(datagrams, {0, us.at(), as_bytes("garbage")});
        socket.send(batch);
        us.io.restart();
        us.io.poll();
    }
};

} // namespace

TEST_CASE("an idle node with 500 contacts takes at most 64 KiB, all told") {
    address const bound_at = GENERATE(address::v4(0U), loopback); // the wildcard, and another
    std::size_t const before = heap.bytes;
    auto const us = std::make_unique<embedded>(bound_at);
    CHECK(heap.bytes - before <= 12'288);
    befriend(*us, 500);
    us->tidy();
    CHECK(us->node.good_contacts(0) == 500);
    CHECK(heap.bytes - before <= 65'536);
}

TEST_CASE("what a flood took is given back in calm") {
    embedded us{address::v4(0U)};
    nuisance other{us};
    other.send(200);
    other.send(1);
    std::size_t const flooded = heap.bytes;
    for (int i = 0; i < 1'000; ++i)
        other.send(1);
    CHECK(heap.bytes + 60 * io::input_batch::datagram_bytes <= flooded);
}

TEST_CASE("a transport gives back what a burst took when it is tidied") {
    std::size_t const before = heap.bytes;
    asio::io_context io;
    io::udp_sockets sockets;
    sockets.push_back(std::make_unique<udp_socket>(io.get_executor(), endpoint{loopback, 0}));
    io::batch_transport t;
    t.attach(&sockets);
    std::size_t const idle = heap.bytes;
    for (int i = 0; i < 64; ++i) {
        REQUIRE_FALSE(t.reserve({0, {loopback, 9}, 1'400, traffic::reply}).empty());
        t.commit(1'400);
    }
    CHECK(heap.bytes >= idle + 64 * 1'400);
    t.tidy({});
    CHECK(heap.bytes >= idle + 64 * 1'400); // not yet sent
    t.flush();
    t.tidy({});
    CHECK(heap.bytes == idle);
    CHECK(idle > before);
}

TEST_CASE("in steady load nothing is taken from the heap") {
    embedded us{address::v4(0U)};
    nuisance other{us};
    for (std::size_t const usual : {1U, 5U, 40U}) {
        auto const load = [&] {
            for (std::size_t i = 0; i < 3'000; ++i)
                other.send(1 + i % usual);
        };
        load();
        std::size_t const before = heap.calls;
        load();
        CHECK(heap.calls == before);
    }
}

#endif
