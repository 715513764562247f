#ifndef DHT_SECURE_QUORUM_TOKENS_HPP
#define DHT_SECURE_QUORUM_TOKENS_HPP

#include <dht/secure/token_uses.hpp>
#include <dht/secure/witnessed_claims.hpp>
#include <dht/settings.hpp>

#include <stdexcept>
#include <string>

namespace dht::inline DHT_ABI {

/// Tokens of a group of nodes that share duty for keys: what one of them issued is good at each of
/// them, once, if `required` members find it good. Ordinary clients see tokens of 24 bytes and
/// nothing else. A repetition of the same announce (address, target, port) is confirmed again; any
/// other use of a token that was used is refused by all who know of the first.
///
/// Whoever is announced to looks first for itself: what is forged, expired or used costs no
/// question. Then it asks the others (see token_question.hpp), again and again for a while, and
/// counts what they have signed, its own verdict with it: `required` of them make a token valid,
/// and so many that it cannot be valid any more make it invalid. Else it is undecided in the end:
/// error 202, and nothing is stored.
///
/// It outvotes members that lie about tokens, have lost their memory or keep a wrong date: up to
/// members.size() - required of them cannot deny a good token, and up to required - 2 cannot help
/// one that was used and whose receiver does not know it. It is no help against who has the secret
/// of the group: he makes tokens that all believe in, as who has that of hmac_tokens does. And a
/// member may use up a token that it is asked about, where it is faster than who asked.
///
/// Members must know the date to within a minute (set_unix_time). They answer each other as they do
/// anybody: per_ip_limit, or whatever admits queries, must allow as many from a member as are
/// announced to that, and some more.
class quorum_tokens {
public:
    using policy_slot = slots::token_scheme;

    /// Throws std::invalid_argument with what validate() says, or when `ours` is not the pair of
    /// members[self].
    quorum_tokens(token_quorum const& group, ed25519_key_pair const& ours)
        : claims_{checked(group, ours)},
          ours_{ours},
          tokens_{hmac_tokens{key_for("dht quorum tokens")}},
          question_key_{key_for("dht quorum questions")},
          uses_{group.uses_per_member, group.members.size()} {}

    template <class Rng>
    void start(settings const& s, Rng& rng) noexcept {
        duration const most = duration{s.pending_query_time_max} * 3 / 4;
        claims_.limit_time(std::min<duration>(group().time_max, most));
        rng.fill(number_key_);
        uses_.start(rng);
    }

    // -- a token scheme

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        return tokens_.issue(claim, draw_number());
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket query) noexcept {
        auto const number = tokens_.number_in(claim, raw);
        if (!number) return token_verdict::invalid;
        auto const* const before = uses_.find(claim.from, *number);
        if (before != nullptr && before->port != claim.port) return token_verdict::invalid;
        if (before != nullptr && before->confirmed) return token_verdict::valid;
        if (!query || !claims_.has_room_for(claim.from)) return token_verdict::undecided;
        if (before == nullptr) uses_.add(claim.from, *number, claim.port, group().self);
        claims_.add({query, *number, claim.from, claim.port}, question_about(claim, raw),
                    claim.at.now);
        return token_verdict::pending;
    }

    std::optional<settled_token> poll_verdict(times at) noexcept {
        auto const settled = claims_.take_settled(at.now);
        if (!settled) return std::nullopt;
        auto const& [what, verdict] = *settled;
        if (verdict == token_verdict::valid) confirm(what);
        return settled_token{what.query, verdict};
    }

    instant rotate(times at) noexcept { return tokens_.rotate(at); }

    // -- a machine that asks the others

    void own_nodes(std::span<own_node const> nodes) noexcept { claims_.own_nodes(nodes); }

    std::optional<extension_question> next(times at) noexcept { return claims_.next(at.now); }

    void on_reply(times, std::uint32_t cookie, endpoint const& from,
                  krpc::reply const& reply) noexcept {
        claims_.on_reply(cookie, from, reply);
    }

    void on_failure(times, std::uint32_t cookie, errc why) noexcept {
        claims_.on_failure(cookie, why);
    }

    [[nodiscard]] std::optional<instant> next_deadline() const noexcept {
        return claims_.next_deadline();
    }

    void advance(times) noexcept {} // `next` is called after it

    void tidy(instant) noexcept { claims_.tidy(); }

    // -- a witness

    answer_verdict answer(extension_query const& q, extension_reply& reply) noexcept {
        if (q.query.method != detail::verify_token_method) return answer_verdict::declined;
        byte_view const raw = bencode::string_under(q.query.a, detail::claim_field);
        auto const asked = detail::question_in(raw, question_key_);
        if (!asked || !may_ask(*asked, q)) {
            reply.code = krpc::error_code::protocol;
            reply.text = "members only";
            return answer_verdict::refused;
        }
        auto const v =
            finds_good(*asked, q.at) ? detail::witness_verdict::good : detail::witness_verdict::bad;
        bencode::writer{said_}.string(detail::signed_verdict(ours_, raw, v));
        reply.fields.push_back({detail::verdict_field, said_});
        return answer_verdict::replied;
    }

    // -- what it knows

    [[nodiscard]] token_quorum const& group() const noexcept { return claims_.group(); }

    [[nodiscard]] hmac_tokens const& inner() const noexcept { return tokens_.inner(); }

    /// Tokens about which others are asked now.
    [[nodiscard]] std::size_t pending() const noexcept { return claims_.size(); }

private:
    static token_quorum const& checked(token_quorum const& group, ed25519_key_pair const& ours) {
        if (auto const sentence = group.validate())
            throw std::invalid_argument{std::string{*sentence}};
        if (group.members[group.self].key != ours.public_key())
            throw std::invalid_argument{"token_quorum: our key must be that of members[self]"};
        return group;
    }

    [[nodiscard]] std::array<std::byte, 32> key_for(std::string_view use) const noexcept {
        return hmac_sha256(group().secret, as_bytes(use));
    }

    /// No other member can say which number the next token will have.
    [[nodiscard]] std::uint64_t draw_number() const noexcept {
        std::array<std::byte, 8> bytes;
        store_big_endian(bytes.data(), ++drawn_);
        return load_big_endian<std::uint64_t>(siphash128(number_key_, bytes).data());
    }

    [[nodiscard]] detail::question_bytes question_about(token_claim const& claim,
                                                        byte_view raw) const noexcept {
        return detail::written({group().self, draw_number(), detail::minute_of(claim.at.date),
                                claim.from, claim.target, claim.port, token{raw}},
                               question_key_);
    }

    void confirm(detail::own_finding const& what) noexcept {
        auto* const use = uses_.find(what.from, what.number);
        if (use != nullptr && use->port == what.port) use->confirmed = true;
    }

    /// From where that member is, and of now: what somebody has captured is soon no use.
    [[nodiscard]] bool may_ask(detail::token_question const& asked,
                               extension_query const& q) const noexcept {
        auto const late = static_cast<std::int32_t>(detail::minute_of(q.at.date) - asked.minute);
        return asked.asker < group().members.size() && asked.asker != group().self &&
               group().members[asked.asker].at == q.from && late >= -1 && late <= 1;
    }

    /// Good, and used for nothing else before; now it is used for that.
    [[nodiscard]] bool finds_good(detail::token_question const& asked, times at) noexcept {
        token_claim const claim{at, asked.from, asked.target, {}, asked.port};
        auto const number = tokens_.number_in(claim, {asked.what.data(), asked.what.size()});
        if (!number) return false;
        auto const* const before = uses_.find(asked.from, *number);
        if (before == nullptr) uses_.add(asked.from, *number, asked.port, asked.asker);
        return before == nullptr || before->port == asked.port;
    }

    detail::witnessed_claims claims_; // and the group
    ed25519_key_pair ours_;
    numbered_tokens tokens_;
    std::array<std::byte, 32> question_key_;
    token_uses uses_;
    std::array<std::byte, 16> number_key_{};
    mutable std::uint64_t drawn_ = 0;
    std::array<std::byte, 3 + sizeof(detail::verdict_bytes)> said_{}; // "65:" and the last verdict
};

} // namespace dht::inline DHT_ABI

#endif
