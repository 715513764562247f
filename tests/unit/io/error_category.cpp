#include <dht/io/error_category.hpp>

#include "../../catch.hpp"

using namespace dht;

TEST_CASE("an errc is an error_code with a sentence") {
    std::error_code const code = errc::no_contacts;
    CHECK(code);
    CHECK(code.category().name() == std::string{"dht"});
    CHECK(code.message() == dht::message(errc::no_contacts));
    CHECK_FALSE(std::error_code{errc::ok});
    CHECK(code == errc::no_contacts);
    CHECK(code != std::error_code{errc::timed_out});
}

TEST_CASE("errors that every system knows compare with those of the system") {
    CHECK(std::error_code{errc::cancelled} == std::errc::operation_canceled);
    CHECK(std::error_code{errc::timed_out} == std::errc::timed_out);
    CHECK(std::error_code{errc::invalid_argument} == std::errc::invalid_argument);
    CHECK(std::error_code{errc::limit_reached} == std::errc::resource_unavailable_try_again);
    CHECK(std::error_code{errc::snapshot_damaged} != std::errc::timed_out);
}
