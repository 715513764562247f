#include "../../catch.hpp"
#include "loop.hpp"
#include <cstdlib>

using namespace dht;
using namespace dht::test;
using io::udp_socket;

namespace {

byte_view const hello = as_bytes("hello");

struct received {
    endpoint from;
    std::string bytes;
};

std::optional<received> take(udp_socket& s) {
    std::array<std::byte, 64> buffer;
    endpoint from;
    std::size_t bytes = 0;
    for (int patience = 0; patience < 100; ++patience) { // loopback delivers at once
        if (s.receive(buffer, from, bytes) == udp_socket::input::datagram)
            return received{from, std::string{as_text(byte_view{buffer}.first(bytes))}};
    }
    return std::nullopt;
}

void answers_from_there(udp_socket& server, udp_socket& client, endpoint const& asked) {
    client.send(asked, hello);
    auto const question = take(server);
    REQUIRE(question);
    server.send(question->from, hello);
    auto const answer = take(client);
    REQUIRE(answer);
    CHECK(answer->from == asked);
}

bool has_ipv6(asio::io_context& io) {
    std::error_code error;
    asio::ip::udp::socket s{io};
    s.open(asio::ip::udp::v6(), error);
    if (!error) s.bind({asio::ip::address_v6::loopback(), 0}, error);
    return !error;
}

} // namespace

TEST_CASE("datagrams go both ways, and nothing there is no error") {
    asio::io_context io;
    udp_socket one{io.get_executor(), {loopback, 0}};
    udp_socket two{io.get_executor(), {loopback, 0}};
    CHECK(one.local().ip == loopback);
    CHECK(one.local().port != 0);
    CHECK_FALSE(take(two));
    CHECK(one.send(two.local(), hello));
    auto const got = take(two);
    REQUIRE(got);
    CHECK(got->from == one.local());
    CHECK(got->bytes == "hello");
    CHECK(one.takes_more());
}

TEST_CASE("a datagram that is too long for the buffer is cut off") {
    asio::io_context io;
    udp_socket one{io.get_executor(), {loopback, 0}};
    udp_socket two{io.get_executor(), {loopback, 0}};
    std::vector<std::byte> const long_one(100, std::byte{'x'});
    CHECK(one.send(two.local(), long_one));
    auto const got = take(two);
    REQUIRE(got);
    CHECK(got->bytes.size() == 64);
}

TEST_CASE("what cannot be sent is lost, and a refusal does not stop later datagrams") {
    asio::io_context io;
    udp_socket one{io.get_executor(), {loopback, 0}};
    CHECK(one.send({address::v6({std::byte{0x20}, std::byte{1}}), 1}, hello)); // wrong family
    endpoint gone;
    {
        udp_socket const closed_soon{io.get_executor(), {loopback, 0}};
        gone = closed_soon.local();
    }
    CHECK(one.send(gone, hello)); // an ICMP answer comes back
    udp_socket two{io.get_executor(), {loopback, 0}};
    two.send(one.local(), hello);
    CHECK(take(one));
}

#if defined(__linux__) // where all of 127/8 is ours without further ado

TEST_CASE("on a wildcard socket answers leave from the address that was asked") {
    asio::io_context io;
    udp_socket server{io.get_executor(), {address::v4(0U), 0}};
    udp_socket client{io.get_executor(), {loopback, 0}};
    for (unsigned n = 1; n < 5; ++n) {
        endpoint const asked{loopback_of(n), server.local().port};
        answers_from_there(server, client, asked);
    }
}

TEST_CASE("clients of one wildcard socket do not get each other's answers") {
    asio::io_context io;
    udp_socket server{io.get_executor(), {address::v4(0U), 0}};
    std::vector<std::unique_ptr<udp_socket>> clients;
    for (unsigned n = 1; n < 20; ++n) {
        clients.push_back(
            std::make_unique<udp_socket>(io.get_executor(), endpoint{loopback_of(100 + n), 0}));
        clients.back()->send({loopback_of(n), server.local().port}, hello);
        REQUIRE(take(server));
    }
    for (unsigned n = 1; n < 20; ++n) {
        server.send(clients[n - 1]->local(), hello);
        auto const answer = take(*clients[n - 1]);
        REQUIRE(answer);
        CHECK(answer->from.ip == loopback_of(n));
    }
}

#endif

TEST_CASE("an IPv6 wildcard socket answers, and must not take IPv4 too") {
    asio::io_context io;
    if (!has_ipv6(io)) {
        if (std::getenv("CI") != nullptr) FAIL("no IPv6 here");
        WARN("skipped: no IPv6 here");
        return;
    }
    udp_socket server{io.get_executor(), {address{}, 0}};
    udp_socket client{io.get_executor(), *parse_endpoint("[::1]:0")};
    endpoint const asked{client.local().ip, server.local().port};
    answers_from_there(server, client, asked);

    asio::ip::udp::socket both{io, asio::ip::udp::v6()};
    both.set_option(asio::ip::v6_only{false});
    both.bind({asio::ip::address_v6::any(), 0});
    CHECK_THROWS_AS(udp_socket{std::move(both)}, std::system_error);
}

TEST_CASE("an address that is taken, or not ours, is told when it is bound") {
    asio::io_context io;
    udp_socket const first{io.get_executor(), {loopback, 0}};
    CHECK_THROWS_AS((udp_socket{io.get_executor(), first.local()}), std::system_error);
    CHECK_THROWS_AS((udp_socket{io.get_executor(), {address::v4(0xc0000201), 0}}),
                    std::system_error);
    CHECK_THROWS_AS(udp_socket{asio::ip::udp::socket{io}}, std::system_error);
}
