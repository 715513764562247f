#include <dht/base/chunked_vector.hpp>

#include "../../catch.hpp"
#include <string>

using namespace dht;

TEST_CASE("a chunked vector holds what was put in, in order, over its chunks") {
    chunked_vector<std::string, 3> v;
    CHECK(v.empty());
    CHECK(v.size() == 0);
    for (std::size_t n = 0; n < 20; ++n) {
        CHECK(v.push_back(std::to_string(n)) == std::to_string(n));
        CHECK(v.size() == n + 1);
        for (std::size_t i = 0; i <= n; ++i)
            CHECK(v[i] == std::to_string(i));
    }
    for (std::size_t n = 20; n > 0; --n) {
        CHECK(v.size() == n);
        CHECK(v.back() == std::to_string(n - 1));
        v.pop_back();
    }
    CHECK(v.empty());
    v.push_back("again");
    CHECK(std::as_const(v)[0] == "again");
}

TEST_CASE("what stands in a chunked vector stays there while it grows and shrinks") {
    chunked_vector<int, 4> v;
    int const* const first = &v.push_back(7);
    for (int n = 0; n < 100; ++n)
        v.push_back(n);
    for (int n = 0; n < 100; ++n)
        v.pop_back();
    CHECK(&v[0] == first);
    CHECK(*first == 7);
}
