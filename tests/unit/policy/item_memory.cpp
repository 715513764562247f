#include "../../catch.hpp"
#include "item_samples.hpp"
#include <cstdlib>
#include <new>

// What a kept item costs, counted where it is taken: the bytes that operator new was asked for and
// did not get back.

namespace {

std::size_t held_bytes = 0;
constexpr std::size_t note_bytes = alignof(std::max_align_t);

void* take(std::size_t size) noexcept {
    auto* const p = static_cast<std::byte*>(std::malloc(size + note_bytes));
    if (p == nullptr) return nullptr;
    std::memcpy(p, &size, sizeof size);
    held_bytes += size;
    return p + note_bytes;
}

void give_back(void* at) noexcept {
    if (at == nullptr) return;
    std::byte* const p = static_cast<std::byte*>(at) - note_bytes;
    std::size_t size = 0;
    std::memcpy(&size, p, sizeof size);
    held_bytes -= size;
    std::free(p);
}

} // namespace

void* operator new(std::size_t size) {
    if (void* const p = take(size)) return p;
    throw std::bad_alloc{};
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return take(size);
}

void* operator new[](std::size_t size) {
    return operator new(size);
}

void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
    return take(size);
}

void operator delete(void* p) noexcept {
    give_back(p);
}

void operator delete(void* p, std::size_t) noexcept {
    give_back(p);
}

void operator delete[](void* p) noexcept {
    give_back(p);
}

void operator delete[](void* p, std::size_t) noexcept {
    give_back(p);
}

void operator delete(void* p, std::nothrow_t const&) noexcept {
    give_back(p);
}

void operator delete[](void* p, std::nothrow_t const&) noexcept {
    give_back(p);
}

using namespace dht;
using namespace dht::test;

namespace {

std::string const hundred_bytes = "97:" + std::string(97, 'x');

settings roomy(std::uint32_t items) {
    settings s;
    s.items_max = 2 * items;
    s.items_bytes_max = 1'000 * s.items_max;
    s.items_per_source_max = 60'000;
    return s;
}

/// Bytes of an item, of so many, each from a source of its own or all from one.
std::size_t bytes_per_item(std::uint32_t items, bool own_sources, item_view const& item) {
    memory_item_store s = store_of(roomy(items));
    std::size_t const before = held_bytes;
    for (std::uint32_t n = 0; n < items; ++n)
        s.put(second(0), from(own_sources ? n : 0), name(n), item);
    REQUIRE(s.items() == items);
    return (held_bytes - before) / items;
}

} // namespace

TEST_CASE("an item of 100 bytes takes some 200 bytes, and its source some 30 more") {
    CHECK(bytes_per_item(1'000, false, immutable(hundred_bytes)) <= 96 + 100 + 20);
    CHECK(bytes_per_item(1'000, true, immutable(hundred_bytes)) <= 96 + 100 + 45);
    CHECK(bytes_per_item(50'000, false, immutable(hundred_bytes)) <= 96 + 100 + 24);
    // k, sig and a salt of four bytes
    CHECK(bytes_per_item(1'000, false, mutable_item(hundred_bytes, 1)) <= 96 + 200 + 20);
}

TEST_CASE("what expires gives its memory back") {
    memory_item_store s = store_of(roomy(1'000));
    std::size_t const before = held_bytes;
    for (std::uint32_t n = 0; n < 1'000; ++n)
        s.put(second(n), from(0), name(n), immutable(hundred_bytes));
    std::size_t const full = held_bytes - before;
    for (int i = 0; i < 4; ++i)
        s.expire(second(7'200 + 500));
    CHECK(held_bytes - before < full / 2 + 10'000);
    for (int i = 0; i < 4; ++i)
        s.expire(second(9'000));
    CHECK(held_bytes - before < 1'000); // the table of sources stays as large as it was
}

TEST_CASE("a renewal, a get and a refusal take nothing from the heap") {
    memory_item_store s = store_of(roomy(10));
    s.put(second(0), from(0), name(1), mutable_item(hundred_bytes, 1));
    std::size_t const before = held_bytes;
    s.put(second(1), from(1), name(1), mutable_item(hundred_bytes, 1));
    s.put(second(1), from(1), name(1), mutable_item("1:a", 0));
    s.put(second(1), from(1), name(1), mutable_item("1:a", 2, 9));
    s.accepts(second(1), name(1), from(2));
    s.accepts(second(1), name(2), from(2));
    CHECK(s.get(second(1), name(1)));
    CHECK(held_bytes == before);
    s.put(second(1), from(1), name(1), mutable_item("1:a", 2)); // 97 bytes fewer, to the byte
    CHECK(before - held_bytes == 97);
}
