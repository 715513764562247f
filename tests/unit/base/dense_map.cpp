#include <dht/base/dense_map.hpp>
#include <dht/base/endpoint.hpp>

#include "../../catch.hpp"
#include <map>
#include <memory>
#include <random>
#include <string>

using namespace dht;

namespace {

using small_map = dense_map<std::uint32_t, int, object_hash>;

/// As bad as a hash can be: three homes for all keys, at the end of the table, so that every chain
/// is long and runs over the edge.
struct crowded_hash {
    std::uint64_t operator()(hash_key, std::uint32_t key) const noexcept {
        return ~std::uint64_t{0} - key % 3;
    }
};

/// What a dense_map promises, in the plainest way.
class model {
public:
    explicit model(std::size_t limit) : limit_{limit} {}

    bool insert(std::uint32_t key, int value) {
        for (auto& [known, old] : pairs_)
            if (known == key) return old = value, true;
        if (pairs_.size() == limit_) return false;
        pairs_.emplace_back(key, value);
        return true;
    }

    bool erase(std::uint32_t key) {
        for (auto& pair : pairs_)
            if (pair.first == key) return pair = pairs_.back(), pairs_.pop_back(), true;
        return false;
    }

    [[nodiscard]] auto const& pairs() const { return pairs_; }

private:
    std::size_t limit_;
    std::vector<std::pair<std::uint32_t, int>> pairs_;
};

template <class Map>
auto pairs_of(Map const& map) {
    std::vector<std::pair<std::uint32_t, int>> pairs;
    for (auto const& entry : map)
        pairs.emplace_back(entry.key, entry.value);
    return pairs;
}

template <class Hash>
void live_like_the_model(std::size_t limit, std::uint32_t keys) {
    std::mt19937 chance{limit};
    dense_map<std::uint32_t, int, Hash> map{limit, {1, 2}};
    model plain{limit};
    std::map<std::uint32_t, int> sorted;
    for (int step = 0; step < 20'000; ++step) {
        auto const key = static_cast<std::uint32_t>(chance() % keys);
        if (chance() % 2 == 0) {
            int* const value = map.find_or_insert(key);
            REQUIRE((value != nullptr) == plain.insert(key, step));
            if (value != nullptr) *value = sorted[key] = step;
        } else {
            REQUIRE(map.erase(key) == plain.erase(key));
            sorted.erase(key);
        }
        REQUIRE(pairs_of(map) == plain.pairs());
        for (std::uint32_t k = 0; k < keys; ++k) {
            auto const known = sorted.find(k);
            int const* const found = std::as_const(map).find(k);
            REQUIRE((found != nullptr) == (known != sorted.end()));
            if (found != nullptr) REQUIRE(*found == known->second);
        }
    }
}

} // namespace

TEST_CASE("a dense map finds what was inserted") {
    small_map map{4, {1, 2}};
    CHECK(map.empty());
    CHECK(map.find(7) == nullptr);
    CHECK_FALSE(map.erase(7));
    *map.find_or_insert(7) = 70;
    CHECK(*map.find(7) == 70);
    CHECK(*map.find_or_insert(7) == 70);
    CHECK(*map.find_or_insert(8) == 0); // a new value is Value{}
    CHECK(map.size() == 2);
    CHECK(map.at(0).key == 7);
}

TEST_CASE("a full dense map keeps what it has and takes nothing new") {
    small_map map{2, {1, 2}};
    map.find_or_insert(1);
    CHECK_FALSE(map.full());
    map.find_or_insert(2);
    CHECK(map.full());
    CHECK(map.find_or_insert(3) == nullptr);
    CHECK(map.find_or_insert(1) != nullptr);
    map.erase(1);
    CHECK(map.find_or_insert(3) != nullptr);
    CHECK(small_map{0, {}}.find_or_insert(1) == nullptr);
}

TEST_CASE("the order does not depend on the secret, and the last pair takes a gap") {
    for (std::uint64_t secret = 0; secret < 20; ++secret) {
        small_map map{100, {secret, ~secret}};
        for (std::uint32_t key = 10; key < 15; ++key)
            *map.find_or_insert(key) = static_cast<int>(key);
        map.erase(11);
        CHECK(pairs_of(map) ==
              std::vector<std::pair<std::uint32_t, int>>{{10, 10}, {14, 14}, {12, 12}, {13, 13}});
    }
}

TEST_CASE("a cleared dense map starts again") {
    small_map map{3, {1, 2}};
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t key = 0; key < 3; ++key)
            CHECK(map.find_or_insert(key) != nullptr);
        map.clear();
        CHECK(map.empty());
        CHECK(map.find(0) == nullptr);
        CHECK_FALSE(map.erase(0));
    }
}

TEST_CASE("a dense map gives back what it does not use, and finds the same afterwards") {
    small_map map{1'000, {1, 2}};
    for (std::uint32_t key = 0; key < 1'000; ++key)
        *map.find_or_insert(key) = static_cast<int>(key);
    for (std::uint32_t key = 0; key < 990; ++key)
        map.erase(key);
    map.shrink_to_fit();
    for (std::uint32_t key = 0; key < 1'000; ++key)
        CHECK((map.find(key) != nullptr) == (key >= 990));
    for (std::uint32_t key = 0; key < 100; ++key)
        CHECK(map.find_or_insert(key) != nullptr);
    CHECK(*map.find(995) == 995);
    for (std::uint32_t key = 0; key < 1'000; ++key)
        map.erase(key);
    map.shrink_to_fit();
    CHECK(map.find(995) == nullptr);
    CHECK(map.find_or_insert(995) != nullptr);
}

TEST_CASE("a key may be erased by a reference into the map") {
    small_map map{3, {1, 2}};
    for (std::uint32_t key = 0; key < 3; ++key)
        map.find_or_insert(key);
    CHECK(map.erase(map.at(0).key));
    CHECK(pairs_of(map) == std::vector<std::pair<std::uint32_t, int>>{{2, 0}, {1, 0}});
}

TEST_CASE("a dense map behaves like a map") {
    live_like_the_model<object_hash>(1, 3);
    live_like_the_model<object_hash>(20, 40);
    live_like_the_model<object_hash>(64, 64);
}

TEST_CASE("a dense map behaves like a map even when all keys collide") {
    live_like_the_model<crowded_hash>(20, 30);
    live_like_the_model<crowded_hash>(40, 40);
}

TEST_CASE("a dense map holds what only moves") {
    dense_map<std::uint32_t, std::unique_ptr<int>, object_hash> map{100, {1, 2}};
    for (std::uint32_t key = 0; key < 100; ++key)
        *map.find_or_insert(key) = std::make_unique<int>(static_cast<int>(key));
    map.erase(0);
    CHECK(**map.find(99) == 99);
    CHECK(map.at(0).key == 99);
}

TEST_CASE("endpoints are keys") {
    dense_map<endpoint, int, object_hash> map{10, {1, 2}};
    endpoint const e{address::v4(0x01020304), 5};
    *map.find_or_insert(e) = 7;
    CHECK(*map.find({address::v4(0x01020304), 5}) == 7);
    CHECK(map.find({address::v4(0x01020304), 6}) == nullptr);
}
