#ifndef DHT_ENGINE_IDENTITY_HPP
#define DHT_ENGINE_IDENTITY_HPP

#include <dht/engine/address_vote.hpp>
#include <dht/kad/avoid_list.hpp>
#include <dht/kad/lost_contacts.hpp>
#include <dht/kad/met_nodes.hpp>
#include <dht/kad/size_estimate.hpp>
#include <dht/kad/table.hpp>
#include <dht/outcome.hpp>

namespace dht::inline DHT_ABI::engine {

/// Local addresses of one node.
inline constexpr std::size_t identities_max = 32;

/// Lookups of a newcomer: our neighbourhood, then the four shallowest buckets.
inline constexpr std::uint8_t join_steps = 5;

/// Who we are on one local address: an id and a table of its own (BEP 45). Dual stack has two
/// (BEP 32).
struct identity {
    endpoint local;
    routing_table table;    ///< knows our id
    avoid_list avoid;       ///< endpoints that did not answer, or change their ids too often
    avoid_list changed_ids; ///< endpoints that answered with another id than before, lately
    met_nodes met;          ///< who gave tokens in lookups
    lost_contacts lost{};   ///< whom the table has forgotten, to be asked again
    address_vote votes{};
    size_estimate size{};
    instant refresh_at{};
    instant look_for_crowd_at{};  ///< when the next may be asked whether his site is crowded
    instant join_anew_at{};       ///< when more crowded sites may make us join anew
    std::size_t crowds_known = 0; ///< crowded sites when it joined last
    std::uint8_t join_step = 0;   ///< how many of join_steps have begun
    bool joining = false;         ///< one of those lookups is running

    [[nodiscard]] family ip_family() const noexcept { return local.ip.ip_family(); }

    [[nodiscard]] bool joined() const noexcept { return join_step == join_steps && !joining; }

    /// More than once within a quarter of an hour: such an endpoint serves its sentence.
    [[nodiscard]] bool changes_ids(endpoint const& at) const noexcept {
        return changed_ids.offences(at) > 1;
    }

    /// Questions that so many nodes may answer, or not, will not have it allocate.
    void make_room(std::size_t nodes) {
        table.make_room(nodes, ip_family());
        avoid.make_room(nodes);
        changed_ids.make_room(nodes);
        met.make_room(nodes, ip_family());
        lost.make_room(ip_family());
        votes.make_room(ip_family());
    }

    void shrink_to_fit() {
        table.shrink_to_fit();
        avoid.shrink_to_fit();
        changed_ids.shrink_to_fit();
        met.shrink_to_fit();
        lost.shrink_to_fit();
        votes.shrink_to_fit();
    }

    [[nodiscard]] node_id id() const noexcept { return to_node_id(table.own_id()); }
};

} // namespace dht::inline DHT_ABI::engine

#endif
