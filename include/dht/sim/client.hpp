#ifndef DHT_SIM_CLIENT_HPP
#define DHT_SIM_CLIENT_HPP

#include <dht/sim/host.hpp>

#include <functional>

namespace dht::inline DHT_ABI::sim {

/// A host with a DHT node of any kind on it: what its user can do, so that populations of different
/// nodes do the same in one world. It must be up for all of it. Operations end by an outcome, which
/// watchers hear, too.
class client : public host {
public:
    using host::host;

    virtual void bootstrap(endpoint const& from) = 0;
    virtual operation_id find_node(key160 const& target) = 0;
    virtual operation_id find_peers(info_hash const& hash, find_peers_options const& options) = 0;
    virtual operation_id announce(info_hash const& hash, announce_options const& options) = 0;

    operation_id find_peers(info_hash const& hash) { return find_peers(hash, {}); }

    /// BEP 44, for nodes that know it. The null id: this one does not.
    virtual operation_id put(item const& /*what*/) { return {}; }

    virtual operation_id get(ed25519_public_key const& /*owner*/) { return {}; }

    [[nodiscard]] virtual node_id own_id(via_index via) const = 0;

    /// Everybody who is in the routing table of that address, and has answered.
    virtual void for_each_contact(via_index via,
                                  std::function<void(contact const&)> const& f) const = 0;

    /// Who it is and whom it knows, for restore() of the same kind of node; empty: it cannot save.
    [[nodiscard]] virtual std::vector<std::byte> save(snapshot_scope /*what*/) const { return {}; }

    virtual void restore(byte_view /*saved*/) {}

    /// The last word of an operation of this life; nullptr while there is none.
    [[nodiscard]] virtual outcome const* result(operation_id id) const noexcept = 0;

    /// Forgets the results so far. Who starts many operations should, now and then.
    virtual void forget_results() noexcept = 0;
};

} // namespace dht::inline DHT_ABI::sim

#endif
