#include <dht/io/return_paths.hpp>

#include "../../catch.hpp"

using namespace dht;

namespace {

endpoint stranger(std::uint32_t n) {
    return {address::v4(0x05000000 + n), 6881};
}

address const here = address::v4(0xc6120001);
address const there = address::v4(0xc6120002);

} // namespace

TEST_CASE("a return path is known until it is forgotten or asked anew") {
    io::return_paths paths;
    CHECK(paths.find(stranger(1)) == nullptr);
    CHECK(paths.find(endpoint{}) == nullptr);
    paths.note(stranger(1), here);
    REQUIRE(paths.find(stranger(1)) != nullptr);
    CHECK(*paths.find(stranger(1)) == here);
    paths.note(stranger(1), there);
    CHECK(*paths.find(stranger(1)) == there);
    paths.forget(stranger(1));
    CHECK(paths.find(stranger(1)) == nullptr);
}

TEST_CASE("a few dozen that come together are all known") {
    io::return_paths paths;
    for (int round = 0; round < 3; ++round)
        for (std::uint32_t n = 0; n < 50; ++n)
            paths.note(stranger(n), address::v4(n + 1));
    for (std::uint32_t n = 0; n < 50; ++n) {
        REQUIRE(paths.find(stranger(n)) != nullptr);
        CHECK(*paths.find(stranger(n)) == address::v4(n + 1));
    }
}

TEST_CASE("however many come, the latest is known and nobody gets the path of another") {
    io::return_paths paths;
    for (std::uint32_t n = 0; n < 10'000; ++n) {
        paths.note(stranger(n), address::v4(n + 1));
        REQUIRE(paths.find(stranger(n)) != nullptr);
        REQUIRE(*paths.find(stranger(n)) == address::v4(n + 1));
    }
    std::size_t known = 0;
    for (std::uint32_t n = 0; n < 10'000; ++n) {
        address const* const path = paths.find(stranger(n));
        if (path == nullptr) continue;
        ++known;
        CHECK(*path == address::v4(n + 1));
    }
    CHECK(known > 450);
    CHECK(known <= 512);
}
