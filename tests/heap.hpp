#ifndef DHT_TESTS_HEAP_HPP
#define DHT_TESTS_HEAP_HPP

#include <cstddef>

namespace dht::test {

/// What a program with counted_heap.hpp in it takes from the heap, all told.
struct heap_use {
    std::size_t calls = 0; ///< of operator new
    std::size_t bytes = 0; ///< asked for and not given back yet
};

inline heap_use heap;

} // namespace dht::test

#endif
