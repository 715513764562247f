#ifndef DHT_TESTS_COUNTED_HEAP_HPP
#define DHT_TESTS_COUNTED_HEAP_HPP

#include "heap.hpp"
#include <cstdlib>
#include <cstring>
#include <new>

// Replaces the global operator new by one that counts. For one file of a program.

namespace dht::test {

constexpr std::size_t note_bytes = alignof(std::max_align_t); // in front: how much was asked for

inline void* take(std::size_t size) noexcept {
    auto* const p = static_cast<std::byte*>(std::malloc(size + note_bytes));
    if (p == nullptr) return nullptr;
    std::memcpy(p, &size, sizeof size);
    ++heap.calls;
    heap.bytes += size;
    return p + note_bytes;
}

inline void give_back(void* at) noexcept {
    if (at == nullptr) return;
    std::byte* const p = static_cast<std::byte*>(at) - note_bytes;
    std::size_t size = 0;
    std::memcpy(&size, p, sizeof size);
    heap.bytes -= size;
    std::free(p);
}

} // namespace dht::test

void* operator new(std::size_t size) {
    if (void* const p = dht::test::take(size)) return p;
    throw std::bad_alloc{};
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return dht::test::take(size);
}

void* operator new[](std::size_t size) {
    return operator new(size);
}

void* operator new[](std::size_t size, std::nothrow_t const&) noexcept {
    return dht::test::take(size);
}

void operator delete(void* p) noexcept {
    dht::test::give_back(p);
}

void operator delete(void* p, std::size_t) noexcept {
    dht::test::give_back(p);
}

void operator delete[](void* p) noexcept {
    dht::test::give_back(p);
}

void operator delete[](void* p, std::size_t) noexcept {
    dht::test::give_back(p);
}

void operator delete(void* p, std::nothrow_t const&) noexcept {
    dht::test::give_back(p);
}

void operator delete[](void* p, std::nothrow_t const&) noexcept {
    dht::test::give_back(p);
}

#endif
