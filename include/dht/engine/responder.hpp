#ifndef DHT_ENGINE_RESPONDER_HPP
#define DHT_ENGINE_RESPONDER_HPP

#include <dht/engine/refusals.hpp>
#include <dht/policy/signature_budget.hpp>
#include <dht/wire/bloom.hpp>
#include <dht/wire/krpc_usual.hpp>

namespace dht::inline DHT_ABI::engine {

/// Answers queries: one small function per method of KRPC. Queries that a token scheme or an
/// extension cannot decide at once are parked here, in bounded number and for bounded time.
template <class Set>
class responder {
    using core_type = core<Set>;

public:
    explicit responder(std::size_t pending_max) noexcept : parked_{pending_max} {}

    /// These datagrams are going to be received.
    template <class Datagrams>
    static void expect(core_type const& c, Datagrams const& all) noexcept {
        if constexpr (expects_queries<typename Set::peer_store>) {
            static_vector<expected_query, expected_max> queries;
            for (auto const& d : all)
                if (byte_view const seen = krpc::guess_info_hash(d.bytes); !seen.empty())
                    queries.push_back({to_info_hash(key160::from(seen)), d.from.ip});
            c.template policy<slots::peer_store>().expect(queries);
        }
    }

    void answer(core_type& c, query_context const& q) {
        if (is_on_topic(c, q.query)) return answer_on_topic(c, q);
        std::visit([&](auto const& args) { on(c, q, args); }, q.query.args);
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
                while (auto late = p.poll_answer(c.at))
                    settle_answer(c, *late);
        });
        parked_.for_each([&](auto h, parked& p) {
            if (c.at.now < p.gives_up_at) return;
            parked const lost = p;
            parked_.erase(h);
            refuse_query(c, lost.via, lost.from, lost.tid, krpc::error_code::server,
                         "no verdict in time");
        });
    }

    [[nodiscard]] bool waiting() const noexcept { return !parked_.empty(); }

private:
    struct peer_to_store {
        info_hash hash{};
        stored_peer peer{};
    };

    struct item_to_store {
        item_key key{};
        item_view offered{};                         ///< views the datagram
        std::optional<krpc::error_code> objection{}; ///< told only to who has a valid token
        std::optional<dht::item> kept{};             ///< the same, when the datagram may be gone

        [[nodiscard]] item_view what() const noexcept {
            if (!kept) return offered;
            item_view v = kept->view();
            v.cas = offered.cas;
            return v;
        }
    };

    using to_store = std::variant<std::monostate, peer_to_store, item_to_store>;

    struct parked {
        via_index via = 0;
        endpoint from;
        static_vector<std::byte, krpc::tid_bytes_max> tid;
        event::method what{};
        instant gives_up_at{};
        auth_verdict auth{};
        to_store what_to_store{};
    };

    static constexpr bool tokens_pend = requires(typename Set::token_scheme & t, times at) {
        { t.poll_verdict(at) } -> std::same_as<std::optional<settled_token>>;
    };

    static auto& tokens(core_type& c) noexcept { return c.template policy<slots::token_scheme>(); }

    static auto& peers(core_type& c) noexcept { return c.template policy<slots::peer_store>(); }

    static auto& items(core_type& c) noexcept { return c.template policy<slots::item_store>(); }

    static store_verdict announce(core_type& c, info_hash const& hash, stored_peer const& peer,
                                  auth_verdict const& auth) noexcept {
        if constexpr (stores_by_signer<typename Set::peer_store>)
            return peers(c).announce(c.at.now, hash, peer, auth);
        else
            return peers(c).announce(c.at.now, hash, peer);
    }

    void on(core_type& c, query_context const& q, krpc::ping const&) { reply_with_nothing(c, q); }

    void on(core_type& c, query_context const& q, krpc::find_node const& a) {
        reply_with_nodes(c, q, a.target, a.wants);
    }

    void on(core_type& c, query_context const& q, krpc::get_peers const& a) {
        static_vector<endpoint, 256> values;
        values.resize_for_overwrite(
            std::min<std::size_t>(c.limits.reply_peers_max, values.capacity()));
        peer_wish const wish{q.from.ip.ip_family(), a.noseed};
        std::array<std::byte, bloom_filter::size_bytes> seeds; // zeroed where they are asked for
        std::array<std::byte, bloom_filter::size_bytes> peers_found;
        krpc::reply_parts parts;
        parts.values = std::span<endpoint const>{values}.first(
            peers(c).sample(c.at.now, a.hash, wish, c.random(), values));
        if (a.scrape) {
            seeds.fill({});
            peers_found.fill({});
            if (peers(c).filters(c.at.now, a.hash, {seeds, peers_found}))
                parts.filters = {seeds, peers_found};
        }
        token t;
        if (peers(c).accepts(c.at.now, a.hash, q.from.ip)) t = tokens(c).issue(claim(c, q, a.hash));
        parts.token = byte_view{t.data(), t.size()};
        reply_with_nodes(c, q, a.hash, a.wants, parts);
    }

    void on(core_type& c, query_context const& q, krpc::announce_peer const& a) {
        std::uint16_t const port = a.implied_port ? q.from.port : a.port;
        verify(c, q, a.hash, a.token, peer_to_store{a.hash, {{q.from.ip, port}, a.seed}});
    }

    /// A reply without a value says so by its token and nodes alone (BEP 44).
    void on(core_type& c, query_context const& q, krpc::get_item const& a) {
        item_key const key{a.target};
        auto const kept = items(c).get(c.at.now, key);
        krpc::reply_parts parts;
        if (kept) {
            bool const is_mutable = !kept->k.empty();
            bool const is_news = !is_mutable || !a.seq || kept->seq > *a.seq;
            parts.item.emplace();
            if (is_news) *parts.item = {kept->v, kept->k, kept->sig, {}};
            if (is_mutable) parts.item->seq = kept->seq;
        }
        token t;
        if (items(c).accepts(c.at.now, key, q.from.ip)) t = tokens(c).issue(claim(c, q, key));
        parts.token = byte_view{t.data(), t.size()};
        reply_with_nodes(c, q, a.target, a.wants, parts);
    }

    void on(core_type& c, query_context const& q, krpc::put_item const& a) {
        item_to_store what;
        item_view const offered{a.v, a.k, a.sig, a.salt, a.seq.value_or(0), a.cas};
        if (a.v.size() > krpc::item_value_bytes_max)
            what.objection = krpc::error_code::value_too_big;
        else if (a.salt.size() > krpc::item_salt_bytes_max)
            what.objection = krpc::error_code::salt_too_big;
        what.key = a.k.empty() ? immutable_item_key(a.v) : mutable_item_key(a.k, a.salt);
        what.offered = offered;
        verify(c, q, what.key, a.token, what);
    }

    /// The sample stays the same for its interval, so that asking again brings nothing (BEP 51).
    void on(core_type& c, query_context const& q, krpc::sample_infohashes const& a) {
        if (c.at.now >= sample_ends_ || sample_.empty()) {
            sample_.assign(samples_max, {});
            std::size_t const drawn =
                peers(c).sample_keys(c.random(), {sample_.begin(), sample_.size()});
            while (sample_.size() > drawn)
                sample_.pop_back();
            for (std::size_t i = sample_.size(); i > 1; --i) // what does not fit is cut off behind
                std::swap(sample_[i - 1], sample_[static_cast<std::size_t>(below(c.random(), i))]);
            sample_ends_ = c.at.now + c.limits.sample_interval;
        }
        krpc::reply_parts parts;
        auto const left = std::chrono::ceil<seconds>(sample_ends_ - c.at.now).count();
        parts.samples = {std::span<info_hash const>{sample_.begin(), sample_.size()},
                         static_cast<std::int64_t>(peers(c).keys()),
                         static_cast<std::int32_t>(left)};
        reply_with_nodes(c, q, a.target, a.wants, parts);
    }

    void on(core_type& c, query_context const& q, krpc::other const& a) {
        if (answered_by_extension(c, q)) return;
        if (a.target) return reply_with_nodes(c, q, *a.target, a.wants);
        refuse_query(c, q, krpc::error_code::method_unknown, "Method Unknown");
    }

    bool answered_by_extension(core_type& c, query_context const& q) {
        bool done = false;
        c.policies.for_each([&](auto& p) {
            if constexpr (answers_queries<std::remove_cvref_t<decltype(p)>>) {
                if (done) return;
                ticket const place = park(c, q, {});
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

    void answer_on_topic(core_type& c, query_context const& q) {
        extension_reply r;
        answer_verdict v = answer_verdict::declined;
        c.policies.for_each([&](auto& p) {
            if constexpr (keeps_topics<std::remove_cvref_t<decltype(p)>>)
                if (v == answer_verdict::declined)
                    v = p.answer_on_topic({c.at, q.via, q.from, {}, q.query, q.auth}, r);
        });
        if (v == answer_verdict::replied)
            return send_reply(c, q.via, q.from, q.tid,
                              static_cast<event::method>(q.query.args.index()), q.query.method,
                              r.parts, r.fields, q.query.topic);
        if (v == answer_verdict::declined) {
            r.code = krpc::error_code::protocol;
            r.text = "not subscribed to that topic";
        }
        raw_fields top;
        topic_field const field{q.query.topic};
        field.join(top);
        refuse_query(c, q.via, q.from, q.tid, r.code, r.text, top);
    }

    // -- storing: first the token, then what it is for

    /// Stores what the query brought if its token is good, now or when the scheme has decided.
    void verify(core_type& c, query_context const& q, key160 const& target, byte_view token,
                to_store what) {
        ticket const place = tokens_pend ? park(c, q, what) : ticket{};
        token_claim whose = claim(c, q, target);
        if (auto const* const peer = std::get_if<peer_to_store>(&what))
            whose.port = peer->peer.at.port;
        token_verdict verdict = tokens(c).verify(whose, token, place);
        if (verdict == token_verdict::pending && place) return;
        if (place) parked_.erase(named_by<parked>(subject_of(place)));
        if (verdict == token_verdict::undecided) { // at once: it has no room for one more
            if (place) c.limit_met(event::limit::pending_queries);
            verdict = token_verdict::pending;
        }
        conclude(c, q, what, verdict);
    }

    void conclude(core_type& c, query_context const& q, to_store const& what,
                  token_verdict verdict) {
        if (verdict != token_verdict::valid) return refuse_token(c, q, verdict);
        if (auto const* const peer = std::get_if<peer_to_store>(&what)) store(c, q, *peer);
        if (auto const* const item = std::get_if<item_to_store>(&what)) store(c, q, *item);
    }

    void store(core_type& c, query_context const& q, peer_to_store const& p) {
        if (!c.allows(p.peer.at, address_use::store))
            return refuse_query(c, q, krpc::error_code::protocol, "invalid port or address");
        if (announce(c, p.hash, p.peer, q.auth) == store_verdict::full) {
            c.limit_met(event::limit::peers);
            return refuse_query(c, q, krpc::error_code::server, "store is full");
        }
        c.alarms.set_if_earlier(wake_reason::store_expiry, c.at.now + seconds{10});
        c.publish(event::peer_stored{c.at.now, p.hash, p.peer.at});
        reply_with_nothing(c, q);
    }

    void store(core_type& c, query_context const& q, item_to_store const& i) {
        bool const unproven = !i.objection && !i.what().k.empty() && !is_kept(c, i);
        if (unproven && !may_verify(c, q.from.ip)) {
            c.limit_met(event::limit::signatures);
            return refuse_query(c, q, krpc::error_code::server, "busy: put it again later");
        }
        if (auto const why = objection_to(c, q, i, unproven)) {
            if (*why == krpc::error_code::server) c.limit_met(event::limit::items);
            return refuse_query(c, q, *why, objection_text(*why));
        }
        c.alarms.set_if_earlier(wake_reason::store_expiry, c.at.now + seconds{10});
        c.publish(event::item_stored{c.at.now, i.key, i.what().seq});
        reply_with_nothing(c, q);
    }

    /// Then its signature has been verified.
    static bool is_kept(core_type& c, item_to_store const& i) noexcept {
        item_view const o = i.what();
        auto const kept = items(c).get(c.at.now, i.key);
        return kept && kept->seq == o.seq && equal(kept->v, o.v) && equal(kept->sig, o.sig);
    }

    bool may_verify(core_type& c, address const& from) {
        return signatures_.take(source_of(from), c.at.now, c.limits.signatures_per_second,
                                [&] { return c.draw_hash_key(); });
    }

    /// BEP 44 in the order of its codes: sizes, signature, cas and seq.
    std::optional<krpc::error_code> objection_to(core_type& c, query_context const& q,
                                                 item_to_store const& i, bool unproven) noexcept {
        if (i.objection) return i.objection;
        item_view const o = i.what();
        if (unproven && !item_signature_valid(o.k, o.salt, o.seq, o.v, o.sig))
            return krpc::error_code::invalid_signature;
        return items(c).put(c.at.now, q.from.ip, i.key, o);
    }

    void conclude(core_type& c, via_index via, endpoint const& to, byte_view tid,
                  answer_verdict verdict, extension_reply& r) {
        if (verdict == answer_verdict::replied)
            send_reply(c, via, to, tid, event::method::other, "", r.parts, r.fields);
        else
            refuse_query(c, via, to, tid, r.code, r.text);
    }

    ticket park(core_type& c, query_context const& q, to_store what) {
        auto const h = parked_.emplace(
            parked{q.via, q.from, static_vector<std::byte, krpc::tid_bytes_max>{q.tid},
                   static_cast<event::method>(q.query.args.index()),
                   c.at.now + c.limits.pending_query_time_max, q.auth, std::move(what)});
        if (!h) {
            c.limit_met(event::limit::pending_queries);
            return {};
        }
        keep_bytes(parked_.find(h)->what_to_store);
        c.alarms.set_if_earlier(wake_reason::pending_query, c.at.now + milliseconds{50});
        return named_by<ticket_tag>(subject_of(h));
    }

    /// The datagram that an item came in will be gone.
    static void keep_bytes(to_store& what) {
        auto* const i = std::get_if<item_to_store>(&what);
        if (i == nullptr) return;
        if (!i->objection) i->kept = to_item(i->offered);
        auto const cas = i->offered.cas;
        i->offered = {};
        i->offered.cas = cas;
    }

    void settle_token(core_type& c, settled_token const& s) {
        parked* const found = parked_.find(named_by<parked>(subject_of(s.query)));
        if (found == nullptr) return;
        parked const p = std::move(*found);
        parked_.erase(named_by<parked>(subject_of(s.query)));
        krpc::query query;
        query.method = p.what == event::method::put ? "put" : "announce_peer";
        if (p.what == event::method::put)
            query.args.template emplace<krpc::put_item>();
        else
            query.args.template emplace<krpc::announce_peer>();
        conclude(c, {p.via, p.from, p.tid, query, p.auth}, p.what_to_store, s.verdict);
    }

    void settle_answer(core_type& c, late_answer& late) {
        parked* const found = parked_.find(named_by<parked>(subject_of(late.id)));
        if (found == nullptr) return;
        parked const p = std::move(*found);
        parked_.erase(named_by<parked>(subject_of(late.id)));
        conclude(c, p.via, p.from, p.tid, late.verdict, late.reply);
    }

    static token_claim claim(core_type& c, query_context const& q, key160 const& target) noexcept {
        return {c.at, q.from.ip, target, c.identities[q.via].id()};
    }

    static constexpr std::size_t samples_max = 50; ///< more do not fit a datagram

    slab<parked> parked_;
    thin_vector<info_hash> sample_{};
    instant sample_ends_{};
    signature_budget signatures_{};
};

} // namespace dht::inline DHT_ABI::engine

#endif
