#ifndef DHT_ENGINE_RESPONDER_HPP
#define DHT_ENGINE_RESPONDER_HPP

#include <dht/engine/membership.hpp>

namespace dht::inline DHT_ABI::engine {

/// A query, where it came from and how to name it in the answer.
struct query_context {
    via_index via = 0;
    endpoint from;
    byte_view tid;
    krpc::query const& query;
    auth_verdict const& auth;
};

/// Answers queries: one small function per method of KRPC. Queries that a token scheme or an
/// extension cannot decide at once are parked here, in bounded number and for bounded time.
template <class Set>
class responder {
    using core_type = core<Set>;

public:
    explicit responder(std::size_t pending_max) noexcept : parked_{pending_max} {}

    void answer(core_type& c, query_context const& q) {
        std::visit([&](auto const& args) { on(c, q, args); }, q.query.args);
    }

    void refuse(core_type& c, via_index via, endpoint const& to, byte_view tid,
                krpc::error_code code, std::string_view text) {
        c.send(via, to, traffic::reply, [&](byte_span out) noexcept {
            return krpc::encode_error(out, tid, version(c), to, code, text);
        });
        c.publish(event::query_refused{c.at.now, via, to, code});
    }

    /// Asks token schemes and extensions what they have decided meanwhile, and gives up on the
    /// late.
    void settle(core_type& c) {
        if constexpr (tokens_pend) {
            while (auto const s = tokens(c).poll_verdict(c.at))
                settle_token(c, *s);
        }
        c.policies.for_each([&](auto& p) {
            if constexpr (answers_later<std::remove_cvref_t<decltype(p)>>)
                while (auto const late = p.poll_answer(c.at))
                    settle_answer(c, *late);
        });
        parked_.for_each([&](auto h, parked& p) {
            if (c.at.now < p.gives_up_at) return;
            parked const lost = p;
            parked_.erase(h);
            refuse(c, lost.via, lost.from, lost.tid, krpc::error_code::server,
                   "no verdict in time");
        });
    }

    [[nodiscard]] bool waiting() const noexcept { return !parked_.empty(); }

private:
    struct parked {
        via_index via = 0;
        endpoint from;
        static_vector<std::byte, krpc::tid_bytes_max> tid;
        event::method what{};
        info_hash hash{};
        stored_peer peer{};
        instant gives_up_at{};
        auth_verdict auth{};
    };

    static constexpr bool tokens_pend = requires(typename Set::token_scheme & t, times at) {
        { t.poll_verdict(at) } -> std::same_as<std::optional<settled_token>>;
    };

    static auto& tokens(core_type& c) noexcept { return c.template policy<slots::token_scheme>(); }

    static auto& peers(core_type& c) noexcept { return c.template policy<slots::peer_store>(); }

    static store_verdict announce(core_type& c, info_hash const& hash, stored_peer const& peer,
                                  auth_verdict const& auth) noexcept {
        if constexpr (stores_by_signer<typename Set::peer_store>)
            return peers(c).announce(c.at.now, hash, peer, auth);
        else
            return peers(c).announce(c.at.now, hash, peer);
    }

    static byte_view version(core_type const& c) noexcept {
        return std::as_bytes(std::span<char const>{c.limits.version});
    }

    void on(core_type& c, query_context const& q, krpc::ping const&) { reply(c, q, {}); }

    void on(core_type& c, query_context const& q, krpc::find_node const& a) {
        reply_with_nodes(c, q, a.target, a.wants, {});
    }

    void on(core_type& c, query_context const& q, krpc::get_peers const& a) {
        std::array<endpoint, 256> values;
        std::size_t const wanted = c.limits.reply_peers_max < 256 ? c.limits.reply_peers_max : 256;
        peer_wish const wish{q.from.ip.ip_family(), a.noseed};
        krpc::reply_parts parts;
        parts.values = std::span{values}.first(
            peers(c).sample(c.at.now, a.hash, wish, c.random(), std::span{values}.first(wanted)));
        token t;
        if (peers(c).accepts(c.at.now, a.hash, q.from.ip)) t = tokens(c).issue(claim(c, q, a.hash));
        parts.token = byte_view{t.data(), t.size()};
        reply_with_nodes(c, q, a.hash, a.wants, parts);
    }

    void on(core_type& c, query_context const& q, krpc::announce_peer const& a) {
        std::uint16_t const port = a.implied_port ? q.from.port : a.port;
        stored_peer const peer{{q.from.ip, port}, a.seed};
        ticket const place = tokens_pend ? park(c, q, a.hash, peer) : ticket{};
        token_verdict const verdict = tokens(c).verify(claim(c, q, a.hash), a.token, place);
        if (tokens_pend && verdict == token_verdict::pending && place) return;
        if (place) parked_.erase(named_by<parked>(subject_of(place)));
        conclude(c, q.via, q.from, q.tid, a.hash, peer, verdict, q.auth);
    }

    // Items are not served yet: `get` is answered like find_node, `put` is a method we do not know.
    void on(core_type& c, query_context const& q, krpc::get_item const& a) {
        reply_with_nodes(c, q, a.target, a.wants, {});
    }

    void on(core_type& c, query_context const& q, krpc::put_item const&) {
        refuse(c, q.via, q.from, q.tid, krpc::error_code::method_unknown, "Method Unknown");
    }

    void on(core_type& c, query_context const& q, krpc::sample_infohashes const& a) {
        reply_with_nodes(c, q, a.target, a.wants, {});
    }

    void on(core_type& c, query_context const& q, krpc::other const& a) {
        if (answered_by_extension(c, q)) return;
        if (a.target) return reply_with_nodes(c, q, *a.target, a.wants, {});
        refuse(c, q.via, q.from, q.tid, krpc::error_code::method_unknown, "Method Unknown");
    }

    bool answered_by_extension(core_type& c, query_context const& q) {
        bool done = false;
        c.policies.for_each([&](auto& p) {
            if constexpr (answers_queries<std::remove_cvref_t<decltype(p)>>) {
                if (done) return;
                ticket const place = park(c, q, {}, {});
                extension_reply r;
                answer_verdict const v = p.answer({c.at, q.via, q.from, place, q.query, q.auth}, r);
                done = v != answer_verdict::declined;
                if (v == answer_verdict::later && place) return;
                parked_.erase(named_by<parked>(subject_of(place)));
                if (done) conclude(c, q.via, q.from, q.tid, v, r);
            }
        });
        return done;
    }

    void conclude(core_type& c, via_index via, endpoint const& to, byte_view tid,
                  info_hash const& hash, stored_peer const& peer, token_verdict verdict,
                  auth_verdict const& auth) {
        if (verdict != token_verdict::valid) {
            c.publish(event::token_rejected{c.at.now, to});
            return refuse(c, via, to, tid, krpc::error_code::protocol, "bad token");
        }
        if (!c.allows(peer.at, address_use::store))
            return refuse(c, via, to, tid, krpc::error_code::protocol, "invalid port or address");
        if (announce(c, hash, peer, auth) == store_verdict::full) {
            c.limit_met(event::limit::peers);
            return refuse(c, via, to, tid, krpc::error_code::server, "store is full");
        }
        c.alarms.set_if_earlier(wake_reason::store_expiry, c.at.now + seconds{10});
        c.publish(event::peer_stored{c.at.now, hash, peer.at});
        send_reply(c, via, to, tid, event::method::announce_peer, "announce_peer", {}, {});
    }

    void conclude(core_type& c, via_index via, endpoint const& to, byte_view tid,
                  answer_verdict verdict, extension_reply const& r) {
        if (verdict == answer_verdict::replied)
            send_reply(c, via, to, tid, event::method::other, "", {}, r.fields);
        else
            refuse(c, via, to, tid, r.code, r.text);
    }

    ticket park(core_type& c, query_context const& q, info_hash const& hash,
                stored_peer const& peer) {
        auto const h = parked_.emplace(
            parked{q.via, q.from, static_vector<std::byte, krpc::tid_bytes_max>{q.tid},
                   static_cast<event::method>(q.query.args.index()), hash, peer,
                   c.at.now + c.limits.pending_query_time_max, q.auth});
        if (!h)
            c.limit_met(event::limit::pending_queries);
        else
            c.alarms.set_if_earlier(wake_reason::pending_query, c.at.now + milliseconds{50});
        return named_by<ticket_tag>(subject_of(h));
    }

    void settle_token(core_type& c, settled_token const& s) {
        parked const* const found = parked_.find(named_by<parked>(subject_of(s.query)));
        if (found == nullptr) return;
        parked const p = *found;
        parked_.erase(named_by<parked>(subject_of(s.query)));
        conclude(c, p.via, p.from, p.tid, p.hash, p.peer, s.verdict, p.auth);
    }

    void settle_answer(core_type& c, late_answer const& late) {
        parked const* const found = parked_.find(named_by<parked>(subject_of(late.id)));
        if (found == nullptr) return;
        parked const p = *found;
        parked_.erase(named_by<parked>(subject_of(late.id)));
        conclude(c, p.via, p.from, p.tid, late.verdict, late.reply);
    }

    static token_claim claim(core_type& c, query_context const& q, key160 const& target) noexcept {
        return {c.at, q.from.ip, target, c.identities[q.via].id()};
    }

    using node_list = static_vector<node_contact, 16>;

    /// The closest contacts of that family that have answered us and not failed since; not the
    /// asker.
    static node_list closest(core_type& c, query_context const& q, key160 const& target, family f) {
        node_list nodes;
        for (std::size_t i = 0; i < c.identities.size(); ++i) {
            identity const& self = c.identities[f == q.from.ip.ip_family() ? q.via : i];
            if (self.ip_family() != f) continue;
            auto const found =
                self.table.closest_to(target, c.limits.reply_nodes, [&](contact const& k) {
                    return k.failures == 0 && k.at != q.from &&
                           c.allows(k.at, address_use::hand_out);
                });
            for (contact const* k : found)
                nodes.push_back({to_node_id(k->id), k->at});
            break;
        }
        return nodes;
    }

    void reply_with_nodes(core_type& c, query_context const& q, key160 const& target,
                          krpc::want wants, krpc::reply_parts parts) {
        bool const v4 = q.from.ip.is_v4();
        bool const n4 = wants.n4 || (!wants.n6 && v4);
        bool const n6 = wants.n6 || (!wants.n4 && !v4);
        node_list nodes;
        node_list nodes6;
        if (n4) nodes = closest(c, q, target, family::ipv4);
        if (n6) nodes6 = closest(c, q, target, family::ipv6);
        if (n4) parts.nodes = nodes;
        if (n6) parts.nodes6 = nodes6;
        reply(c, q, parts);
    }

    void reply(core_type& c, query_context const& q, krpc::reply_parts const& parts) {
        send_reply(c, q.via, q.from, q.tid, static_cast<event::method>(q.query.args.index()),
                   q.query.method, parts, {});
    }

    /// A reply that does not fit goes without the last of the longer list. False: none is left.
    static bool drop_farthest(krpc::reply_parts& parts) noexcept {
        auto& longer =
            *(parts.nodes6 && (!parts.nodes || parts.nodes6->size() > parts.nodes->size())
                  ? &parts.nodes6
                  : &parts.nodes);
        if (!longer || longer->empty()) return false;
        longer = longer->first(longer->size() - 1);
        return true;
    }

    void send_reply(core_type& c, via_index via, endpoint const& to, byte_view tid,
                    event::method what, std::string_view method, krpc::reply_parts parts,
                    raw_fields const& extra) {
        added_fields const added = c.added_to({message_kind::reply, method, to});
        parts.tid = tid;
        parts.version = version(c);
        parts.sender = c.identities[via].id();
        parts.requester = to;
        std::size_t const bytes = c.send(via, to, traffic::reply, [&](byte_span out) noexcept {
            std::size_t size = 0;
            do // values give way to what fits by themselves
                size =
                    krpc::encode_reply(out, parts, extra.empty() ? added.body : extra, added.top);
            while (size == 0 && drop_farthest(parts));
            return size;
        });
        if (bytes > 0)
            c.publish(
                event::query_answered{c.at.now, via, to, what, static_cast<std::uint32_t>(bytes)});
    }

    slab<parked> parked_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
