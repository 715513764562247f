#ifndef DHT_KAD_CLOSEST_HPP
#define DHT_KAD_CLOSEST_HPP

#include <dht/kad/key.hpp>

namespace dht::inline DHT_ABI {

/// visit(position) for the positions from `first` up to `last` of an ascending list of ids, that of
/// the id closest to the target first, until it returns false. `id_at(position)` is the id there.
/// An ascending list is a trie (who shares a prefix stands side by side), and walking it towards
/// the target is all: of random ids O(log^2 n) are looked at until the first visit, and O(1) for
/// each further one; ids made to share prefixes make that O(Bits log n). False: stopped.
template <std::size_t Bits, class IdAt, class Visit>
bool visit_closest(std::size_t first, std::size_t last, key<Bits> const& target, IdAt const& id_at,
                   Visit&& visit) {
    if (first == last) return true;
    unsigned const shared = common_prefix_length<Bits>(id_at(first), id_at(last - 1));
    if (shared == Bits) { // one, or several of the same id
        while (first != last && visit(first))
            ++first;
        return first == last;
    }
    std::size_t middle = first; // where those begin that have a 1 behind what all share
    for (std::size_t step = last - first; step > 0;) {
        std::size_t const half = step / 2;
        bool const zero = !id_at(middle + half).bit(shared);
        middle += zero ? half + 1 : 0;
        step = zero ? step - half - 1 : half;
    }
    bool const one = target.bit(shared);
    return visit_closest(one ? middle : first, one ? last : middle, target, id_at, visit) &&
           visit_closest(one ? first : middle, one ? middle : last, target, id_at, visit);
}

} // namespace dht::inline DHT_ABI

#endif
