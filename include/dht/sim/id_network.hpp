#ifndef DHT_SIM_ID_NETWORK_HPP
#define DHT_SIM_ID_NETWORK_HPP

#include <dht/engine/snapshot.hpp>
#include <dht/sim/placement.hpp>
#include <dht/sim/population.hpp>
#include <dht/sim/sybils.hpp>

namespace dht::inline DHT_ABI::sim {

/// A million nodes that are but ids: what each of them has in its table is drawn when it is asked,
/// the same each time. For experiments with one or two real nodes among them (see guest.hpp). They
/// do what BEP 5 says: eight to a bucket, eight in an answer, tokens for one key and one address.
class id_network {
public:
    struct plan {
        std::uint32_t nodes = 1'000'000;
        double dead = 0;   ///< share of the contacts in tables that do not answer
        std::size_t k = 8; ///< per bucket, and per answer
    };

    /// How Sybils stand in the tables of honest nodes.
    enum class hold : std::uint8_t {
        hour,    ///< they have what places were free, or have become free within an hour (W60)
        for_ever ///< in each bucket, in proportion to their number
    };

    id_network(plan const& p, std::uint64_t seed) : plan_{p}, seed_{seed}, all_{drawn(p, seed)} {
        for (std::uint32_t place = 0; place < p.nodes; ++place)
            doors_.push_back({endpoint_of(place).ip.v4_value(), place});
        std::sort(doors_.begin(), doors_.end());
    }

    [[nodiscard]] population const& all() const noexcept { return all_; }

    /// Of those who answer.
    [[nodiscard]] std::vector<population::member> alive_closest(key160 const& target,
                                                                std::size_t count) const {
        return all_.true_closest(target, count,
                                 [this](std::uint32_t place) { return !is_dead(place); });
    }

    /// Somebody's own address, who is not of the network; each number is another one.
    [[nodiscard]] endpoint guest_address(std::uint32_t number) const noexcept {
        return public_v4(plan_.nodes + 2'000'000 + number);
    }

    // -- what adversaries do

    /// Ends the last attack, and forgets what was stored. Sybils between each key and its closest
    /// honest node (A-VERT), `count` for each: at addresses of as many providers, or all of one.
    void besiege(std::span<key160 const> keys, std::size_t count, hold how, seeded_random& chance,
                 bool one_provider = false) {
        sybils_.clear();
        stored_.clear();
        how_ = how;
        for (key160 const& key : keys) {
            key160 const nearest = all_.true_closest(key, 1).front().id;
            for (node_id const& id : vertical_ids(key, nearest, count, chance))
                sybils_.push_back({id, sybil_address(sybils_ever_++, one_provider)});
        }
        std::sort(sybils_.begin(), sybils_.end(),
                  [](auto const& a, auto const& b) { return a.id < b.id; });
        sybil_doors_.clear();
        for (std::uint32_t i = 0; i < sybils_.size(); ++i)
            sybil_doors_.push_back({sybils_[i].at.ip.v4_value(), i});
        std::sort(sybil_doors_.begin(), sybil_doors_.end());
    }

    // -- what is asked

    /// Empty: silence.
    packet answer(endpoint const& from, endpoint const& to, byte_view bytes) {
        krpc::message m;
        krpc::refusal why;
        if (krpc::decode(bytes, m, why) != errc::ok) return {};
        auto const* const query = std::get_if<krpc::query>(&m.body);
        if (query == nullptr) return {};
        member const nobody{};
        question const q{nobody, {{}, from, to, bytes}, m, *query};
        if (auto const sybil = behind(sybil_doors_, to)) return lie(q, sybils_[*sybil]);
        auto const place = behind(doors_, to);
        return place && !is_dead(*place) ? honest_answer(q, *place) : packet{};
    }

    /// How many honest nodes have stored.
    [[nodiscard]] std::size_t holders() const noexcept { return stored_.size(); }

    /// A node that knows the network: everybody in its table is up.
    [[nodiscard]] std::vector<std::byte> snapshot_for(endpoint const& at, node_id const& own,
                                                      double size, bucket_capacities const& buckets,
                                                      dice& chance) const {
        std::vector<std::byte> bytes;
        saved_writer out{bytes, engine::snapshot_name, engine::snapshot_format};
        out.number(std::uint64_t{0});
        out.section("self", [&] {
            out.place(at);
            out.bytes(own.bytes);
            out.number(std::bit_cast<std::uint64_t>(size));
            out.number(std::uint8_t{64}); // lookups behind it
            population::stretch tree = all_.everybody();
            for (unsigned depth = 0; tree.size() > 1 && depth < key160::bits; ++depth) {
                auto const halves = population::cut(tree, depth, own);
                for (auto const& m : population::sample(halves.far, buckets.at(depth), chance))
                    if (!is_dead(m.who)) write_contact(out, m);
                tree = halves.near;
            }
        });
        out.section("join", [&] { out.number(std::uint8_t{1}); });
        out.end();
        return bytes;
    }

private:
    using door = std::pair<std::uint32_t, std::uint32_t>; // address, place

    struct record {
        std::uint32_t place;
        key160 key;
        endpoint peer;
        item what;
    };

    static population drawn(plan const& p, std::uint64_t seed) {
        seeded_random chance{seed};
        std::vector<key160> ids(p.nodes);
        for (key160& id : ids)
            id = random_key(chance);
        std::sort(ids.begin(), ids.end());
        std::vector<population::member> members;
        for (key160 const& id : ids)
            members.push_back({id, static_cast<std::uint32_t>(members.size())});
        return population{std::move(members)};
    }

    /// Neighbours have addresses that lie far apart.
    [[nodiscard]] endpoint endpoint_of(std::uint32_t place) const noexcept {
        return public_v4(
            static_cast<std::uint32_t>(std::uint64_t{place} * 1'000'003 % plan_.nodes));
    }

    /// Of one provider 256 have a site of their own.
    [[nodiscard]] endpoint sybil_address(std::uint32_t i, bool one_provider) const noexcept {
        if (!one_provider) return public_v4(plan_.nodes + i % 2'000'000);
        return {address::v4(0x2d2d0000U | (i % 256) << 8U | (i / 256 % 254 + 1)), usual_port};
    }

    static std::optional<std::uint32_t> behind(std::vector<door> const& doors, endpoint const& e) {
        door const first{e.ip.v4_value(), 0};
        auto const at = std::lower_bound(doors.begin(), doors.end(), first);
        if (at == doors.end() || at->first != first.first) return std::nullopt;
        return at->second;
    }

    [[nodiscard]] bool is_dead(std::uint32_t place) const noexcept {
        return dice{seed_ ^ 0xdead ^ std::uint64_t{place} << 20U}.happens(plan_.dead);
    }

    [[nodiscard]] node_contact contact_of(population::member const& m) const noexcept {
        return {to_node_id(m.id), endpoint_of(m.who)};
    }

    void write_contact(saved_writer& out, population::member const& m) const {
        out.bytes(m.id.bytes);
        out.place(endpoint_of(m.who));
        out.number(contact::rtt_unknown);
        out.number(std::uint32_t{60}); // seconds since its last answer
        out.number(std::uint8_t{0});
    }

    // -- tables

    /// Whom node `own` has who share exactly `depth` bits with it.
    [[nodiscard]] std::vector<node_contact> bucket(population::member const& own,
                                                   unsigned depth) const {
        key160 inside = own.id;
        inside.flip_bit(depth);
        dice chance{seed_ ^ (std::uint64_t{own.who} << 20U) ^ depth};
        auto const honest = all_.subtree(inside, depth + 1);
        auto const liars = sybils_in(inside, depth + 1);
        return how_ == hold::for_ever && !liars.empty() ? mixed(honest, liars, chance)
                                                        : infiltrated(honest, liars, chance);
    }

    using sybil_span = std::span<node_contact const>;

    [[nodiscard]] std::vector<node_contact> mixed(population::stretch honest, sybil_span liars,
                                                  dice& chance) const {
        std::vector<node_contact> found;
        std::size_t const both = honest.size() + liars.size();
        std::vector<std::size_t> taken;
        while (taken.size() < std::min(plan_.k, both)) {
            auto const at = static_cast<std::size_t>(below(chance, both));
            if (std::find(taken.begin(), taken.end(), at) != taken.end()) continue;
            taken.push_back(at);
            bool const is_honest = at < honest.size();
            found.push_back(is_honest ? contact_of(honest[at]) : liars[at - honest.size()]);
        }
        return found;
    }

    [[nodiscard]] std::vector<node_contact> infiltrated(population::stretch honest,
                                                        sybil_span liars, dice& chance) const {
        constexpr double gone_in_an_hour = 0.17; // 1 - exp(-0.186)
        std::vector<node_contact> found;
        for (population::member const& m : population::sample(honest, plan_.k, chance))
            if (liars.empty() || !chance.happens(gone_in_an_hour)) found.push_back(contact_of(m));
        std::size_t const first = liars.empty() ? 0 : below(chance, liars.size());
        for (std::size_t i = 0; i < liars.size() && found.size() < plan_.k; ++i)
            found.push_back(liars[(first + i) % liars.size()]);
        return found;
    }

    [[nodiscard]] std::span<node_contact const> sybils_in(key160 const& prefix,
                                                          unsigned depth) const {
        auto const before = [&](node_contact const& n) {
            return n.id < prefix && common_prefix_length<160>(n.id, prefix) < depth;
        };
        auto const first = std::partition_point(sybils_.begin(), sybils_.end(), before);
        auto const last = std::partition_point(first, sybils_.end(), [&](node_contact const& n) {
            return common_prefix_length<160>(n.id, prefix) >= depth;
        });
        return {first, last};
    }

    /// The closest to the target that it knows.
    [[nodiscard]] std::vector<node_contact> closest(population::member const& own,
                                                    key160 const& target) const {
        unsigned const home = common_prefix_length(own.id, target);
        std::vector<node_contact> found = bucket(own, home);
        for (unsigned d = home + 1; found.size() < plan_.k && d < key160::bits; ++d) {
            if (all_.subtree(own.id, d).size() + sybils_in(own.id, d).size() < 2) break;
            append(found, bucket(own, d));
        }
        for (unsigned d = home; d-- > 0 && found.size() < plan_.k;)
            append(found, bucket(own, d));
        std::sort(found.begin(), found.end(), [&](node_contact const& a, node_contact const& b) {
            return closer<160>(a.id, b.id, target);
        });
        found.resize(std::min(found.size(), plan_.k));
        return found;
    }

    static void append(std::vector<node_contact>& all, std::vector<node_contact> const& more) {
        all.insert(all.end(), more.begin(), more.end());
    }

    // -- answers

    static krpc::reply_parts parts_of(question const& q, node_id const& name) {
        krpc::reply_parts parts;
        parts.tid = q.message.tid;
        parts.sender = name;
        return parts;
    }

    static packet written(krpc::reply_parts const& parts) {
        packet bytes(1'400);
        bytes.resize(krpc::encode_reply(bytes, parts));
        return bytes;
    }

    /// Names but those that are closer to the target than itself (A-SK), and stores nothing.
    [[nodiscard]] packet lie(question const& q, node_contact const& me) const {
        auto parts = parts_of(q, me.id);
        packet nodes;
        if (auto const target = q.target()) {
            nodes = compact::packed(closest_of(
                std::span{sybils_}, *target, plan_.k, [](auto const& n) { return n.id; },
                [&](auto const& n) { return closer<160>(n.id, me.id, *target); }));
            parts.nodes = byte_view{nodes};
        }
        if (q.for_storing()) parts.token = as_bytes("good");
        return written(parts);
    }

    using token_bytes = std::array<std::byte, 8>;

    [[nodiscard]] token_bytes token_of(std::uint32_t place, address const& asker,
                                       key160 const& key) const {
        token_bytes token;
        dice mix{seed_ ^ place ^ std::uint64_t{asker.v4_value()} << 24U ^ key.high_bits()};
        store_big_endian(token.data(), mix.next());
        return token;
    }

    packet honest_answer(question const& q, std::uint32_t place) {
        population::member const& own = all_.everybody()[place];
        auto parts = parts_of(q, to_node_id(own.id));
        if (!q.target()) {
            store(q, place);
            return written(parts);
        }
        packet const nodes = compact::packed(closest(own, *q.target()));
        parts.nodes = byte_view{nodes};
        token_bytes const token = token_of(place, q.came.from.ip, *q.target());
        if (q.for_storing()) parts.token = token;
        std::vector<endpoint> peers;
        for (record const& r : stored_) {
            if (r.place != place || r.key != *q.target()) continue;
            if (std::holds_alternative<krpc::get_peers>(q.query.args)) peers.push_back(r.peer);
            if (!std::holds_alternative<krpc::get_item>(q.query.args)) continue;
            item_view const what = r.what.view();
            parts.item = {what.v, what.k, what.sig, what.seq};
        }
        parts.values = peers;
        return written(parts);
    }

    void store(question const& q, std::uint32_t place) {
        address const& from = q.came.from.ip;
        if (auto const* const peer = std::get_if<krpc::announce_peer>(&q.query.args)) {
            if (equal(peer->token, token_of(place, from, peer->hash)))
                stored_.push_back({place, peer->hash, {from, peer->port}, {}});
        } else if (auto const* const put = std::get_if<krpc::put_item>(&q.query.args)) {
            auto const what =
                to_item({put->v, put->k, put->sig, put->salt, put->seq.value_or(0), {}});
            if (!what || !equal(put->token, token_of(place, from, what->key()))) return;
            key160 const key = what->key();
            std::erase_if(stored_,
                          [&](record const& r) { return r.place == place && r.key == key; });
            stored_.push_back({place, key, {}, *what});
        }
    }

    plan plan_;
    std::uint64_t seed_;
    population all_;
    std::vector<door> doors_;
    std::vector<node_contact> sybils_;
    std::vector<door> sybil_doors_;
    std::uint32_t sybils_ever_ = 0;
    hold how_ = hold::hour;
    std::vector<record> stored_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
