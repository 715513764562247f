#include <dht/base/result.hpp>

#include "../../catch.hpp"
#include <memory>
#include <string>

using namespace dht;

TEST_CASE("a result is a value") {
    result<std::string> r{std::string{"seven"}};
    REQUIRE(r);
    CHECK(r.has_value());
    CHECK(r.error() == errc::ok);
    CHECK(*r == "seven");
    CHECK(r->size() == 5);
    *r += "teen";
    CHECK(*std::as_const(r) == "seventeen");
    CHECK(std::as_const(r)->size() == 9);
}

TEST_CASE("or a result is the reason why there is none") {
    result<std::string> const r = errc::truncated;
    CHECK_FALSE(r);
    CHECK_FALSE(r.has_value());
    CHECK(r.error() == errc::truncated);
}

TEST_CASE("a result can hold what only moves") {
    auto const make = [](bool good) -> result<std::unique_ptr<int>> {
        if (!good) return errc::not_found;
        return std::make_unique<int>(7);
    };
    auto made = make(true);
    REQUIRE(made);
    std::unique_ptr<int> const taken = std::move(*made);
    CHECK(*taken == 7);
    CHECK(make(false).error() == errc::not_found);
}

TEST_CASE("a falsy value is still a value") {
    result<bool> const r = false;
    CHECK(r.has_value());
    CHECK_FALSE(*r);
}
