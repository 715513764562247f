#include <dht/base/slab.hpp>

#include "../../catch.hpp"
#include <map>
#include <memory>
#include <random>
#include <string>

using namespace dht;

namespace {
struct apples;
struct pears;
} // namespace

static_assert(!std::is_convertible_v<handle<apples>, handle<pears>>);
static_assert(!std::is_constructible_v<handle<apples>, handle<pears>>);

TEST_CASE("a slab gives handles that find their values") {
    slab<std::string> s{4};
    CHECK(s.empty());
    auto const one = s.emplace("one");
    auto const xxx = s.emplace(3U, 'x');
    REQUIRE(one);
    CHECK(one != xxx);
    CHECK(*s.find(one) == "one");
    CHECK(*std::as_const(s).find(xxx) == "xxx");
    CHECK(s.size() == 2);
}

TEST_CASE("the null handle and handles from nowhere find nothing") {
    slab<int> s{4};
    CHECK_FALSE(handle<int>{});
    CHECK(s.find({}) == nullptr);
    s.emplace(7);
    CHECK(s.find({}) == nullptr);
    CHECK(s.find({0, 99}) == nullptr);
    CHECK(s.find({99, 1}) == nullptr);
    CHECK_FALSE(s.erase({}));
    CHECK_FALSE(s.erase({99, 1}));
    CHECK(s.size() == 1);
}

TEST_CASE("a full slab answers with the null handle") {
    slab<int> s{2};
    auto const first = s.emplace(1);
    s.emplace(2);
    CHECK(s.full());
    CHECK_FALSE(s.emplace(3));
    CHECK(s.size() == 2);
    CHECK(s.erase(first));
    CHECK_FALSE(s.full());
    CHECK(s.emplace(3));
    CHECK_FALSE(slab<int>{0}.emplace(1));
}

TEST_CASE("a handle stays harmless after its value is gone and its place is reused") {
    slab<int> s{4};
    auto const old = s.emplace(1);
    REQUIRE(s.erase(old));
    CHECK(s.find(old) == nullptr);
    CHECK_FALSE(s.erase(old));
    auto const young = s.emplace(2);
    CHECK(young.index == old.index);
    CHECK(young.generation != old.generation);
    CHECK(s.find(old) == nullptr);
    CHECK_FALSE(s.erase(old));
    CHECK(*s.find(young) == 2);
}

TEST_CASE("at_index names whatever lives there now") {
    slab<int> s{4};
    auto const h = s.emplace(1);
    CHECK(s.at_index(h.index) == h);
    CHECK_FALSE(s.at_index(1));
    s.erase(h);
    CHECK_FALSE(s.at_index(h.index));
}

TEST_CASE("for_each goes by place and may erase what it is given") {
    slab<int> s{8};
    for (int i = 0; i < 6; ++i)
        s.emplace(i);
    s.for_each([&](auto h, int value) {
        if (value % 2 == 0) CHECK(s.erase(h));
    });
    std::vector<int> left;
    std::as_const(s).for_each([&](auto h, int const& value) {
        CHECK(s.find(h) == &value);
        left.push_back(value);
    });
    CHECK(left == std::vector{1, 3, 5});
}

TEST_CASE("a slab destroys what is erased, at once") {
    slab<std::shared_ptr<int>> s{4};
    auto const shared = std::make_shared<int>(1);
    auto const h = s.emplace(shared);
    CHECK(shared.use_count() == 2);
    s.erase(h);
    CHECK(shared.use_count() == 1);
}

TEST_CASE("a slab holds what only moves, across growth") {
    slab<std::unique_ptr<int>> s{100};
    std::vector<handle<std::unique_ptr<int>>> handles;
    for (int i = 0; i < 100; ++i)
        handles.push_back(s.emplace(std::make_unique<int>(i)));
    for (std::size_t i = 0; i < handles.size(); ++i)
        CHECK(**s.find(handles[i]) == static_cast<int>(i));
}

TEST_CASE("an empty slab gives its memory back, and old handles stay harmless") {
    slab<int> s{4};
    auto const old = s.emplace(1);
    s.shrink_to_fit();
    CHECK(*s.find(old) == 1); // not while anybody is there
    s.erase(old);
    s.shrink_to_fit();
    CHECK(s.find(old) == nullptr);
    auto const young = s.emplace(2);
    CHECK(young.index == old.index);
    CHECK(s.find(old) == nullptr);
    CHECK(*s.find(young) == 2);
}

TEST_CASE("a slab behaves like a map from handles") {
    std::mt19937 chance{1};
    slab<int> s{50};
    std::map<handle<int>, int> model;
    std::vector<handle<int>> ever;
    for (int step = 0; step < 20'000; ++step) {
        if (chance() % 5 < 3 || ever.empty()) {
            auto const h = s.emplace(step);
            REQUIRE(static_cast<bool>(h) == (model.size() < 50));
            if (!h) continue;
            REQUIRE(model.emplace(h, step).second); // never a handle that names another value
            ever.push_back(h);
        } else {
            auto const h = ever[chance() % ever.size()];
            REQUIRE(s.erase(h) == (model.erase(h) == 1));
        }
        REQUIRE(s.size() == model.size());
        s.shrink_to_fit();
        auto const h = ever[chance() % ever.size()];
        auto const known = model.find(h);
        int const* const found = s.find(h);
        REQUIRE((found != nullptr) == (known != model.end()));
        if (found != nullptr) REQUIRE(*found == known->second);
    }
}
