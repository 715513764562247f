#ifndef DHT_SIM_WATCHER_HPP
#define DHT_SIM_WATCHER_HPP

#include <dht/outcome.hpp>
#include <dht/sim/rule.hpp>

namespace dht::inline DHT_ABI::sim {

class host;

/// Somebody who watches a world and touches nothing in it: a checker, a recorder, a counter. Worlds
/// with and without him are the same. He must live until the world's last step.
class watcher {
public:
    watcher() = default;
    watcher(watcher const&) = delete;
    watcher& operator=(watcher const&) = delete;

    /// `by` sends it now; whatever happens to it, happens later.
    virtual void on_sent(host const& /*by*/, datagram const& /*d*/) {}

    /// It has arrived at `to`, which is up and about to read it.
    virtual void on_delivered(host const& /*to*/, datagram const& /*d*/) {}

    /// An operation of a node has ended.
    virtual void on_outcome(host const& /*of*/, outcome const& /*o*/) {}

    /// It has done something, and has sent what it had to say.
    virtual void on_step(host const& /*who*/) {}

protected:
    ~watcher() = default;
};

} // namespace dht::inline DHT_ABI::sim

#endif
