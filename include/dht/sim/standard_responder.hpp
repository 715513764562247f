#ifndef DHT_SIM_STANDARD_RESPONDER_HPP
#define DHT_SIM_STANDARD_RESPONDER_HPP

#include <dht/sim/standard_post.hpp>
#include <dht/sim/standard_store.hpp>

namespace dht::inline DHT_ABI::sim {

/// The server of a standard client: the four queries of BEP 5, and an error for all others.
class standard_responder {
public:
    standard_responder(std::uint64_t secret, standard_parameters const& p) noexcept
        : tokens_{secret, p},
          store_{p} {}

    [[nodiscard]] standard_store const& store() const noexcept { return store_; }

    [[nodiscard]] standard_store& store() noexcept { return store_; }

    /// Who asks, and with what it is answered.
    struct visit {
        endpoint from;
        byte_view tid;
        instant now{};
        standard_table const& table;
        standard_post& post;
    };

    void answer(visit const& v, krpc::query const& query) {
        std::visit([&](auto const& args) { on(v, args); }, query.args);
    }

private:
    static void on(visit const& v, krpc::ping const&) { reply(v, {}); }

    static void on(visit const& v, krpc::find_node const& q) { reply_nodes(v, q.target, {}); }

    void on(visit const& v, krpc::get_peers const& q) const {
        auto const token = tokens_.issue(v.from.ip, v.now);
        auto const peers = store_.of(q.hash, v.now);
        krpc::reply_parts parts;
        parts.token = token;
        parts.values = {peers.data(), peers.size()};
        reply_nodes(v, q.hash, parts);
    }

    void on(visit const& v, krpc::announce_peer const& q) {
        if (!tokens_.verify(q.token, v.from.ip, v.now))
            return v.post.refuse(v.from, v.tid, krpc::error_code::protocol, "bad token");
        std::uint16_t const port = q.implied_port ? v.from.port : q.port;
        store_.add(q.hash, {v.from.ip, port}, v.now);
        reply(v, {});
    }

    template <class Unknown>
    static void on(visit const& v, Unknown const&) {
        v.post.refuse(v.from, v.tid, krpc::error_code::method_unknown, "method unknown");
    }

    /// Nodes even beside peers, as most clients of the time: lookups go on through us.
    static void reply_nodes(visit const& v, key160 const& target, krpc::reply_parts parts) {
        compact::packed_nodes<standard_table::k> nodes;
        for (standard_contact const& c : v.table.closest(target))
            nodes.push_back(c.id, c.at.unpacked());
        parts.nodes = nodes.bytes();
        reply(v, parts);
    }

    static void reply(visit const& v, krpc::reply_parts parts) {
        parts.tid = v.tid;
        v.post.reply(v.from, parts);
    }

    standard_tokens tokens_;
    standard_store store_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
