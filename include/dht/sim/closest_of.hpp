#ifndef DHT_SIM_CLOSEST_OF_HPP
#define DHT_SIM_CLOSEST_OF_HPP

#include <dht/kad/closest.hpp>
#include <dht/kad/id.hpp>

#include <span>
#include <vector>

/// The truth about who is closest, from a list of everybody.
namespace dht::inline DHT_ABI::sim {

/// The up to `count` of `sorted` that are closest to the target among those that are wanted,
/// closest first. `id(element)` is its id, by which the list ascends. As visit_closest.
template <class T, class Id, class Wanted>
std::vector<T> closest_of(std::span<T const> sorted, key160 const& target, std::size_t count, Id id,
                          Wanted wanted) {
    std::vector<T> found;
    if (count == 0) return found;
    auto const id_at = [&](std::size_t i) -> decltype(auto) { return id(sorted[i]); };
    visit_closest<160>(0, sorted.size(), target, id_at, [&](std::size_t i) {
        if (wanted(sorted[i])) found.push_back(sorted[i]);
        return found.size() < count;
    });
    return found;
}

} // namespace dht::inline DHT_ABI::sim

#endif
