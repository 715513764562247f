#ifndef DHT_TESTS_CATCH_HPP
#define DHT_TESTS_CATCH_HPP

// Catch2 version 3 or 2, whichever is there. Tests keep to what both have: TEST_CASE,
// TEMPLATE_TEST_CASE, SECTION, CHECK, REQUIRE, INFO, CAPTURE and GENERATE.
#if __has_include(<catch2/catch_all.hpp>)
#    include <catch2/catch_all.hpp>
using Catch::Approx; // where version 2 has it
#else
#    include <catch2/catch.hpp>
#endif

#endif
