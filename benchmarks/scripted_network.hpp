#ifndef DHT_BENCHMARKS_SCRIPTED_NETWORK_HPP
#define DHT_BENCHMARKS_SCRIPTED_NETWORK_HPP

#include <dht/dht.hpp>

#include <algorithm>
#include <vector>

/// Nodes that answer each question as nodes of a real network would, and do nothing else: an array
/// of ids, and a reply written into the asker's bytes.
namespace bench {

using namespace dht;

class scripted_network {
public:
    static constexpr std::size_t peers_per_torrent = 50;

    /// At most 1.3 million, no two in one /24, with the ids that BEP 42 wants there.
    explicit scripted_network(std::size_t nodes, std::uint64_t seed = 1) : place_of_(nodes) {
        seeded_random chance{seed};
        for (std::uint32_t i = 0; i < nodes; ++i) {
            endpoint const at{address::v4(first_ip + (i << 8U)), 6881};
            members_.push_back({bep42_id{}.generate(at.ip, chance), at});
        }
        std::sort(members_.begin(), members_.end(), by_id);
        for (std::uint32_t i = 0; i < nodes; ++i)
            place_of_[number_of(members_[i].at)] = i;
    }

    [[nodiscard]] node_contact const& operator[](std::size_t i) const noexcept {
        return members_[i];
    }

    [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }

    /// What the member at `to` answers to `question`, written to `out`: how many bytes.
    std::size_t answer(endpoint const& to, byte_view question, byte_span out) const noexcept {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(question, m, why) != errc::ok) return 0;
        auto const& q = std::get<krpc::query>(m.body);
        std::size_t const self = place_of_[number_of(to)];
        krpc::reply_parts parts;
        parts.tid = m.tid;
        parts.sender = members_[self].id;
        parts.token = byte_view{members_[self].id.bytes}.first(8);
        friends known;
        torrent peers;
        if (auto const* const find = std::get_if<krpc::find_node>(&q.args))
            parts.nodes = known.closest(*this, self, find->target);
        if (auto const* const get = std::get_if<krpc::get_item>(&q.args))
            parts.nodes = known.closest(*this, self, get->target);
        if (auto const* const get = std::get_if<krpc::get_peers>(&q.args)) {
            parts.nodes = known.closest(*this, self, get->hash);
            if (known.all_near) parts.values = peers.some(get->hash, self);
        }
        return krpc::encode_reply(out, parts);
    }

private:
    static constexpr std::size_t answered = 8;
    static constexpr std::uint32_t first_ip = 0x0b000001;

    static bool by_id(node_contact const& a, node_contact const& b) noexcept { return a.id < b.id; }

    static std::size_t number_of(endpoint const& at) noexcept {
        return (at.ip.v4_value() - first_ip) >> 8U;
    }

    /// How many ids are smaller.
    [[nodiscard]] std::size_t rank_of(key160 const& id) const noexcept {
        return static_cast<std::size_t>(std::lower_bound(members_.begin(), members_.end(),
                                                         node_contact{to_node_id(id), {}}, by_id) -
                                        members_.begin());
    }

    /// Those that share so many bits with the target.
    [[nodiscard]] stretch sharing(unsigned bits, key160 const& target) const noexcept {
        key160 last;
        last.bytes.fill(std::byte{0xff});
        return {rank_of(with_prefix(target, bits, key160{})),
                rank_of(with_prefix(target, bits, last))};
    }

    /// Whom one member names.
    struct friends {
        compact::packed_nodes<answered> nodes;
        bool all_near = false; ///< it knows its neighbourhood, and the target lies there

        /// Of those that are one bit closer to the target than itself eight, always the same; or
        /// the eight closest of all when few are.
        byte_view closest(scripted_network const& net, std::size_t self,
                          key160 const& target) noexcept {
            unsigned const shared = common_prefix_length(net[self].id, target);
            stretch const closer = net.sharing(shared + 1, target);
            all_near = closer.size() < 4 * answered;
            if (all_near) return nearest(net, target);
            std::size_t const step = closer.size() / answered;
            for (std::size_t i = 0; i < answered; ++i)
                add(net[closer.first + i * step + self % step]);
            return nodes.bytes();
        }

        byte_view nearest(scripted_network const& net, key160 const& target) noexcept {
            auto const id_at = [&](std::size_t i) -> key160 const& { return net[i].id; };
            visit_nearest(net.size(), net.rank_of(target), target, answered, id_at,
                          [&](std::size_t i) {
                              add(net[i]);
                              return nodes.size() < answered;
                          });
            return nodes.bytes();
        }

        void add(node_contact const& n) noexcept { nodes.push_back(n.id, n.at); }
    };

    /// Who shares a torrent: each of the closest nodes knows ten of fifty.
    struct torrent {
        std::array<endpoint, 10> peers;

        std::span<endpoint const> some(info_hash const& hash, std::size_t self) noexcept {
            auto const of_torrent = static_cast<std::uint32_t>(hash.high_bits() & 0xffffU) << 8U;
            for (std::size_t i = 0; i < peers.size(); ++i) {
                auto const number = static_cast<std::uint32_t>((self + 3 * i) % peers_per_torrent);
                peers[i] = {address::v4(0x17000001U + of_torrent + number), 51'413};
            }
            return peers;
        }
    };

    std::vector<node_contact> members_; // ascending by id
    std::vector<std::uint32_t> place_of_;
};

} // namespace bench

#endif
