#include <dht/base/static_vector.hpp>

#include "../../catch.hpp"
#include <random>
#include <vector>

using namespace dht;

namespace {

template <std::size_t N>
std::vector<int> values_of(static_vector<int, N> const& v) {
    return {v.begin(), v.end()};
}

static_vector<int, 4> filled() {
    int const values[] = {1, 2, 3, 4};
    return static_vector<int, 4>{values};
}

} // namespace

static_assert(std::is_trivially_copyable_v<static_vector<int, 4>>);
static_assert(sizeof(static_vector<char, 255>) == 256, "the size fits one byte");

TEST_CASE("a static vector starts empty and refuses more than it holds") {
    static_vector<int, 2> v;
    CHECK(v.empty());
    CHECK(v.capacity() == 2);
    CHECK(v.push_back(1));
    CHECK_FALSE(v.full());
    CHECK(v.push_back(2));
    CHECK(v.full());
    CHECK_FALSE(v.push_back(3));
    CHECK(values_of(v) == std::vector{1, 2});
    CHECK(v.back() == 2);
}

TEST_CASE("it takes as many values of a span as fit") {
    int const values[] = {1, 2, 3, 4, 5, 6};
    CHECK(values_of(static_vector<int, 4>{values}) == std::vector{1, 2, 3, 4});
    CHECK(static_vector<int, 4>{std::span<int const>{}}.empty());
}

TEST_CASE("insert shifts, and drops the last value of a full vector") {
    auto v = filled();
    v.insert(1, 9);
    CHECK(values_of(v) == std::vector{1, 9, 2, 3});
    v.insert(3, 8);
    CHECK(values_of(v) == std::vector{1, 9, 2, 8});
    v.insert(4, 7); // behind the end of a full one: it is the value that is dropped
    CHECK(values_of(v) == std::vector{1, 9, 2, 8});
    v.resize(2);
    v.insert(2, 5);
    CHECK(values_of(v) == std::vector{1, 9, 5});
}

TEST_CASE("insert takes a value that stands in the vector itself") {
    auto v = filled();
    v.pop_back();
    v.insert(0, v[2]);
    CHECK(values_of(v) == std::vector{3, 1, 2, 3});
    v.insert(1, v.back());
    CHECK(values_of(v) == std::vector{3, 3, 1, 2});
}

TEST_CASE("erase keeps the order") {
    auto v = filled();
    v.erase(1);
    CHECK(values_of(v) == std::vector{1, 3, 4});
    v.erase(2);
    CHECK(values_of(v) == std::vector{1, 3});
    v.erase(0);
    v.erase(0);
    CHECK(v.empty());
}

TEST_CASE("a static vector is a range that spans can be made of") {
    auto const v = filled();
    std::span<int const> const values = v;
    CHECK(values.data() == v.data());
    CHECK(values.size() == 4);
}

TEST_CASE("sizes past 255 are counted right") {
    static_vector<unsigned, 300> v;
    while (v.push_back(static_cast<unsigned>(v.size()))) {
    }
    CHECK(v.size() == 300);
    CHECK(v.back() == 299);
    static_vector<unsigned, 255> narrow;
    while (narrow.push_back(0)) {
    }
    CHECK(narrow.size() == 255);
}

TEST_CASE("a static vector behaves like std::vector") {
    std::mt19937 chance{1};
    static_vector<int, 8> v;
    std::vector<int> model;
    for (int step = 0; step < 20'000; ++step) {
        std::size_t const at = chance() % (model.size() + 1);
        auto const position = model.begin() + static_cast<std::ptrdiff_t>(at);
        switch (chance() % 3) {
        case 0:
            if (model.size() < 8) model.push_back(step);
            v.push_back(step);
            break;
        case 1:
            model.insert(position, step);
            if (model.size() > 8) model.pop_back();
            v.insert(at, step);
            break;
        default:
            if (at == model.size()) break;
            model.erase(position);
            v.erase(at);
        }
        REQUIRE(values_of(v) == model);
    }
}
