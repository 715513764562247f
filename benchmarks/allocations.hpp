#ifndef DHT_BENCHMARKS_ALLOCATIONS_HPP
#define DHT_BENCHMARKS_ALLOCATIONS_HPP

#include <cstdint>
#include <cstdlib>
#include <malloc.h>
#include <new>

/// Counts what the program takes from the heap. Include it in one file of a program: it replaces
/// the global operator new.
namespace bench {

struct heap_counters {
    std::uint64_t calls = 0;
    std::uint64_t bytes = 0; ///< now in use, as the allocator rounds them
    std::uint64_t peak = 0;  ///< the most that ever were
};

inline thread_local heap_counters heap;

} // namespace bench

void* operator new(std::size_t size) {
    void* const p = std::malloc(size);
    if (p == nullptr) throw std::bad_alloc{};
    ++bench::heap.calls;
    bench::heap.bytes += malloc_usable_size(p);
    if (bench::heap.bytes > bench::heap.peak) bench::heap.peak = bench::heap.bytes;
    return p;
}

void* operator new(std::size_t size, std::nothrow_t const&) noexcept {
    try {
        return operator new(size);
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

void operator delete(void* p) noexcept {
    bench::heap.bytes -= malloc_usable_size(p);
    std::free(p);
}

void operator delete(void* p, std::size_t) noexcept {
    operator delete(p);
}

#endif
