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

    /// An operation of a node has something to tell before it ends.
    virtual void on_progress(host const& /*of*/, outcome const& /*o*/) {}

    /// It has ended.
    virtual void on_outcome(host const& /*of*/, outcome const& /*o*/) {}

    /// It has done something, and has sent what it had to say.
    virtual void on_step(host const& /*who*/) {}

protected:
    ~watcher() = default;
};

/// All who watch one world, told in the order in which they came.
class audience {
public:
    void join(watcher& w) { all_.push_back(&w); }

    void sent(host const& by, datagram const& d) const {
        for (watcher* const w : all_)
            w->on_sent(by, d);
    }

    void delivered(host const& to, datagram const& d) const {
        for (watcher* const w : all_)
            w->on_delivered(to, d);
    }

    void told(host const& of, outcome const& o) const {
        for (watcher* const w : all_)
            o.finished ? w->on_outcome(of, o) : w->on_progress(of, o);
    }

    void stepped(host const& who) const {
        for (watcher* const w : all_)
            w->on_step(who);
    }

private:
    std::vector<watcher*> all_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
