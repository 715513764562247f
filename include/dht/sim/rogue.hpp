#ifndef DHT_SIM_ROGUE_HPP
#define DHT_SIM_ROGUE_HPP

#include <dht/policy/id_generator.hpp>
#include <dht/sim/nuisance.hpp>
#include <dht/sim/sybils.hpp>
#include <dht/wire/item.hpp>

namespace dht::inline DHT_ABI::sim {

/// A host that breaks the protocol wherever it can, so that checkers have something to see. It has
/// four ports on each of two addresses. Whoever asks is told a false external address and nodes
/// that do not exist; some ports answer from the other address, with a wrong transaction id, with
/// the asker's own id, or refuse to store. It answers what nobody asked. With each token that it
/// gets it announces from its other address or something else, and again after half an hour; and it
/// puts items in any order of their seq.
///
/// Not the usual adversary: it wants nothing, and gains nothing from good nodes.
class rogue {
public:
    /// `number`: of its first address in the address plan; the second one is the next.
    rogue(world& w, std::uint32_t number, std::vector<endpoint> victims, std::uint64_t seed)
        : world_{w},
          victims_{std::move(victims)},
          chance_{seed},
          selves_{identities(addresses_from(number), bep42_id{}, chance_)},
          nobodies_{
              compact::packed(identities(scattered_addresses(8, number + 3), bep42_id{}, chance_))},
          lie_{public_v4(number + 2)},
          host_{w.add_script(addresses_from(number),
                             [this](scripted_host&, datagram const& d) { hear(d); })},
          pace_{w, 1, [this] { act(); }} {}

    rogue(rogue const&) = delete;
    rogue& operator=(rogue const&) = delete;

    /// By port: the first four are on the first address.
    [[nodiscard]] std::vector<node_contact> const& selves() const noexcept { return selves_; }

private:
    static constexpr std::uint16_t ports = 4;
    static constexpr std::size_t other_address = ports; ///< from one port to that of the other

    /// What a port does wrong when it is asked, beside lying.
    enum class vice : std::uint8_t { none, answers_from_elsewhere, changes_tid, mirrors_id };

    struct gift {
        std::size_t me; ///< the port to which the token was given
        endpoint giver;
        key160 target;
        packet token;
    };

    static std::vector<endpoint> addresses_from(std::uint32_t number) {
        std::vector<endpoint> all;
        for (std::uint16_t i = 0; i < 2 * ports; ++i)
            all.push_back(
                public_v4(number + i / ports, static_cast<std::uint16_t>(usual_port + i % ports)));
        return all;
    }

    void hear(datagram const& d) {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(d.bytes, m, why) != errc::ok) return;
        std::size_t me = 0;
        while (selves_[me].at != d.to)
            ++me;
        if (auto const* const q = std::get_if<krpc::query>(&m.body)) return answer(me, d, m, *q);
        auto const* const r = std::get_if<krpc::reply>(&m.body);
        if (r == nullptr || r->token.empty() || m.tid.size() != key160::size_bytes) return;
        use({me, d.from, key160::from(m.tid), {r->token.begin(), r->token.end()}});
    }

    // -- asked

    void answer(std::size_t me, datagram const& d, krpc::message const& m, krpc::query const& q) {
        auto const wrong = static_cast<vice>(me % ports);
        member const self{selves_[me].id, selves_[me].at, {}};
        question const asked{self, d, m, q};
        packet tid{m.tid.begin(), m.tid.end()};
        if (wrong == vice::changes_tid && !tid.empty()) tid.back() ^= std::byte{1};
        std::size_t const voice = wrong == vice::answers_from_elsewhere ? other(me) : me;
        packet bytes(1'400);
        if (me >= ports && std::holds_alternative<krpc::announce_peer>(q.args))
            bytes.resize(krpc::encode_error(bytes, tid, {}, lie_, krpc::error_code::server, "no"));
        else
            bytes.resize(lie(bytes, tid, wrong == vice::mirrors_id ? q.sender : self.id, asked));
        host_.send_as(selves_[voice].at, d.from, bytes);
    }

    std::size_t lie(byte_span bytes, byte_view tid, node_id const& name, question const& asked) {
        krpc::reply_parts parts;
        parts.tid = tid;
        parts.sender = name;
        parts.requester = lie_;
        if (asked.target()) parts.nodes = byte_view{nobodies_};
        if (asked.for_storing()) parts.token = as_bytes("good");
        return krpc::encode_reply(bytes, parts);
    }

    static std::size_t other(std::size_t me) noexcept { return (me + other_address) % (2 * ports); }

    // -- unasked

    void act() {
        std::size_t const me = below(chance_, selves_.size());
        endpoint const to = victims_[below(chance_, victims_.size())];
        switch (below(chance_, 4)) {
        case 0:
            return answer_nobody(me, to);
        case 1: {
            key160 const target = mutable_item_key(owner_.public_key(), {});
            return ask(me, to, target.bytes, "get", krpc::get_item{target, {}, {}});
        }
        default:
            key160 const hash = random_key(chance_);
            ask(me, to, hash.bytes, "get_peers", krpc::get_peers{to_info_hash(hash)});
        }
    }

    void answer_nobody(std::size_t me, endpoint const& to) {
        krpc::reply_parts parts;
        key160 const tid = random_key(chance_);
        parts.tid = byte_view{tid.bytes}.first(6);
        parts.sender = bep42_id{}.generate(selves_[me].at.ip, chance_);
        packet bytes(1'400);
        bytes.resize(krpc::encode_reply(bytes, parts));
        host_.send_as(selves_[me].at, to, bytes);
    }

    void use(gift const& g) {
        if (g.target == mutable_item_key(owner_.public_key(), {})) return put(g);
        gift wrong = g;
        if (below(chance_, 2) == 0)
            wrong.me = other(g.me);
        else
            wrong.target = random_key(chance_);
        announce(wrong);
        announce_later(minutes{4}, g);
        announce_later(minutes{30}, g);
    }

    void announce_later(duration d, gift const& g) {
        world_.call_after(d, [this, g] { announce(g); });
    }

    void announce(gift const& g) {
        krpc::announce_peer const what{to_info_hash(g.target), g.token, usual_port};
        key160 const tid = random_key(chance_);
        ask(g.me, g.giver, byte_view{tid.bytes}.first(8), "announce_peer", what);
    }

    void put(gift const& g) {
        auto const seq = static_cast<std::int64_t>(1 + below(chance_, 9));
        item const made = sign_item(owner_, {}, seq, as_bytes("1:x"));
        krpc::put_item what{g.token, made.v, *made.k, made.sig, {}, seq};
        key160 const tid = random_key(chance_);
        ask(g.me, g.giver, byte_view{tid.bytes}.first(8), "put", what);
    }

    void ask(std::size_t me, endpoint const& to, byte_view tid, std::string_view method,
             krpc::arguments const& what) {
        packet bytes(1'400);
        bytes.resize(krpc::encode_query(bytes, {tid, {}, selves_[me].id}, method, what));
        host_.send_as(selves_[me].at, to, bytes);
    }

    world& world_;
    std::vector<endpoint> victims_;
    seeded_random chance_;
    std::vector<node_contact> selves_;
    packet nobodies_; // as a reply has them
    endpoint lie_;
    ed25519_key_pair owner_ = ed25519_key_pair::from_seed(ed25519_seed{});
    scripted_host& host_;
    pacer pace_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
