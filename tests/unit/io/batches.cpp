#include <dht/io/batch_transport.hpp>

#include "../../catch.hpp"
#include "loop.hpp"
#include <map>
#include <set>

using namespace dht;
using namespace dht::test;
using io::udp_socket;

namespace {

using texts = std::vector<std::string>;

/// Receives until so many have come; how many system calls that took.
std::pair<texts, std::size_t> take(udp_socket& s, io::input_batch& in, std::size_t count) {
    texts all;
    std::size_t calls = 0;
    for (int patience = 0; patience < 1'000 && all.size() < count; ++patience) {
        auto const got = s.receive(in);
        if (got != udp_socket::input::datagram) continue;
        ++calls;
        for (auto const& d : in.datagrams())
            all.emplace_back(as_text(d.bytes));
    }
    return {all, calls};
}

struct pair_of_sockets {
    asio::io_context io;
    udp_socket one{io.get_executor(), {loopback, 0}};
    udp_socket two{io.get_executor(), {loopback, 0}};
};

texts numbered(std::size_t count) {
    texts all;
    for (std::size_t i = 0; i < count; ++i)
        all.push_back("datagram " + std::to_string(i));
    return all;
}

std::vector<transmit> all_to(endpoint const& to, texts const& what) {
    std::vector<transmit> batch;
    for (std::string const& text : what)
        batch.push_back({0, to, as_bytes(text)});
    return batch;
}

} // namespace

TEST_CASE("batches of any size arrive whole and in order") {
    pair_of_sockets p;
    io::input_batch in;
    for (std::size_t const count : {1u, 2u, 63u, 64u, 65u, 200u}) {
        texts const sent = numbered(count);
        CHECK(p.one.send(all_to(p.two.local(), sent)));
        auto const [came, calls] = take(p.two, in, count);
        CHECK(came == sent);
        CHECK(in.datagrams()[0].from == p.one.local());
    }
    CHECK(p.one.send(std::span<transmit const>{}));
    CHECK(p.two.receive(in) == udp_socket::input::none);
}

TEST_CASE("room for a batch grows with what comes, up to its limit") {
    pair_of_sockets p;
    io::input_batch in{16};
    CHECK(in.capacity() == 1);
    texts const sent = numbered(100);
    p.one.send(all_to(p.two.local(), sent));
    auto const [came, calls] = take(p.two, in, 100);
    CHECK(came == sent);
    CHECK(in.capacity() == 16);
#if defined(__linux__)
    CHECK(calls == 10); // 1, 2, 4, 8, and sixteen each
#endif
    CHECK(io::input_batch{0}.capacity() == 1);
}

TEST_CASE("room for a batch shrinks when it is not needed for a while, not when it often is") {
    pair_of_sockets p;
    io::input_batch in;
    auto const tell = [&](std::size_t count) {
        p.one.send(all_to(p.two.local(), numbered(count)));
        take(p.two, in, count);
    };
    tell(200);
    CHECK(in.capacity() == 64);
    for (int i = 0; i < 1'000; ++i)
        tell(i % 100 == 0 ? 20 : 1);
    CHECK(in.capacity() == 64);
    for (int i = 0; i < 1'000; ++i)
        tell(3);
    CHECK(in.capacity() == 8);
    for (int i = 0; i < 1'000; ++i)
        CHECK(p.two.receive(in) == udp_socket::input::none);
    CHECK(in.capacity() == 1);
}

TEST_CASE("of a datagram that is too long as much comes as tells so") {
    pair_of_sockets p;
    io::input_batch in;
    texts const sent{std::string(9'000, 'x'), "behind"};
    p.one.send(all_to(p.two.local(), sent));
    auto const [came, calls] = take(p.two, in, 2);
    REQUIRE(came.size() == 2);
    CHECK(came[0].size() == io::input_batch::datagram_bytes);
    CHECK(came[1] == "behind");
}

TEST_CASE("one that cannot be sent stops no other of its batch") {
    pair_of_sockets p;
    io::input_batch in;
    texts const sent{"first", std::string(70'000, 'x'), "second", "third"};
    std::vector<transmit> batch = all_to(p.two.local(), sent);
    batch[2].to = {address::v6({std::byte{0x20}, std::byte{1}}), 1}; // wrong family
    CHECK(p.one.send(batch));
    CHECK(take(p.two, in, 2).first == texts{"first", "third"});
}

TEST_CASE("the transport sends when it is told to, when it is full, and in order") {
    asio::io_context io;
    io::udp_sockets sockets;
    sockets.push_back(std::make_unique<udp_socket>(io.get_executor(), endpoint{loopback, 0}));
    sockets.push_back(nullptr);
    sockets.push_back(std::make_unique<udp_socket>(io.get_executor(), endpoint{loopback, 0}));
    udp_socket there{io.get_executor(), {loopback, 0}};
    io::input_batch in;
    io::batch_transport t{4};
    auto const put = [&](std::string_view text, via_index via = 0) {
        byte_span const room = t.reserve({via, there.local(), text.size() + 7, traffic::reply});
        if (room.size() < text.size()) return false;
        std::copy(as_bytes(text).begin(), as_bytes(text).end(), room.begin());
        t.commit(text.size());
        return true;
    };
    auto const came = [&](std::size_t count) { return take(there, in, count).first; };

    CHECK_FALSE(put("without sockets"));
    t.attach(&sockets);
    CHECK(put("a"));
    CHECK(put("b"));
    CHECK(there.receive(in) == udp_socket::input::none);
    t.flush();
    CHECK(came(2) == texts{"a", "b"});
    for (std::string_view const text : {"1", "2", "3", "4", "5"})
        CHECK(put(text));
    CHECK(came(4) == texts{"1", "2", "3", "4"}); // the fifth had no room beside them
    CHECK(put("elsewhere", 2));                  // another address of ours
    CHECK(came(1) == texts{"5"});
    t.flush();
    CHECK(came(1) == texts{"elsewhere"});
    CHECK(in.datagrams()[0].from == sockets[2]->local());
    CHECK_FALSE(put("no socket", 1));
    CHECK_FALSE(put("no such address", 9));

    t.reserve({0, there.local(), 10, traffic::reply}); // reserved and not committed: void
    t.flush();
    t.reserve({0, there.local(), 10, traffic::reply});
    t.commit(0);
    t.tidy({});
    CHECK(put("c"));
    t.attach(nullptr); // sends what waits
    CHECK(came(1) == texts{"c"});
    CHECK(there.receive(in) == udp_socket::input::none);
    CHECK_FALSE(put("without sockets"));
    t.flush();
}

#if defined(__linux__)

TEST_CASE("on a wildcard socket each answer of a batch leaves from the address that was asked") {
    asio::io_context io;
    udp_socket server{io.get_executor(), {address::v4(0U), 0}};
    std::vector<std::unique_ptr<udp_socket>> clients;
    for (unsigned n = 1; n < 20; ++n) {
        clients.push_back(
            std::make_unique<udp_socket>(io.get_executor(), endpoint{loopback_of(100 + n), 0}));
        clients.back()->send({loopback_of(n), server.local().port}, as_bytes("who are you?"));
    }
    io::input_batch in;
    std::size_t asked = 0;
    while (server.receive(in) == udp_socket::input::datagram) {
        std::vector<transmit> answers;
        for (auto const& d : in.datagrams())
            answers.push_back({0, d.from, as_bytes("me")});
        asked += answers.size();
        server.send(answers);
    }
    CHECK(asked == clients.size());
    for (unsigned n = 1; n < 20; ++n) {
        REQUIRE(clients[n - 1]->receive(in) == udp_socket::input::datagram);
        CHECK(in.datagrams()[0].from == endpoint{loopback_of(n), server.local().port});
    }
}

TEST_CASE("a socket tells how large its buffer is and what did not fit") {
    asio::io_context io;
    udp_socket small{io.get_executor(), {loopback, 0}, {8'192, false}};
    udp_socket large{io.get_executor(), {loopback, 0}};
    CHECK(small.receive_buffer_bytes() == 8'192);
    CHECK(large.receive_buffer_bytes() > 100'000);
    REQUIRE(small.dropped() == 0U);
    std::string const text(1'000, 'x');
    for (int i = 0; i < 100; ++i)
        large.send(small.local(), as_bytes(text));
    io::input_batch in;
    std::size_t came = 0;
    while (small.receive(in) == udp_socket::input::datagram)
        came += in.datagrams().size();
    CHECK(came < 100);
    CHECK(small.dropped() == 100 - came);
    CHECK(large.dropped() == 0U);
}

TEST_CASE("sockets that share a port share the askers, each of whom has one of them") {
    asio::io_context io;
    io::socket_options const shared{1 << 20, true};
    std::vector<std::unique_ptr<udp_socket>> servers;
    servers.push_back(
        std::make_unique<udp_socket>(io.get_executor(), endpoint{loopback, 0}, shared));
    endpoint const at = servers[0]->local();
    for (int i = 1; i < 4; ++i)
        servers.push_back(std::make_unique<udp_socket>(io.get_executor(), at, shared));
    CHECK_THROWS_AS((udp_socket{io.get_executor(), at}), std::system_error); // does not share
    std::map<endpoint, std::set<std::size_t>> served_by;
    for (unsigned n = 1; n < 100; ++n) {
        udp_socket client{io.get_executor(), {loopback_of(n), 0}};
        for (int i = 0; i < 3; ++i)
            client.send(at, as_bytes("hello"));
        io::input_batch in;
        for (std::size_t i = 0; i < servers.size(); ++i)
            while (servers[i]->receive(in) == udp_socket::input::datagram)
                served_by[in.datagrams()[0].from].insert(i);
    }
    CHECK(served_by.size() == 99);
    std::set<std::size_t> used;
    for (auto const& [client, by] : served_by) {
        CHECK(by.size() == 1);
        used.insert(by.begin(), by.end());
    }
    CHECK(used.size() == servers.size());
}

#endif
