#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/strand.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include "../../catch.hpp"
#include "loop.hpp"
#include <thread>

#if __has_include(<asio/as_tuple.hpp>)
#    include <asio/as_tuple.hpp>
using asio::as_tuple;
#else // before Asio 1.24
#    include <asio/experimental/as_tuple.hpp>
using asio::experimental::as_tuple;
#endif

using namespace dht;
using namespace dht::test;

namespace {

struct pair_of_nodes {
    asio::io_context io;
    driven<> one{io, loopback_of(1)};
    driven<> two{io, loopback_of(2)};
    silent_socket nobody{io};

    pair_of_nodes() {
        one.bootstrap(two.at());
        REQUIRE(run_until(io, [&] { return one.node.good_contacts(0) == 1; }));
    }
};

/// What a callback was called with.
struct answer {
    int calls = 0;
    std::error_code error;
    outcome said;

    auto callback() {
        return [this](std::error_code e, outcome o) {
            ++calls;
            error = e;
            said = std::move(o);
        };
    }
};

asio::awaitable<void> announce_and_find(driven<>& who, std::vector<endpoint>& found) {
    outcome const announced = co_await io::async_announce(
        who.driver, torrent, {7'000, false, false}, asio::use_awaitable);
    CHECK(announced.stored == 1);
    outcome const o = co_await io::async_find_peers(who.driver, torrent, {}, asio::use_awaitable);
    found = o.peers;
}

} // namespace

TEST_CASE("a callback gets the outcome once, and never from inside the call") {
    pair_of_nodes p;
    answer a;
    io::async_ping(p.one.driver, p.two.at(), a.callback());
    CHECK(a.calls == 0);
    REQUIRE(run_until(p.io, [&] { return a.calls > 0; }));
    CHECK_FALSE(a.error);
    REQUIRE(a.said.nodes.size() == 1);
    CHECK(a.said.nodes[0] == node_contact{p.two.node.own_id(0), p.two.at()});
    p.io.restart();
    p.io.poll();
    CHECK(a.calls == 1);
}

TEST_CASE("find_node finds the other one") {
    pair_of_nodes p;
    answer a;
    io::async_find_node(p.one.driver, p.two.node.own_id(0), a.callback());
    REQUIRE(run_until(p.io, [&] { return a.calls > 0; }));
    REQUIRE(a.said.nodes.size() == 1);
    CHECK(a.said.nodes[0].at == p.two.at());
}

TEST_CASE("a coroutine announces and finds") {
    pair_of_nodes p;
    std::vector<endpoint> found;
    bool done = false;
    asio::co_spawn(p.io, announce_and_find(p.one, found), [&](std::exception_ptr e) {
        done = true;
        CHECK(e == nullptr);
    });
    REQUIRE(run_until(p.io, [&] { return done; }));
    CHECK(found == std::vector{endpoint{loopback_of(1), 7'000}});
}

TEST_CASE("an immutable item is put and got") {
    pair_of_nodes p;
    item what;
    what.v = {std::byte{'2'}, std::byte{':'}, std::byte{'h'}, std::byte{'i'}};
    answer put;
    io::async_put(p.one.driver, what, {}, put.callback());
    REQUIRE(run_until(p.io, [&] { return put.calls > 0; }));
    CHECK(put.said.stored == 1);
    answer got;
    io::async_get(p.one.driver, what.key(), {}, got.callback());
    REQUIRE(run_until(p.io, [&] { return got.calls > 0; }));
    CHECK(got.said.item == what);
}

TEST_CASE("a mutable item is signed, put and got; what it was made of may be gone by then") {
    pair_of_nodes p;
    auto const owner = ed25519_key_pair::from_seed({std::byte{7}});
    answer put;
    {
        std::string const salt = "a salt that is gone soon";
        std::string const v = "4:spam";
        io::async_put(p.one.driver, owner, as_bytes(salt), as_bytes(v), {.seq = 4}, put.callback());
        CHECK(put.calls == 0);
    }
    REQUIRE(run_until(p.io, [&] { return put.calls > 0; }));
    CHECK(put.said.stored == 1);
    answer got;
    io::async_get(p.one.driver, owner.public_key(), as_bytes("a salt that is gone soon"), {},
                  got.callback());
    REQUIRE(run_until(p.io, [&] { return got.calls > 0; }));
    REQUIRE(got.said.item);
    CHECK(got.said.item->seq == 4);
    CHECK(got.said.item == put.said.item);
}

TEST_CASE("a node is asked for a sample") {
    pair_of_nodes p;
    answer a;
    io::async_sample(p.one.driver, p.two.at(), torrent, a.callback());
    REQUIRE(run_until(p.io, [&] { return a.calls > 0; }));
    REQUIRE(a.said.sample);
    CHECK(a.said.sample->supported);
    CHECK(a.said.sample->num == 0);
}

TEST_CASE("futures may be asked for from another thread") {
    pair_of_nodes p;
    std::thread loop{[&] {
        p.io.restart();
        auto const work = asio::make_work_guard(p.io);
        p.io.run_for(std::chrono::minutes{1});
    }};
    auto future = io::async_ping(p.one.driver, p.two.at(), asio::use_future);
    auto const nodes = future.get().nodes;
    p.io.stop();
    loop.join();
    REQUIRE(nodes.size() == 1);
    CHECK(nodes[0].at == p.two.at());
}

TEST_CASE("a handler is called on the executor that it is bound to") {
    pair_of_nodes p;
    auto strand = asio::make_strand(p.io);
    bool there = false;
    bool done = false;
    io::async_ping(p.one.driver, p.two.at(),
                   asio::bind_executor(strand, [&](std::error_code, outcome const&) {
                       there = strand.running_in_this_thread();
                       done = true;
                   }));
    REQUIRE(run_until(p.io, [&] { return done; }));
    CHECK(there);
}

TEST_CASE("silence is an error that compares with those of the system") {
    asio::io_context io;
    impatient d{io, loopback, soon};
    silent_socket const nobody{io};
    answer a;
    io::async_ping(d.driver, nobody.at(), a.callback());
    REQUIRE(run_until(io, [&] { return a.calls > 0; }));
    CHECK(a.error == errc::timed_out);
    CHECK(a.error == std::errc::timed_out);
    CHECK(a.error.message() == "nobody answered in time");
    CHECK(a.said.finished);
}

TEST_CASE("one operation is cancelled alone") {
    pair_of_nodes p;
    asio::cancellation_signal stop;
    answer cancelled;
    answer other;
    io::async_ping(p.one.driver, p.nobody.at(),
                   asio::bind_cancellation_slot(stop.slot(), cancelled.callback()));
    io::async_ping(p.one.driver, p.two.at(), other.callback());
    REQUIRE(run_until(p.io, [&] { return other.calls > 0; }));
    CHECK(cancelled.calls == 0);
    stop.emit(asio::cancellation_type::terminal);
    CHECK(cancelled.calls == 0);
    REQUIRE(run_until(p.io, [&] { return cancelled.calls > 0; }));
    CHECK(cancelled.error == asio::error::operation_aborted);
    CHECK(cancelled.said.error == errc::cancelled);
    CHECK_FALSE(other.error);
    stop.emit(asio::cancellation_type::terminal); // too late: nothing
}

TEST_CASE("what cannot start says so in the end") {
    pair_of_nodes p;
    answer no_port;
    io::async_announce(p.one.driver, torrent, {}, no_port.callback());
    answer stopped;
    REQUIRE(run_until(p.io, [&] { return no_port.calls > 0; }));
    CHECK(no_port.error == std::errc::invalid_argument);
    p.one.node.stop(io::steady_now());
    io::async_find_peers(p.one.driver, torrent, {}, stopped.callback());
    REQUIRE(run_until(p.io, [&] { return stopped.calls > 0; }));
    CHECK(stopped.error == errc::limit_reached);
}

TEST_CASE("stopping the node ends what is awaited") {
    pair_of_nodes p;
    answer a;
    io::async_ping(p.one.driver, p.nobody.at(), a.callback());
    p.io.restart();
    p.io.poll();
    p.one.node.stop(io::steady_now());
    p.one.driver.kick();
    REQUIRE(run_until(p.io, [&] { return a.calls > 0; }));
    CHECK(a.error == asio::error::operation_aborted);
}

TEST_CASE("a driver that goes completes what is awaited, also what had not begun") {
    asio::io_context io;
    silent_socket const nobody{io};
    dht::node<allow_local> node;
    answer running;
    answer starting;
    {
        io::asio_driver driver{io.get_executor(), node};
        driver.open(endpoint{loopback, 0});
        io::async_ping(driver, nobody.at(), running.callback());
        io.poll();
        io::async_ping(driver, nobody.at(), starting.callback());
    }
    REQUIRE(run_until(io, [&] { return running.calls > 0 && starting.calls > 0; }));
    CHECK(running.error == asio::error::operation_aborted);
    CHECK(starting.error == asio::error::operation_aborted);
    unsigned left = 0;
    while (auto const o = node.poll_outcome())
        left += o->error == errc::cancelled ? 1 : 100;
    CHECK(left == 1);
}

TEST_CASE("a loop that ends early forgets its handlers without calling them") {
    answer a;
    {
        pair_of_nodes p;
        io::async_ping(p.one.driver, p.nobody.at(), a.callback());
        p.io.restart();
        p.io.poll();
    }
    CHECK(a.calls == 0);
}

TEST_CASE("as_tuple gives error and outcome") {
    pair_of_nodes p;
    errc said = errc::ok;
    bool done = false;
    asio::co_spawn(
        p.io,
        [&]() -> asio::awaitable<void> {
            auto const [error, o] = co_await io::async_announce(p.one.driver, torrent, {},
                                                                as_tuple(asio::use_awaitable));
            CHECK(error);
            said = o.error;
        },
        [&](std::exception_ptr) { done = true; });
    REQUIRE(run_until(p.io, [&] { return done; }));
    CHECK(said == errc::invalid_argument);
}
