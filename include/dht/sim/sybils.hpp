#ifndef DHT_SIM_SYBILS_HPP
#define DHT_SIM_SYBILS_HPP

#include <dht/sim/conspiracy.hpp>
#include <dht/sim/pacer.hpp>
#include <dht/wire/krpc_decode.hpp>
#include <dht/wire/krpc_encode.hpp>

#include <numeric>

/// How the members of a conspiracy come among honest nodes and answer them. One scripted host has
/// the addresses of all of them:
///
///     sim::conspiracy ring{seed};
///     ring.enlist(sim::identities(sim::scattered_addresses(1'000), random_id{}, ring.chance()));
///     auto& host = w.add_script(ring.addresses(), sim::answering(ring, sim::diverter{ring}));
namespace dht::inline DHT_ABI::sim {

/// A query that came to a member.
struct question {
    member const& me;
    datagram const& came;
    krpc::message const& message;
    krpc::query const& query;

    /// What the asker wants to get near to; nothing for ping, announce_peer and put.
    [[nodiscard]] std::optional<key160> target() const {
        return std::visit(
            [](auto const& a) -> std::optional<key160> {
                if constexpr (requires {
                                  a.wants;
                                  a.hash;
                              })
                    return a.hash;
                if constexpr (requires {
                                  a.wants;
                                  a.target;
                              })
                    return a.target;
                return std::nullopt;
            },
            query.args);
    }

    /// Does it expect a token?
    [[nodiscard]] bool for_storing() const noexcept {
        return std::holds_alternative<krpc::get_peers>(query.args) ||
               std::holds_alternative<krpc::get_item>(query.args);
    }
};

/// What a member answers to a question; nothing: silence.
using behaviour = std::function<packet(question const&)>;

/// The answer that a node would give which has nothing stored: a name, those of the nodes that are
/// of the asker's family, and a token that is as good as any other.
inline packet answer(question const& q, std::vector<node_contact> nodes, node_id const& name) {
    family const f = q.came.from.ip.ip_family();
    std::erase_if(nodes, [f](node_contact const& n) { return n.at.ip.ip_family() != f; });
    krpc::reply_parts parts;
    parts.tid = q.message.tid;
    parts.sender = name;
    parts.requester = q.came.from;
    packet const named = compact::packed(nodes);
    if (q.target()) (f == family::ipv4 ? parts.nodes : parts.nodes6) = byte_view{named};
    if (q.for_storing()) parts.token = as_bytes("good");
    packet bytes(1'400);
    bytes.resize(krpc::encode_reply(bytes, parts));
    return bytes;
}

inline packet answer(question const& q, std::vector<node_contact> nodes) {
    return answer(q, std::move(nodes), q.me.id);
}

/// The script of a host that has the addresses of members: decodes what comes, and lets them
/// answer. Whatever else comes is ignored.
inline scripted_host::script answering(conspiracy const& ring, behaviour behave) {
    return [&ring, behave = std::move(behave)](scripted_host& h, datagram const& d) {
        member const* const me = ring.member_at(d.to);
        if (me == nullptr || me->since > d.at) return;
        krpc::message message;
        krpc::refusal why;
        if (krpc::decode(d.bytes, message, why) != errc::ok) return;
        auto const* const query = std::get_if<krpc::query>(&message.body);
        if (query == nullptr) return;
        packet const reply = behave({*me, d, message, *query});
        if (!reply.empty()) h.send_as(d.to, d.from, reply);
    };
}

/// A rule: members are that near to everybody, and nothing is lost on the way.
inline rule well_connected(conspiracy const& ring, duration round_trip) {
    return [&ring, round_trip](datagram const& d) {
        bool const ours = ring.member_at(d.from) != nullptr || ring.member_at(d.to) != nullptr;
        return ours ? deliver(round_trip / 2) : pass();
    };
}

/// Lets the members come, one after the other at a steady rate. Each introduces itself to honest
/// nodes, as joining nodes do: it asks the closest ones, and as many of all, for its own id. A-HOR
/// lets them come within an hour. Enlist the members first, with `since` = never.
class infiltration {
public:
    infiltration(world& w, scripted_host& host, conspiracy& ring, duration within,
                 std::size_t introductions = 8)
        : host_{host},
          ring_{ring},
          introductions_{introductions},
          order_(ring.members().size()),
          pace_{w, 1e6 * static_cast<double>(order_.size()) / static_cast<double>(within.count()),
                [this, &w] { next(w.now()); }} {
        std::iota(order_.begin(), order_.end(), 0U);
        for (std::size_t i = order_.size(); i > 1; --i)
            std::swap(order_[i - 1], order_[below(ring.chance(), i)]);
    }

    infiltration(infiltration const&) = delete;
    infiltration& operator=(infiltration const&) = delete;

    [[nodiscard]] std::size_t arrived() const noexcept { return arrived_; }

private:
    void next(instant now) {
        if (arrived_ == order_.size()) return;
        std::uint32_t const i = order_[arrived_++];
        ring_.admit(i, now);
        member const& m = ring_.members()[i];
        for (node_contact const& n : ring_.closest_honest(m.id, introductions_ / 2))
            introduce(m, n.at);
        std::size_t const anywhere = ring_.honest().empty() ? 0 : introductions_ / 2;
        for (std::size_t n = 0; n < anywhere; ++n)
            introduce(m, ring_.honest()[below(ring_.chance(), ring_.honest().size())].at);
    }

    void introduce(member const& m, endpoint const& to) {
        packet bytes(200);
        bytes.resize(krpc::encode_query(bytes, {as_bytes("hi"), {}, m.id}, "find_node",
                                        krpc::find_node{m.id}));
        host_.send_as(m.at, to, bytes);
    }

    scripted_host& host_;
    conspiracy& ring_;
    std::size_t introductions_;
    std::vector<std::uint32_t> order_;
    std::size_t arrived_ = 0;
    pacer pace_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
