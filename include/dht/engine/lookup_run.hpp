#ifndef DHT_ENGINE_LOOKUP_RUN_HPP
#define DHT_ENGINE_LOOKUP_RUN_HPP

#include <dht/engine/operations.hpp>

namespace dht::inline DHT_ABI::engine {

/// What a lookup asks everybody on its way.
enum class lookup_asks : std::uint8_t { find_node, get_peers, get_item };

/// What it does when it has found the closest nodes.
enum class lookup_stores : std::uint8_t { nothing, peer, item, repairs };

/// What a lookup is for.
struct lookup_plan {
    via_index via = 0;
    key160 target;
    operation_id operation{}; ///< null: upkeep
    lookup_asks asks = lookup_asks::find_node;
    lookup_stores stores = lookup_stores::nothing;
    bool noseed = false;
    bool scrape = false;
    std::optional<std::int64_t> newer_than{}; ///< get_item: no values up to this seq
    bool joins = false;                       ///< a step of joining the network
    std::uint8_t mirrored = 0; ///< 1 + the bit in which `target` is not that of the key; 0: none
    instant starts_at{};

    /// What is stored or looked for.
    [[nodiscard]] key160 key() const noexcept {
        key160 k = target;
        if (mirrored != 0) k.flip_bit(mirrored - 1U);
        return k;
    }

    /// Is it on the side of the key, where its crowd is? See region.hpp.
    [[nodiscard]] bool shuns(key160 const& id) const noexcept {
        return mirrored != 0 && common_prefix_length(id, target) == mirrored - 1U;
    }
};

/// A lookup on its way: searching first, then perhaps storing.
template <class State>
struct lookup_run {
    enum class phase : std::uint8_t {
        waiting, ///< its time has not come
        searching,
        inquiring, ///< has found the closest to a mirror, and asks them for the key
        arrived,   ///< knows the closest; other lookups of the operation do not yet
        storing,
        ended, ///< other lookups of the operation have not
    };

    lookup_plan plan;
    shortlist list;
    State state{};
    lookup_progress progress{};
    instant started{};
    std::uint16_t answers = 0; ///< ordinal of the last answer: the source of its candidates
    std::uint32_t stores = 0;  ///< questions of storing on their way
    phase in = phase::waiting;
    bool retry_set = false;
    std::uint8_t looks_behind = 0;
    std::uint8_t crowd = 0;       ///< of the closest, more than chance allows; 0: no crowd
    key160 reach{};               ///< how far the closest nodes should lie; zero: nobody knows
    handle<lookup_run> sibling{}; ///< the lookup of the same operation that was started before
};

} // namespace dht::inline DHT_ABI::engine

#endif
