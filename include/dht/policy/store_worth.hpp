#ifndef DHT_POLICY_STORE_WORTH_HPP
#define DHT_POLICY_STORE_WORTH_HPP

#include <dht/base/thin_vector.hpp>
#include <dht/kad/id.hpp>

#include <span>

/// How the stores in memory choose what to keep when there is more than they may hold.
namespace dht::inline DHT_ABI::detail {

/// Where our ids stand among the keys.
class vicinity {
public:
    void move_to(std::span<node_id const> ids) noexcept {
        ids_ = {};
        ids_.reserve(ids.size());
        for (node_id const& id : ids)
            ids_.push_back(id);
    }

    /// How many leading bits the key shares with the closest of our ids, up to bits_max.
    [[nodiscard]] unsigned closeness(key160 const& key) const noexcept {
        unsigned bits = 0;
        for (node_id const& id : ids_) {
            unsigned const shared = common_prefix_length(id, key);
            bits = shared > bits ? shared : bits;
        }
        return bits < bits_max ? bits : bits_max;
    }

    /// In a network of ten million nodes whatever shares so many bits with us is ours to keep; it
    /// buys nothing to search for a key that shares more.
    static constexpr unsigned bits_max = 24;

private:
    thin_vector<node_id> ids_;
};

/// Random early drop (Floyd and Jacobson 1993), with the load itself for the average queue: out of
/// early_drop_sure newcomers so many are turned away. None up to three quarters of the limit, all
/// of them when it is reached.
inline constexpr std::uint64_t early_drop_sure = 65'536;

constexpr std::uint64_t early_drop_chance(std::uint64_t used, std::uint64_t limit) noexcept {
    constexpr std::uint64_t start = early_drop_sure / 4 * 3;
    if (used >= limit) return early_drop_sure;
    std::uint64_t const load = used * early_drop_sure / limit;
    return load <= start ? 0 : (load - start) * early_drop_sure / (early_drop_sure - start);
}

} // namespace dht::inline DHT_ABI::detail

#endif
