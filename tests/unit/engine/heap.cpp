#include "heap.hpp"

#include <cstdlib>
#include <cstring>
#include <new>

namespace bench {
heap_use heap;
}

namespace {

constexpr std::size_t note_bytes = alignof(std::max_align_t); // in front: how much was asked for

void* take(std::size_t size) noexcept {
    auto* const p = static_cast<std::byte*>(std::malloc(size + note_bytes));
    if (p == nullptr) return nullptr;
    std::memcpy(p, &size, sizeof size);
    ++bench::heap.calls;
    bench::heap.bytes += size;
    return p + note_bytes;
}

} // namespace

void* operator new(std::size_t size) {
    if (void* const p = take(size)) return p;
    throw std::bad_alloc{};
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    return take(size);
}

void operator delete(void* at) noexcept {
    if (at == nullptr) return;
    std::byte* const p = static_cast<std::byte*>(at) - note_bytes;
    std::size_t size = 0;
    std::memcpy(&size, p, sizeof size);
    bench::heap.bytes -= size;
    std::free(p);
}

void operator delete(void* at, std::size_t) noexcept {
    operator delete(at);
}

void operator delete(void* at, std::nothrow_t const&) noexcept {
    operator delete(at);
}
