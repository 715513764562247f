#include <dht/base/thin_vector.hpp>

#include "../../catch.hpp"
#include <string>
#include <vector>

using namespace dht;

namespace {

template <class T>
std::vector<T> listed(thin_vector<T> const& v) {
    return {v.begin(), v.end()};
}

thin_vector<std::string> numbers(std::size_t count) {
    thin_vector<std::string> v;
    for (std::size_t i = 0; i < count; ++i)
        v.push_back("the number " + std::to_string(i));
    return v;
}

} // namespace

static_assert(sizeof(thin_vector<std::string>) == sizeof(void*));

TEST_CASE("an empty thin vector holds nothing, and no memory") {
    thin_vector<int> v;
    CHECK(v.empty());
    CHECK(v.size() == 0);
    CHECK(v.capacity() == 0);
    CHECK(v.begin() == v.end());
    v.clear();
    v = {};
    CHECK(thin_vector<int>{v}.empty());
}

TEST_CASE("a thin vector gives back what it does not use") {
    thin_vector<std::string> v = numbers(10);
    v.reserve(100);
    v.shrink_to_fit();
    CHECK(v.capacity() == 10);
    CHECK(listed(v) == listed(numbers(10)));
    v.clear();
    CHECK(v.capacity() == 10);
    v.shrink_to_fit();
    CHECK(v.capacity() == 0);
    CHECK(v.push_back("again") == "again");
}

TEST_CASE("the front of a thin vector goes, and the others keep their order") {
    thin_vector<std::string> v = numbers(10);
    v.erase_front(0);
    CHECK(v.size() == 10);
    v.erase_front(7);
    CHECK(listed(v) == std::vector<std::string>{"the number 7", "the number 8", "the number 9"});
    v.erase_front(3);
    CHECK(v.empty());
}

TEST_CASE("a thin vector holds what was put in, in order, and grows by half") {
    thin_vector<std::string> v;
    std::vector<std::string> expected;
    for (std::size_t n = 0; n < 100; ++n) {
        expected.push_back("the number " + std::to_string(n));
        CHECK(v.push_back(expected.back()) == expected.back());
        REQUIRE(listed(v) == expected);
        CHECK(2 * v.capacity() <= 3 * v.size() + 2);
    }
    CHECK(v.front() == expected.front());
    CHECK(v.back() == expected.back());
    CHECK(v[37] == expected[37]);
    while (!v.empty()) {
        v.pop_back();
        expected.pop_back();
        REQUIRE(listed(v) == expected);
    }
}

TEST_CASE("a thin vector takes one of its own values, even when that moves") {
    thin_vector<std::string> v = numbers(1);
    for (int i = 0; i < 20; ++i)
        v.push_back(v.front());
    CHECK(listed(v) == std::vector<std::string>(21, "the number 0"));
}

TEST_CASE("values are inserted and erased anywhere, and the others keep their order") {
    thin_vector<std::string> v = numbers(4);
    v.insert(0, "first");
    v.insert(3, "middle");
    v.insert(6, "last");
    CHECK(listed(v) == std::vector<std::string>{"first", "the number 0", "the number 1", "middle",
                                                "the number 2", "the number 3", "last"});
    v.erase(6);
    v.erase(0);
    v.erase(2);
    CHECK(listed(v) == listed(numbers(4)));
}

TEST_CASE("copies of a thin vector are apart, moving leaves it empty") {
    thin_vector<std::string> v = numbers(5);
    thin_vector<std::string> copy{v};
    copy.push_back("more");
    CHECK(listed(v) == listed(numbers(5)));
    thin_vector<std::string> const moved{std::move(copy)};
    CHECK(moved.size() == 6);
    v = moved;
    CHECK(listed(v) == listed(moved));
    v = {};
    CHECK(v.capacity() == 0);
}

TEST_CASE("assign replaces all, clear keeps the memory") {
    thin_vector<std::string> v = numbers(5);
    v.assign(9, "the same");
    CHECK(listed(v) == std::vector<std::string>(9, "the same"));
    std::size_t const before = v.capacity();
    v.clear();
    CHECK(v.empty());
    CHECK(v.capacity() == before);
    CHECK(listed(thin_vector<int>(3)) == std::vector<int>{0, 0, 0});
}
