#ifndef DHT_SIM_NODE_HOST_HPP
#define DHT_SIM_NODE_HOST_HPP

#include <dht/fwd.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/settings.hpp>
#include <dht/sim/client.hpp>

#include <tuple>

namespace dht::inline DHT_ABI::sim {

/// A node whose chance comes from the world. Any other node will do that has a random source made
/// from one number.
template <class... P>
using node = dht::node<seeded_random, P...>;

/// A host with a node on it. User verbs go through it, since the world must hear of them.
template <class Node, class... P>
class node_host final : public client {
    using random = std::remove_cvref_t<
        decltype(std::declval<Node&>().template policy<slots::random_source>())>;
    static_assert(
        std::constructible_from<random, std::uint64_t>,
        "dht: a node in a world takes its chance from there: give it seeded_random, or use "
        "dht::sim::node<...>");

public:
    node_host(ground& world, std::vector<endpoint> addresses, settings const& s, P... policies)
        : client{world, std::move(addresses)},
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

    using client::find_peers;

    void bootstrap(endpoint const& from) override {
        use([&](Node& n, instant now) { n.bootstrap(now, from); });
    }

    operation_id ping(endpoint const& who) {
        return use([&](Node& n, instant now) { return n.ping(now, who); });
    }

    operation_id find_node(key160 const& target) override {
        return use([&](Node& n, instant now) { return n.find_node(now, target); });
    }

    operation_id find_peers(info_hash const& hash, find_peers_options const& options) override {
        return use([&](Node& n, instant now) { return n.find_peers(now, hash, options); });
    }

    operation_id announce(info_hash const& hash, announce_options const& options) override {
        return use([&](Node& n, instant now) { return n.announce(now, hash, options); });
    }

    operation_id put(item const& what) override {
        return use([&](Node& n, instant now) { return n.put(now, what); });
    }

    operation_id get(ed25519_public_key const& owner) override {
        return use([&](Node& n, instant now) { return n.get(now, owner); });
    }

    [[nodiscard]] node_id own_id(via_index via) const override { return node_->own_id(via); }

    void for_each_contact(via_index via,
                          std::function<void(contact const&)> const& f) const override {
        node_->for_each_contact(via, f);
    }

    [[nodiscard]] std::vector<std::byte> save(snapshot_scope what) const override {
        std::vector<std::byte> bytes;
        node_->snapshot(clock(), bytes, what);
        return bytes;
    }

    void restore(byte_view saved) override {
        use([&](Node& n, instant now) { n.restore(now, saved); });
    }

    [[nodiscard]] outcome const* result(operation_id id) const noexcept override {
        for (outcome const& o : results_)
            if (o.operation == id) return &o;
        return nullptr;
    }

    void forget_results() noexcept override { results_ = std::vector<outcome>{}; }

private:
    void begin() override {
        random chance{world().seed_for(at(), life())};
        std::apply([&](P const&... p) { node_.emplace(settings_, p..., chance); }, policies_);
        node_->set_unix_time(clock(), world().unix_now());
        for (endpoint const& local : addresses())
            node_->open(clock(), local);
        if (!remembered_.empty()) node_->restore(clock(), remembered_);
        remembered_ = std::vector<std::byte>{};
    }

    void say_goodbye() override {
        remembered_ = save(snapshot_scope::own_state);
        node_->stop(clock());
    }

    void end() override {
        node_.reset();
        forget_results();
    }

    [[nodiscard]] std::optional<deadline> next_deadline() const override {
        return node_ ? node_->next_deadline() : std::nullopt;
    }

    void receive(instant now, via_index via, endpoint const& from, byte_view bytes) override {
        node_->receive(now, via, from, bytes);
    }

    void advance(instant now) override { node_->advance(now); }

    std::optional<transmit> poll_transmit() override { return node_->poll_transmit(); }

    void take_outcomes() override {
        while (auto o = node_->poll_outcome()) {
            world().tell(*this, *o);
            if (o->finished) results_.push_back(std::move(*o));
        }
    }

    settings settings_;
    std::tuple<P...> policies_;
    std::optional<Node> node_;
    std::vector<std::byte> remembered_;
    std::vector<outcome> results_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
