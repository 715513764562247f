#ifndef DHT_SIM_SHRINK_HPP
#define DHT_SIM_SHRINK_HPP

#include <cstddef>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// The shortest list that still fails and that this finds by leaving parts out: no single part of
/// it can go any more (delta debugging, Zeller and Hildebrandt 2002). `fails(list)` runs the
/// experiment: up to O(n^2) times, mostly O(n log n).
template <class T, class Fails>
std::vector<T> shrink(std::vector<T> failing, Fails&& fails) {
    std::size_t parts = 2;
    while (failing.size() >= 2) {
        std::size_t const n = failing.size();
        parts = parts < n ? parts : n;
        bool smaller = false;
        for (std::size_t i = 0; i < parts && !smaller; ++i) {
            auto const at = [&](std::size_t part) {
                return failing.begin() + static_cast<std::ptrdiff_t>(n * part / parts);
            };
            std::vector<T> rest{failing.begin(), at(i)};
            rest.insert(rest.end(), at(i + 1), failing.end());
            smaller = fails(rest);
            if (smaller) failing = std::move(rest);
        }
        if (smaller)
            parts = parts > 3 ? parts - 1 : 2;
        else if (parts == n)
            break;
        else
            parts *= 2;
    }
    return failing.size() == 1 && fails(std::vector<T>{}) ? std::vector<T>{} : failing;
}

} // namespace dht::inline DHT_ABI::sim

#endif
