#include "../../catch.hpp"
#include "loop.hpp"

using namespace dht;
using namespace dht::test;

namespace {

using queued = dht::node<allow_local>;
using pushed = dht::node<allow_local, io::batch_transport>;

} // namespace

TEMPLATE_TEST_CASE("nodes on real sockets join, announce and find, whatever their transport", "",
                   queued, pushed) {
    asio::io_context io;
    driven<TestType> first{io, loopback_of(1)};
    driven<TestType> second{io, loopback_of(2)};
    driven<TestType> third{io, loopback_of(3)};
    second.bootstrap(first.at());
    third.bootstrap(first.at());
    REQUIRE(run_until(
        io, [&] { return second.node.good_contacts(0) == 2 && third.node.good_contacts(0) == 2; }));

    std::vector<outcome> said;
    second.driver.on_outcome = [&](outcome&& o) { said.push_back(std::move(o)); };
    second.node.announce(io::steady_now(), torrent, {7'000, false, false});
    second.driver.kick();
    REQUIRE(run_until(io, [&] { return !said.empty() && said.back().finished; }));
    CHECK(said.back().error == errc::ok);
    CHECK(said.back().stored == 2);

    outcome found;
    third.driver.on_outcome = [&](outcome&& o) { found = std::move(o); };
    third.node.find_peers(io::steady_now(), torrent);
    third.driver.kick();
    REQUIRE(run_until(io, [&] { return found.finished; }));
    CHECK(found.peers == std::vector{endpoint{loopback_of(2), 7'000}});
}

TEST_CASE("a transport without its driver sends nothing, and with a new one goes on") {
    asio::io_context io;
    pushed node;
    driven<> other{io, loopback_of(2)};
    CHECK(node.template policy<slots::transport>()
              .reserve({0, other.at(), 100, traffic::lookup})
              .empty());
    {
        io::asio_driver first{io.get_executor(), node};
        first.open(endpoint{loopback_of(1), 0});
    }
    node.ping(io::steady_now(), other.at()); // as lost as any datagram
    io::asio_driver second{io.get_executor(), node};
    second.open(endpoint{loopback_of(3), 0});
    node.bootstrap(io::steady_now(), other.at());
    second.kick();
    CHECK(run_until(io, [&] { return node.good_contacts(1) == 1; }));
    CHECK(node.good_contacts(0) == 0);
    auto& transport = node.template policy<slots::transport>();
    CHECK(transport.reserve({0, other.at(), 100, traffic::lookup}).empty());
    CHECK_FALSE(transport.reserve({1, other.at(), 100, traffic::lookup}).empty());
    CHECK(transport.reserve({1, other.at(), 100'000, traffic::lookup}).empty());
}

TEST_CASE("a small outbox loses no answer to a batch of queries") {
    asio::io_context io;
    settings small;
    small.outbox_bytes_max = 4U * small.datagram_bytes_max; // the least there is
    dht::node<allow_local> node{small};
    io::asio_driver driver{io.get_executor(), node};
    driver.open(endpoint{loopback_of(1), 0});
    io::udp_socket asker{io.get_executor(), {loopback_of(2), 0}};
    std::string const query = "d1:ad2:id20:abcdefghij01234567896:target20:mnopqrstuvwxyz123456e"
                              "1:q9:find_node1:t2:aa1:y1:qe";
    std::vector<transmit> const queries(200, {0, driver.local(0), as_bytes(query)});
    asker.send(queries);
    io::input_batch in;
    std::size_t answered = 0;
    CHECK(run_until(io, [&] {
        while (asker.receive(in) == io::udp_socket::input::datagram)
            answered += in.datagrams().size();
        return answered == queries.size();
    }));
}

TEST_CASE("a driver that opens several addresses numbers them in order") {
    asio::io_context io;
    dht::node<allow_local> node;
    io::asio_driver driver{io.get_executor(), node};
    CHECK(driver.open(endpoint{loopback_of(1), 0}) == 0);
    CHECK(driver.open(endpoint{loopback_of(2), 0}) == 1);
    CHECK(driver.local(0) == node.local(0));
    CHECK(driver.local(1) == node.local(1));
    CHECK(node.own_id(0) != node.own_id(1));
    CHECK_THROWS_AS(driver.open(driver.local(0)), std::system_error);
    CHECK(node.addresses() == 2);
}

TEST_CASE("an outcome handler may destroy what it was called for") {
    asio::io_context io;
    silent_socket const nobody{io};
    auto d = std::make_unique<impatient>(io, loopback, soon);
    bool called = false;
    d->driver.on_outcome = [&](outcome&&) {
        called = true;
        asio::post(io, [&] { d.reset(); });
    };
    d->node.ping(io::steady_now(), nobody.at());
    d->driver.kick();
    REQUIRE(run_until(io, [&] { return d == nullptr; }));
    CHECK(called);
    io.restart();
    io.run_for(std::chrono::milliseconds{10}); // what was left in the loop touches nothing
}
