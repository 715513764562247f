#ifndef DHT_SIM_CLOSEST_OF_HPP
#define DHT_SIM_CLOSEST_OF_HPP

#include <dht/kad/id.hpp>

#include <algorithm>
#include <span>
#include <vector>

/// The truth about who is closest, from a list of everybody.
namespace dht::inline DHT_ABI::sim {

namespace detail {

template <class T, class Id, class Wanted>
struct closest_search {
    key160 target;
    std::size_t count;
    Id id;
    Wanted wanted;
    std::vector<T> found{};

    /// All in `part` share the bits before that one.
    void visit(std::span<T const> part, std::size_t bit) {
        if (part.empty() || found.size() == count) return;
        if (part.size() == 1 || bit == key160::bits) return offer(part);
        auto const middle = std::partition_point(part.begin(), part.end(),
                                                 [&](T const& each) { return !id(each).bit(bit); });
        auto const zeros = static_cast<std::size_t>(middle - part.begin());
        bool const one = target.bit(bit);
        visit(one ? part.subspan(zeros) : part.first(zeros), bit + 1);
        visit(one ? part.first(zeros) : part.subspan(zeros), bit + 1);
    }

    void offer(std::span<T const> same) {
        for (T const& each : same)
            if (found.size() < count && wanted(each)) found.push_back(each);
    }
};

} // namespace detail

/// The up to `count` of `sorted` that are closest to the target among those that are wanted,
/// closest first. `id(element)` is its id, by which the list ascends. Walks the trie
/// that a sorted list is: O((count + unwanted) log n).
template <class T, class Id, class Wanted>
std::vector<T> closest_of(std::span<T const> sorted, key160 const& target, std::size_t count, Id id,
                          Wanted wanted) {
    detail::closest_search<T, Id, Wanted> search{target, count, id, wanted};
    search.visit(sorted, 0);
    return std::move(search.found);
}

} // namespace dht::inline DHT_ABI::sim

#endif
