#ifndef DHT_TESTS_UNIT_ENGINE_HEAP_HPP
#define DHT_TESTS_UNIT_ENGINE_HEAP_HPP

#include <cstddef>

namespace bench {

/// What this program takes from the heap, all told.
struct heap_use {
    std::size_t calls = 0; ///< of operator new
    std::size_t bytes = 0; ///< asked for and not given back yet
};

extern heap_use heap;

} // namespace bench

#endif
