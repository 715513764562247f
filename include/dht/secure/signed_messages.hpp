#ifndef DHT_SECURE_SIGNED_MESSAGES_HPP
#define DHT_SECURE_SIGNED_MESSAGES_HPP

#include <dht/policy/extension.hpp>
#include <dht/policy/signature_budget.hpp>
#include <dht/secure/message_sessions.hpp>
#include <dht/secure/short_memory.hpp>
#include <dht/secure/signature_field.hpp>

#include <vector>

namespace dht::inline DHT_ABI {

/// What must be signed to be heard. Whatever is not demanded is welcome: see authenticator.
enum class signatures_demanded : std::uint8_t {
    nowhere,   ///< signatures are preferred
    on_stores, ///< announce_peer and put
    always,    ///< queries and answers: nodes that do not sign take no part
};

struct signing_rules {
    signatures_demanded demanded = signatures_demanded::nowhere;
    seconds clocks_differ_max{120}; ///< ours and theirs
    std::uint16_t sessions_max = 1'024;
    std::uint16_t replays_max = 16'384; ///< signatures remembered, in twice clocks_differ_max
};

/// Signs queries, and the answers to signed queries, with the node's key; others ignore the key "S"
/// that is added (signature_field.hpp has its form). Who the receiver is, is signed, too, and in an
/// answer which query it answers, whole. So no message serves another node, at another time, or for
/// another question.
///
/// The first message to a node has a full signature, 119 or 127 bytes, and so has its answer. From
/// then on both have a session: 26 bytes, a MAC under keys that only these two can compute, in less
/// than a microsecond. A session is of one address; who comes from another one, or has forgotten
/// the session, is answered in full and begins anew.
///
/// Verifying and signing for others takes settings.signatures_per_second, shared fairly among
/// addresses; more are not verified. What is remembered is bounded: rules.sessions_max sessions,
/// settings.transactions_max questions on their way, queries that are not answered yet, and
/// rules.replays_max signatures of late, as hashes. Of a message whose signature was not found good
/// nothing is kept, but for the tag of a query in a session that we have forgotten: its answer is
/// signed. One answer to a question is looked at: after a bad one, no other counts as signed.
///
/// The node must know the date (set_unix_time), to within rules.clocks_differ_max.
class signed_messages {
public:
    using policy_slot = slots::authenticator;

    explicit signed_messages(ed25519_key_pair const& key, signing_rules const& rules = {}) noexcept
        : key_{key},
          rules_{rules} {}

    template <class Settings, class Rng>
    void start(Settings const& s, Rng& rng) noexcept {
        secret_ = {rng.next(), rng.next()};
        per_second_ = s.signatures_per_second;
        sessions_ = {key_, rules_.sessions_max, {rng.next(), rng.next()}};
        asked_ = {s.transactions_max, seconds{30}, secret_};
        heard_ = {2U * s.pending_queries_max + 64U, s.pending_query_time_max, secret_};
        replays_ = {rules_.replays_max, 2 * rules_.clocks_differ_max, secret_};
    }

    // -- an authenticator

    [[nodiscard]] bool demands(message_kind kind, event::method what) const noexcept {
        bool const stores = what == event::method::announce_peer || what == event::method::put;
        return rules_.demanded == signatures_demanded::always ||
               (rules_.demanded == signatures_demanded::on_stores && kind == message_kind::query &&
                stores);
    }

    [[nodiscard]] std::size_t room(envelope const& to) noexcept {
        std::size_t const bytes = value_bytes(to);
        return bytes == 0 ? 0 : detail::field_bytes(bytes);
    }

    template <class Rng>
    std::size_t seal(times at, Rng&, envelope const& to, byte_span buffer,
                     std::size_t used) noexcept {
        std::size_t const bytes = value_bytes(to);
        if (bytes == 0) return used;
        byte_span const message = buffer.first(used + detail::field_bytes(bytes));
        byte_span const value = detail::make_room_for_field(buffer, used, bytes);
        auto const place = detail::place_of_seal(bytes);
        std::uint64_t const nonce = sessions_.nonce_for(place_of(to));
        message_session* const session =
            bytes == detail::session_value_bytes ? sessions_.find(place_of(to)) : nullptr;
        if (session != nullptr)
            detail::write(value, detail::session_field{++session->sent});
        else
            detail::write(value, full_field_for(to, at.date, nonce));

        std::uint64_t const name = name_of(to);
        heard_query query; // that it answers
        if (to.kind == message_kind::reply) query = heard_.take(name).value_or(query);
        node_id receiver;
        if (session == nullptr)
            receiver = to.kind == message_kind::reply ? query.sender : to.id.value_or(node_id{});
        detail::signed_text const text{receiver, query.tag, message, place};
        byte_span const seal = message.subspan(place.at, place.bytes);
        if (session != nullptr)
            fill(seal, siphash128(session->keys->to_them, text.bytes()));
        else
            fill(seal, key_.sign(text.bytes()));
        if (to.kind == message_kind::query)
            asked_.put(name, {detail::tag_at(message, place), nonce, session != nullptr}, at.now);
        return message.size();
    }

    auth_verdict open(times at, envelope const& from, byte_view datagram,
                      krpc::message const&) noexcept {
        detail::read_field const field = detail::read_signature_field(datagram);
        if (std::holds_alternative<detail::no_field>(field.what)) return {};
        if (std::holds_alternative<detail::bad_field>(field.what)) return bad(fault::malformed);
        incoming in{at, from, datagram, field.place, {}};
        if (from.kind == message_kind::reply) {
            in.question = asked_.take(name_of(from));
            if (!in.question) return bad(fault::unasked);
        }
        if (auto const* const f = std::get_if<detail::session_field>(&field.what))
            return open(in, *f);
        return open(in, std::get<detail::full_field>(field.what));
    }

    // -- a machine that knows who we are

    void own_nodes(std::span<own_node const> nodes) noexcept {
        ours_.resize(nodes.size());
        for (std::size_t via = 0; via < nodes.size(); ++via) {
            if (ours_[via].now.id != nodes[via].id) ours_[via].id_before = ours_[via].now.id;
            ours_[via].now = nodes[via];
        }
    }

    void tidy(instant now) {
        sessions_.tidy();
        asked_.tidy(now);
        heard_.tidy(now);
        replays_.tidy(now);
    }

    // -- what it knows

    [[nodiscard]] ed25519_public_key const& key() const noexcept { return key_.public_key(); }

    /// With how many nodes there is a session, or one side of it.
    [[nodiscard]] std::size_t sessions() const noexcept { return sessions_.size(); }

private:
    using fault = event::signature_fault;

    /// A question of ours: what the answer must refer to.
    struct asked_question {
        mac128 tag{};
        std::uint64_t nonce = 0;
        bool in_session = false;
    };

    /// A query that is to be answered with a signature.
    struct heard_query {
        mac128 tag{};
        node_id sender{};
        bool in_session = false;
    };

    struct nothing {};

    struct own_identity {
        own_node now{};
        node_id id_before{}; ///< some still know us by it
    };

    struct incoming {
        times at;
        envelope const& from;
        byte_view datagram;
        detail::seal_place seal;
        std::optional<asked_question> question; ///< of ours, that it answers

        [[nodiscard]] byte_view signature() const noexcept {
            return datagram.subspan(seal.at, seal.bytes);
        }

        [[nodiscard]] detail::signed_text text_for(key160 const& receiver) const noexcept {
            return {receiver, question ? question->tag : mac128{}, datagram, seal};
        }
    };

    static auth_verdict bad(fault why) noexcept { return {auth_verdict::kind::bad, why, {}}; }

    static auth_verdict good(ed25519_public_key const& key) noexcept {
        return {auth_verdict::kind::signed_message, {}, key};
    }

    // -- what goes out

    /// In which form; 0: unsigned, since the query was.
    [[nodiscard]] std::size_t value_bytes(envelope const& to) noexcept {
        if (to.kind == message_kind::reply) {
            if (heard_.empty()) return 0;
            heard_query const* const q = heard_.find(name_of(to));
            if (q == nullptr) return 0;
            if (!q->in_session) return detail::full_value_bytes;
        }
        if (sessions_.find_agreed(place_of(to)) != nullptr) return detail::session_value_bytes;
        bool const to_anybody = to.kind == message_kind::query && !to.id;
        return to_anybody ? detail::addressed_value_bytes : detail::full_value_bytes;
    }

    [[nodiscard]] detail::full_field full_field_for(envelope const& to, unix_time date,
                                                    std::uint64_t nonce) const noexcept {
        detail::full_field f{key_.public_key(), static_cast<std::int64_t>(date), nonce, {}};
        if (to.kind == message_kind::query && !to.id) f.address = hash_of(to.peer);
        return f;
    }

    template <std::size_t Bytes>
    static void fill(byte_span to, std::array<std::byte, Bytes> const& from) noexcept {
        std::memcpy(to.data(), from.data(), Bytes);
    }

    // -- what comes in

    auth_verdict open(incoming const& in, detail::session_field const& f) noexcept {
        message_session* const s = sessions_.find(place_of(in.from));
        if (s == nullptr || !sessions_.can_be_used(*s) || !is_mac_of(*s, in))
            return without_session(in);
        if (!s->received.is_new(f.number)) return bad(fault::replayed);
        s->received.note(f.number);
        s->agreed = true;
        s->used_at = in.at.now;
        if (!in.question) expect_answer(in, true);
        return good(s->theirs.key);
    }

    static bool is_mac_of(message_session const& s, incoming const& in) noexcept {
        mac128 const expected = siphash128(s.keys->to_us, in.text_for({}).bytes());
        return constant_time_equal(expected, in.signature());
    }

    /// An answer that is signed in full lets them begin another one.
    auth_verdict without_session(incoming const& in) noexcept {
        if (!in.question && may_compute_for(in)) expect_answer(in, false);
        return bad(fault::no_session);
    }

    auth_verdict open(incoming const& in, detail::full_field const& f) noexcept {
        std::int64_t const age = static_cast<std::int64_t>(in.at.date) - f.stamp;
        std::int64_t const most = rules_.clocks_differ_max.count();
        if (age > most || age < -most) return bad(fault::stale);
        if (f.address && (in.question || !may_be_ours(in.from.via, *f.address)))
            return bad(fault::wrong);
        if (!in.question && !may_compute_for(in)) return bad(fault::postponed);
        std::uint64_t const name = hashed(in.signature());
        if (!in.question && replays_.find(name) != nullptr) return bad(fault::replayed);
        if (!in.question && replays_.full(in.at.now)) return bad(fault::postponed);
        auto const verify = [&](byte_view text) {
            return ed25519_verify(f.key, text, in.signature());
        };
        if (f.address ? !verify(in.text_for({}).bytes()) : !is_for_us(in, verify))
            return bad(fault::wrong);
        if (in.question) {
            on_answer(in, {f.key, f.nonce});
        } else {
            replays_.put(name, {}, in.at.now);
            sessions_.on_query(place_of(in.from), {f.key, f.nonce}, in.at.now);
            expect_answer(in, false);
        }
        return good(f.key);
    }

    /// Who answers in full within a session has forgotten it.
    void on_answer(incoming const& in, session_side const& theirs) noexcept {
        session_place const where = place_of(in.from);
        if (in.question->in_session) return sessions_.end(where);
        sessions_.on_answer(where, theirs, in.question->nonce, in.at.now);
    }

    void expect_answer(incoming const& in, bool in_session) noexcept {
        heard_query q{{}, in.from.id.value_or(node_id{}), in_session};
        std::memcpy(q.tag.data(), in.signature().data(), q.tag.size());
        heard_.put(name_of(in.from), q, in.at.now);
    }

    bool may_compute_for(incoming const& in) noexcept {
        return budget_.take(source_of(in.from.peer.ip), in.at.now, per_second_,
                            [&] { return secret_; });
    }

    // -- for whom

    /// Under our id there, or the one before.
    template <class Check>
    [[nodiscard]] bool is_for_us(incoming const& in, Check check) const noexcept {
        if (in.from.via >= ours_.size()) return false;
        own_identity const& us = ours_[in.from.via];
        detail::signed_text text = in.text_for(us.now.id);
        if (check(text.bytes())) return true;
        if (us.id_before == node_id{}) return false;
        text.name_receiver(us.id_before);
        return check(text.bytes());
    }

    /// A node that does not know its own address takes any for it.
    [[nodiscard]] bool may_be_ours(via_index via, std::uint64_t hashed_address) const noexcept {
        if (via >= ours_.size()) return false;
        own_node const& us = ours_[via].now;
        if (!us.external && (is_unroutable(us.at.ip) || is_local(us.at.ip))) return true;
        endpoint const external = us.external.value_or(us.at);
        return hashed_address == hash_of(us.at) || hashed_address == hash_of(external) ||
               hashed_address == hash_of({external.ip, us.at.port});
    }

    static std::uint64_t hash_of(endpoint const& e) noexcept {
        return object_hash{}(hash_key{}, e); // for everybody the same
    }

    // -- names

    static session_place place_of(envelope const& e) noexcept { return {e.peer, e.via}; }

    /// Of a query, of either side, and its answer.
    [[nodiscard]] std::uint64_t name_of(envelope const& e) const noexcept {
        std::array<std::byte, sizeof(session_place) + krpc::tid_bytes_max> text;
        session_place const where = place_of(e);
        std::size_t const tid_bytes = std::min(e.tid.size(), krpc::tid_bytes_max);
        std::memcpy(text.data(), &where, sizeof where);
        if (tid_bytes > 0) std::memcpy(text.data() + sizeof where, e.tid.data(), tid_bytes);
        return hashed(byte_view{text}.first(sizeof where + tid_bytes));
    }

    [[nodiscard]] std::uint64_t hashed(byte_view text) const noexcept {
        return keyed_hash(secret_, text);
    }

    ed25519_key_pair key_;
    signing_rules rules_;
    hash_key secret_{};
    unsigned per_second_ = 1;
    std::vector<own_identity> ours_{}; // by via
    message_sessions sessions_{key_, 0, {}};
    short_memory<asked_question> asked_{0, {}, {}};
    short_memory<heard_query> heard_{0, {}, {}};
    short_memory<nothing> replays_{0, {}, {}};
    signature_budget budget_{};
};

} // namespace dht::inline DHT_ABI

#endif
