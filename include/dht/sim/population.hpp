#ifndef DHT_SIM_POPULATION_HPP
#define DHT_SIM_POPULATION_HPP

#include <dht/crypto/random.hpp>
#include <dht/kad/id.hpp>
#include <dht/sim/chance.hpp>
#include <dht/sim/closest_of.hpp>

#include <algorithm>
#include <span>
#include <vector>

namespace dht::inline DHT_ABI::sim {

/// All keys with the same chance.
inline key160 random_key(dice& chance) noexcept {
    key160 k;
    for (std::size_t at = 0; at < key160::size_bytes; at += 4)
        store_big_endian(&k.bytes[at], static_cast<std::uint32_t>(chance.next()));
    return k;
}

/// Everybody in a network, sorted by id: the oracle that knows what nodes have to find out. A
/// subtree of the key space is one stretch of it. 24 bytes per member.
class population {
public:
    struct member {
        key160 id;
        std::uint32_t who = 0; ///< a number of the user's, such as the host's

        friend constexpr bool operator==(member const&, member const&) noexcept = default;
    };

    /// Members that stand side by side.
    using stretch = std::span<member const>;

    explicit population(std::vector<member> all) : all_{std::move(all)} {
        std::sort(all_.begin(), all_.end(),
                  [](member const& a, member const& b) { return a.id < b.id; });
    }

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

    [[nodiscard]] stretch everybody() const noexcept { return all_; }

    /// nullptr: nobody has that id.
    [[nodiscard]] member const* find(key160 const& id) const noexcept {
        stretch const found = subtree(id, key160::bits);
        return found.empty() ? nullptr : &found.front();
    }

    /// Whoever shares the first `depth` bits with `prefix`. O(log n).
    [[nodiscard]] stretch subtree(key160 const& prefix, unsigned depth) const noexcept {
        auto const before = [&](member const& m) {
            return m.id < prefix && common_prefix_length(m.id, prefix) < depth;
        };
        auto const not_behind = [&](member const& m) {
            return m.id < prefix || common_prefix_length(m.id, prefix) >= depth;
        };
        auto const first = std::partition_point(all_.begin(), all_.end(), before);
        return {first, std::partition_point(first, all_.end(), not_behind)};
    }

    struct halves {
        stretch near; ///< whose next bit is that of the key
        stretch far;
    };

    /// Cuts a subtree of that depth, which holds the key, in two. O(log n).
    static halves cut(stretch tree, unsigned depth, key160 const& k) noexcept {
        auto const middle = std::partition_point(tree.begin(), tree.end(),
                                                 [&](member const& m) { return !m.id.bit(depth); });
        stretch const zeros{tree.begin(), middle};
        stretch const ones{middle, tree.end()};
        return k.bit(depth) ? halves{ones, zeros} : halves{zeros, ones};
    }

    /// The k members closest to a target, the closest first, of those with accepts(who): those who
    /// are up, say. O(k + log^2 n) where most are accepted.
    template <class Accepts>
    [[nodiscard]] std::vector<member> true_closest(key160 const& target, std::size_t k,
                                                   Accepts accepts) const {
        return closest_of(
            everybody(), target, k, [](member const& m) { return m.id; },
            [&](member const& m) { return accepts(m.who); });
    }

    [[nodiscard]] std::vector<member> true_closest(key160 const& target, std::size_t k) const {
        return true_closest(target, k, [](std::uint32_t) { return true; });
    }

    /// `count` different members of a stretch, or all where there are not so many; each set with
    /// the same chance (Floyd's algorithm: Bentley 1987). O(count^2).
    static std::vector<member> sample(stretch from, std::size_t count, dice& chance) {
        if (from.size() <= count) return {from.begin(), from.end()};
        std::vector<std::size_t> chosen;
        for (std::size_t last = from.size() - count; last < from.size(); ++last) {
            auto const drawn = static_cast<std::size_t>(below(chance, last + 1));
            bool const is_new = std::find(chosen.begin(), chosen.end(), drawn) == chosen.end();
            chosen.push_back(is_new ? drawn : last);
        }
        std::vector<member> members;
        for (std::size_t const i : chosen)
            members.push_back(from[i]);
        return members;
    }

    /// Of those who share the first `depth` bits with `prefix`.
    [[nodiscard]] std::vector<member> sample_in(key160 const& prefix, unsigned depth,
                                                std::size_t count, dice& chance) const {
        return sample(subtree(prefix, depth), count, chance);
    }

private:
    std::vector<member> all_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
