#ifndef DHT_SIM_NODE_HOST_HPP
#define DHT_SIM_NODE_HOST_HPP

#include <dht/fwd.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/settings.hpp>
#include <dht/sim/host.hpp>

#include <tuple>

namespace dht::inline DHT_ABI::sim {

/// A node whose chance comes from the world. Any other node will do that has a random source made
/// from one number.
template <class... P>
using node = dht::node<seeded_random, P...>;

/// A host with a node on it. User verbs go through it, since the world must hear of them.
template <class Node, class... P>
class node_host final : public host {
    using random = std::remove_cvref_t<
        decltype(std::declval<Node&>().template policy<slots::random_source>())>;
    static_assert(
        std::constructible_from<random, std::uint64_t>,
        "dht: a node in a world takes its chance from there: give it seeded_random, or use "
        "dht::sim::node<...>");

public:
    node_host(ground& world, std::vector<endpoint> addresses, settings const& s, P... policies)
        : host{world, std::move(addresses)},
          settings_{s},
          policies_{std::move(policies)...} {}

    /// The node itself, to look at. The host must be up.
    [[nodiscard]] Node const& inside() const noexcept { return *node_; }

    /// verb(node, now): whatever a user may do to a node.
    template <class F>
    auto use(F&& verb) {
        if constexpr (std::is_void_v<std::invoke_result_t<F&, Node&, instant>>) {
            verb(*node_, clock());
            world().settle(*this);
        } else {
            auto const result = verb(*node_, clock());
            world().settle(*this);
            return result;
        }
    }

    void bootstrap(endpoint const& from) {
        use([&](Node& n, instant now) { n.bootstrap(now, from); });
    }

    operation_id ping(endpoint const& who) {
        return use([&](Node& n, instant now) { return n.ping(now, who); });
    }

    operation_id find_node(key160 const& target) {
        return use([&](Node& n, instant now) { return n.find_node(now, target); });
    }

    operation_id find_peers(info_hash const& hash, find_peers_options const& options = {}) {
        return use([&](Node& n, instant now) { return n.find_peers(now, hash, options); });
    }

    operation_id announce(info_hash const& hash, announce_options const& options) {
        return use([&](Node& n, instant now) { return n.announce(now, hash, options); });
    }

    /// The last word of an operation of this life; nullptr while there is none.
    [[nodiscard]] outcome const* result(operation_id id) const noexcept {
        for (outcome const& o : results_)
            if (o.operation == id) return &o;
        return nullptr;
    }

    /// Forgets the results so far. Who starts many operations should, now and then.
    void forget_results() noexcept { results_.clear(); }

private:
    void begin() override {
        random chance{world().seed_for(at(), life())};
        std::apply([&](P const&... p) { node_.emplace(settings_, p..., chance); }, policies_);
        node_->set_unix_time(clock(), world().unix_now());
        for (endpoint const& local : addresses())
            node_->open(clock(), local);
    }

    void end() override {
        node_.reset();
        results_.clear();
    }

    void receive(instant now, via_index via, endpoint const& from, byte_view bytes) override {
        node_->receive(now, via, from, bytes);
    }

    void advance(instant now) override { node_->advance(now); }

    [[nodiscard]] std::optional<deadline> next_deadline() const override {
        return node_->next_deadline();
    }

    std::optional<transmit> poll_transmit() override { return node_->poll_transmit(); }

    void take_outcomes() override {
        while (auto o = node_->poll_outcome())
            if (o->finished) results_.push_back(std::move(*o));
    }

    settings settings_;
    std::tuple<P...> policies_;
    std::optional<Node> node_;
    std::vector<outcome> results_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
