#ifndef DHT_SECURE_ID_CHALLENGE_HPP
#define DHT_SECURE_ID_CHALLENGE_HPP

#include <dht/policy/signature_budget.hpp>
#include <dht/secure/challenge_proof.hpp>
#include <dht/secure/puzzle_id.hpp>
#include <dht/secure/short_memory.hpp>

namespace dht::inline DHT_ABI {

struct challenge_rules {
    id_binding binding = id_binding::bep42;
    std::optional<puzzle_rules> puzzle{}; ///< the id must have been paid for, too (puzzle_id)
    std::uint16_t waiting_max = 64;       ///< challenges at once
    std::uint16_t proven_max = 4'096;     ///< remembered, for an hour
};

/// What became of the challenges of a node.
struct challenge_counts {
    std::uint64_t asked = 0;
    std::uint64_t proven = 0;
    std::uint64_t refuted = 0;    ///< a wrong answer, or an error
    std::uint64_t unanswered = 0; ///< the contact may try again
    std::uint64_t postponed = 0;  ///< too many at once, or we do not know our own address
};

/// Lets nobody into the table who has not proven that he has the key behind his id, and has it
/// where he is. Whoever has answered a question of ours for the first time is asked `id_challenge`
/// before he enters: so a challenge goes to nobody whose address is not known to be his. His answer
/// signs our nonce, both ids and the address that he saw the question come from: whoever passes a
/// question on to somebody else gets an answer for another address. Who signs messages anyhow
/// (signed_messages) is asked nothing.
///
/// A query has the fields "n", 16 bytes that are new, and "z", 128 bytes of padding, so that it is
/// larger than its answer: "key" (32 bytes) and "sig" (64). Queries without are refused with 203,
/// and more than settings.signatures_per_second, shared fairly among addresses, with 202.
///
/// All nodes of the table have keys then, and those that they name: an overlay of its own, whose
/// nodes answer everybody.
class id_challenge {
public:
    using policy_slot = slots::extension;

    explicit id_challenge(ed25519_key_pair const& key, challenge_rules const& rules = {}) noexcept
        : key_{key},
          rules_{rules} {}

    template <class Settings, class Rng>
    void start(Settings const& s, Rng& rng) noexcept {
        secret_ = {rng.next(), rng.next()};
        per_second_ = s.signatures_per_second;
        proven_ = {rules_.proven_max, hours{1}, secret_};
        refuted_ = {rules_.proven_max, minutes{10}, secret_};
    }

    void own_nodes(std::span<own_node const> nodes) noexcept {
        ours_.assign(nodes.begin(), nodes.end());
    }

    // -- who is asked

    answer_verdict answer(extension_query const& q, extension_reply& r) noexcept {
        if (q.query.method != detail::challenge_method) return answer_verdict::declined;
        auto const nonce = detail::challenge_question::read(q.query.a);
        r.code = krpc::error_code::protocol;
        r.text = "no challenge";
        if (!nonce || q.via >= ours_.size()) return answer_verdict::refused;
        r.code = krpc::error_code::server;
        r.text = "busy";
        if (!budget_.take(source_of(q.from.ip), q.at.now, per_second_, [&] { return secret_; }))
            return answer_verdict::refused;
        detail::challenge_text const text{*nonce, ours_[q.via].id, q.query.sender, q.from.ip};
        answer_ = detail::challenge_answer{{key_.public_key(), key_.sign(text.bytes())}};
        r.fields = answer_.fields();
        return answer_verdict::replied;
    }

    // -- who guards the table

    void read(times, endpoint const& from, krpc::message const& m) noexcept {
        if (!rules_.puzzle) return;
        paid_from_ = from;
        paid_ = puzzle_proof_in(m);
    }

    entry_verdict may_enter(times at, contact const& c, auth_verdict const& auth) noexcept {
        std::uint64_t const name = name_of(c.at);
        if (refuted_.find(name) != nullptr) return entry_verdict::no;
        bool const has_answered = c.last_reply == coarse(at.now);
        if (!has_answered) return entry_verdict::yes; // as somebody to be asked
        node_id const id = to_node_id(c.id);
        if (node_id const* const known = proven_.find(name); known != nullptr && *known == id)
            return entry_verdict::yes;
        auto const paid = paid_from_ == c.at ? paid_ : std::nullopt;
        if (auth.what == auth_verdict::kind::signed_message &&
            is_id_of(id, auth.key, paid, at.date)) {
            proven_.put(name, id, at.now);
            return entry_verdict::yes;
        }
        if (!rules_.puzzle || paid) challenge(id, c.at, paid);
        return entry_verdict::ask_first;
    }

    // -- what is asked

    std::optional<extension_question> next(times) noexcept {
        for (waiting& w : waiting_) {
            if (w.sent) continue;
            w.sent = true;
            w.asker = ours_[w.via].id;
            ++counts_.asked;
            question_ = detail::challenge_question{w.nonce};
            return extension_question{
                w.via,         w.at, detail::challenge_method, question_.fields(), w.cookie,
                krpc::other{}, {}};
        }
        return std::nullopt;
    }

    void on_reply(times at, std::uint32_t cookie, endpoint const& from,
                  krpc::reply const& r) noexcept {
        auto const w = take(cookie);
        if (!w) return;
        auto const proof = detail::challenge_answer::read(r.r);
        bool const good = proof && r.sender == w->id &&
                          is_id_of(w->id, proof->key, w->paid, at.date) && is_signed(*w, *proof);
        ++(good ? counts_.proven : counts_.refuted);
        if (good)
            proven_.put(name_of(from), w->id, at.now);
        else
            refuted_.put(name_of(from), {}, at.now);
    }

    void on_failure(times at, std::uint32_t cookie, errc why) noexcept {
        auto const w = take(cookie);
        if (!w) return;
        bool const said_no = why == errc::remote_error;
        ++(said_no ? counts_.refuted : counts_.unanswered);
        if (said_no) refuted_.put(name_of(w->at), {}, at.now);
    }

    void tidy(instant now) {
        proven_.tidy(now);
        refuted_.tidy(now);
        waiting_.shrink_to_fit();
    }

    [[nodiscard]] challenge_counts const& counts() const noexcept { return counts_; }

private:
    struct nothing {};

    struct waiting {
        std::uint32_t cookie = 0;
        via_index via = 0;
        endpoint at;
        node_id id;
        node_id asker; ///< our id when it was asked
        address asker_at;
        detail::challenge_nonce nonce{};
        std::optional<puzzle_proof> paid{};
        bool sent = false;
    };

    /// Is that his key, and was the id paid for where that is required?
    [[nodiscard]] bool is_id_of(node_id const& id, ed25519_public_key const& key,
                                std::optional<puzzle_proof> const& paid,
                                unix_time date) const noexcept {
        if (!rules_.puzzle) return is_id_of_key(id, key, rules_.binding);
        return paid && paid->key == key &&
               is_proof_for(id, *paid, *rules_.puzzle, rules_.binding, date);
    }

    static bool is_signed(waiting const& w, detail::challenge_proof const& proof) noexcept {
        detail::challenge_text const text{w.nonce, w.id, w.asker, w.asker_at};
        return ed25519_verify(proof.key, text.bytes(), proof.signature);
    }

    void challenge(node_id const& id, endpoint const& where,
                   std::optional<puzzle_proof> const& paid) noexcept {
        for (waiting const& w : waiting_)
            if (w.at == where) return;
        auto const via = via_for(where.ip.ip_family());
        auto const us = via ? own_address(*via) : std::nullopt;
        if (!us || waiting_.size() >= rules_.waiting_max) {
            ++counts_.postponed;
            return;
        }
        waiting_.push_back({next_cookie_, *via, where, id, {}, *us, nonce_of(next_cookie_), paid});
        ++next_cookie_;
    }

    [[nodiscard]] std::optional<via_index> via_for(family f) const noexcept {
        for (std::size_t via = 0; via < ours_.size(); ++via)
            if (ours_[via].at.ip.ip_family() == f) return static_cast<via_index>(via);
        return std::nullopt;
    }

    /// As others see it; nothing: nobody has said so yet.
    [[nodiscard]] std::optional<address> own_address(via_index via) const noexcept {
        own_node const& us = ours_[via];
        if (us.external) return us.external->ip;
        if (is_unroutable(us.at.ip) || is_local(us.at.ip)) return std::nullopt;
        return us.at.ip;
    }

    /// Nobody can know it before, and none comes twice.
    [[nodiscard]] detail::challenge_nonce nonce_of(std::uint32_t cookie) const noexcept {
        detail::challenge_nonce nonce;
        for (std::uint32_t half = 0; half < 2; ++half)
            store_big_endian(nonce.data() + std::size_t{8} * half,
                             object_hash{}(secret_, std::array{cookie, half}));
        return nonce;
    }

    std::optional<waiting> take(std::uint32_t cookie) noexcept {
        for (waiting& w : waiting_) {
            if (w.cookie != cookie) continue;
            waiting const found = w;
            w = waiting_.back();
            waiting_.pop_back();
            return found;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::uint64_t name_of(endpoint const& e) const noexcept {
        return object_hash{}(secret_, e);
    }

    ed25519_key_pair key_;
    challenge_rules rules_;
    hash_key secret_{};
    unsigned per_second_ = 1;
    std::vector<own_node> ours_{}; // by via
    signature_budget budget_{};
    detail::challenge_answer answer_{};
    detail::challenge_question question_{};
    endpoint paid_from_{}; ///< of the message that is being taken in
    std::optional<puzzle_proof> paid_{};
    std::vector<waiting> waiting_{};
    std::uint32_t next_cookie_ = 0;
    short_memory<node_id> proven_{0, {}, {}};
    short_memory<nothing> refuted_{0, {}, {}};
    challenge_counts counts_{};
};

} // namespace dht::inline DHT_ABI

#endif
