#include <dht/base/address_text.hpp>
#include <dht/io/asio_endpoint.hpp>
#include <dht/io/steady_clock.hpp>

#include "../../catch.hpp"

using namespace dht;

TEST_CASE("endpoints survive the way to Asio and back") {
    for (auto const* text : {"1.2.3.4:6881", "0.0.0.0:0", "255.255.255.255:65535",
                             "[2001:db8::1]:6881", "[::]:1", "[fe80::1:2]:53"}) {
        endpoint const e = *parse_endpoint(text);
        asio::ip::udp::endpoint const there = io::to_asio(e);
        CHECK(there.address().is_v4() == e.ip.is_v4());
        CHECK(there.port() == e.port);
        CHECK(io::from_asio(there) == e);
    }
}

TEST_CASE("an IPv4 address that is written as IPv6 is that IPv4 address") {
    auto const mapped = asio::ip::make_address("::ffff:1.2.3.4");
    CHECK(io::from_asio({mapped, 5}) == *parse_endpoint("1.2.3.4:5"));
}

TEST_CASE("instants are times of the steady clock") {
    auto const t = std::chrono::steady_clock::now();
    CHECK(io::to_steady(io::to_instant(t)) <= t);
    CHECK(t - io::to_steady(io::to_instant(t)) < std::chrono::milliseconds{1});
    CHECK(io::steady_now() >= io::to_instant(t));
    CHECK(io::unix_now() > unix_time{1'700'000'000});
}
