#ifndef DHT_TESTS_FUZZ_STRANGER_REPLY_HPP
#define DHT_TESTS_FUZZ_STRANGER_REPLY_HPP

#include "watched_node.hpp"

namespace fuzz {

/// What somebody answers to a question of the node, and what its views need: `how` says what is in
/// it, `whom` of which hosts it tells.
struct stranger_reply {
    stranger_reply(asked const& q, std::uint8_t how, std::uint8_t whom) {
        parts.tid = q.tid;
        parts.sender = id_of(q.to, static_cast<std::uint8_t>((how & 16U) != 0 ? whom : 0));
        add_nodes(q, how, whom);
        parts.nodes = byte_view{nodes};
        parts.nodes6 = byte_view{nodes6};
        if ((how & 32U) != 0) parts.token = as_bytes("a token");
        if ((how & 64U) != 0) parts.requester = endpoint_of(static_cast<std::uint8_t>(whom / 4));
        if ((how & 128U) != 0) add_findings(whom);
    }

    /// Up to 15, each a bit closer to what was asked for than the one before.
    void add_nodes(asked const& q, std::uint8_t how, std::uint8_t whom) {
        for (unsigned i = 0; i < how % 16U; ++i) {
            endpoint const at = endpoint_of(static_cast<std::uint8_t>(whom + i));
            filler random{whom + i};
            node_id const plausible = bep42_id{}.generate(at.ip, random);
            key160 const close = with_prefix(q.target, whom % 32U + i, plausible);
            node_id const id = whom % 2 == 0 ? plausible : to_node_id(close);
            auto const more = compact::packed(std::array{node_contact{id, at}});
            auto& named = at.ip.is_v4() ? nodes : nodes6;
            named.insert(named.end(), more.begin(), more.end());
        }
    }

    /// What any kind of search may bring.
    void add_findings(std::uint8_t whom) {
        for (unsigned i = 0; i < whom % 32U; ++i)
            values.push_back(endpoint_of(static_cast<std::uint8_t>(whom + i)));
        parts.values = values;
        found = item_of(whom);
        sig = found.sign();
        parts.item = {found.v, {}, {}, found.seq};
        if ((whom & 16U) != 0) parts.item->k = owner().public_key();
        if ((whom & 16U) != 0) parts.item->sig = sig;
        samples.resize(whom % 4U);
        parts.samples = {samples, 0, whom};
        filter.resize(256, static_cast<std::byte>(whom));
        if (whom % 8U == 1) parts.filters = {filter, filter};
    }

    krpc::reply_parts parts;
    std::vector<std::byte> nodes, nodes6;
    std::vector<endpoint> values;
    std::vector<info_hash> samples;
    sample_item found;
    ed25519_signature sig{};
    packet filter;
};

} // namespace fuzz

#endif
