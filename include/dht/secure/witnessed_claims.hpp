#ifndef DHT_SECURE_WITNESSED_CLAIMS_HPP
#define DHT_SECURE_WITNESSED_CLAIMS_HPP

#include <dht/base/slab.hpp>
#include <dht/policy/extension.hpp>
#include <dht/secure/token_question.hpp>
#include <dht/secure/token_quorum.hpp>
#include <dht/wire/bencode_find.hpp>

namespace dht::inline DHT_ABI::detail {

/// A token that we find good, and what it is to be used for.
struct own_finding {
    ticket query;
    std::uint64_t number = 0;
    address from;
    std::uint16_t port = 0;
};

/// About which claims the other members are asked, and what they have said. Of bounded number, each
/// for a bounded time; a witness is heard once about each, so that no more signatures are verified
/// than there are claims and members.
class witnessed_claims {
public:
    explicit witnessed_claims(token_quorum const& group) noexcept
        : group_{group},
          claims_{group.claims_max} {}

    [[nodiscard]] token_quorum const& group() const noexcept { return group_; }

    [[nodiscard]] std::size_t size() const noexcept { return claims_.size(); }

    /// For how long the others are asked.
    void limit_time(duration most) noexcept { time_max_ = most; }

    void tidy() noexcept { claims_.shrink_to_fit(); }

    /// Is there room for one more of that source? O(claims).
    [[nodiscard]] bool has_room_for(address const& from) const noexcept {
        std::size_t of_source = 0;
        claims_.for_each([&](auto, claim const& c) {
            of_source += source_of(c.what.from) == source_of(from) ? 1U : 0U;
        });
        return of_source < group_.claims_per_source_max && !claims_.full();
    }

    /// There must be room.
    void add(own_finding const& what, question_bytes const& question, instant now) noexcept {
        claim& c = *claims_.find(claims_.emplace(claim{what}));
        bencode::writer{c.field}.string(question);
        c.heard = bit(group_.self);
        c.gives_up_at = now + time_max_;
        begin_round(c, now);
        wake_ = now;
    }

    /// One that is decided now; its verdict is not pending. It is forgotten.
    std::optional<std::pair<own_finding, token_verdict>> take_settled(instant now) noexcept {
        std::optional<std::pair<own_finding, token_verdict>> settled;
        claims_.for_each([&](auto h, claim const& c) {
            token_verdict const v = settled ? token_verdict::pending : verdict_on(c, now);
            if (v == token_verdict::pending) return;
            settled.emplace(c.what, v);
            claims_.erase(h);
        });
        if (claims_.empty()) wake_ = never;
        return settled;
    }

    // -- asking

    /// Members are asked from where they expect us.
    void own_nodes(std::span<own_node const> nodes) noexcept {
        endpoint const& listed = group_.members[group_.self].at;
        auto const fits = [&](std::size_t via) {
            bool const same_family = nodes[via].at.ip.ip_family() == listed.ip.ip_family();
            return nodes[via].at == listed ? 2 : same_family ? 1 : 0;
        };
        std::size_t best = 0;
        for (std::size_t via = 1; via < nodes.size(); ++via)
            if (fits(via) > fits(best)) best = via;
        via_ = static_cast<via_index>(best);
    }

    std::optional<extension_question> next(instant now) noexcept {
        if (now < wake_) return std::nullopt;
        std::optional<extension_question> question;
        wake_ = never;
        claims_.for_each([&](auto h, claim& c) {
            if (question || verdict_on(c, now) != token_verdict::pending) return;
            if (c.asks_again_at <= now) begin_round(c, now);
            question = ask_next(h, c);
            wake_ = std::min(wake_, c.asks_again_at);
        });
        if (question) wake_ = now; // there may be more to ask
        return question;
    }

    /// Not at once: a step asks a bounded number of questions, and the rest can wait that long.
    [[nodiscard]] std::optional<instant> next_deadline() const noexcept {
        return wake_ == never ? std::nullopt : std::optional{wake_ + milliseconds{1}};
    }

    void on_reply(std::uint32_t cookie, endpoint const& from, krpc::reply const& reply) noexcept {
        std::uint8_t const witness = witness_of(cookie);
        claim* const c = claim_of(cookie);
        if (c == nullptr || from != group_.members[witness].at) return;
        c->heard |= bit(witness); // whatever it says: a signature takes time to verify
        auto const said = verdict_in(bencode::string_under(reply.r, verdict_field), c->question(),
                                     group_.members[witness].key);
        if (said) ++(*said == witness_verdict::good ? c->good : c->bad);
    }

    /// Who refuses to answer is not asked again; whose answer was lost is.
    void on_failure(std::uint32_t cookie, errc why) noexcept {
        claim* const c = claim_of(cookie);
        if (c != nullptr && why == errc::remote_error) c->heard |= bit(witness_of(cookie));
    }

private:
    using members = std::uint16_t; ///< one bit each
    static_assert(token_quorum::members_max == 8 * sizeof(members));

    struct claim {
        own_finding what;
        std::array<std::byte, 3 + token_question::bytes> field{}; ///< "91:" and the question
        instant gives_up_at{};
        instant asks_again_at{};
        members asked = 0; ///< in this round, or heard before
        members heard = 0;
        std::uint8_t good = 1; ///< our own verdict
        std::uint8_t bad = 0;

        [[nodiscard]] byte_view question() const noexcept { return byte_view{field}.subspan(3); }
    };

    using claim_handle = handle<claim>;

    static constexpr members bit(std::size_t member) noexcept {
        return static_cast<members>(1U << member);
    }

    void begin_round(claim& c, instant now) const noexcept {
        c.asked = c.heard;
        c.asks_again_at = now + group_.ask_again_after;
    }

    [[nodiscard]] std::optional<extension_question> ask_next(claim_handle h,
                                                             claim& c) const noexcept {
        for (std::size_t i = 0; i < group_.members.size(); ++i) {
            if ((c.asked & bit(i)) != 0) continue;
            c.asked |= bit(i);
            extension_question q;
            q.via = via_;
            q.to = group_.members[i].at;
            q.method = verify_token_method;
            q.arguments.push_back({claim_field, c.field});
            q.cookie = cookie_for(h, i);
            return q;
        }
        return std::nullopt;
    }

    /// 16 bits of the generation, 12 of the place, 4 of the witness. If it should name another
    /// claim one day, the signature will not be for that.
    static std::uint32_t cookie_for(claim_handle h, std::size_t witness) noexcept {
        static_assert(token_quorum::claims_limit * token_quorum::members_max == 1U << 16U);
        return h.generation << 16U | h.index << 4U | static_cast<std::uint32_t>(witness);
    }

    static std::uint8_t witness_of(std::uint32_t cookie) noexcept {
        return static_cast<std::uint8_t>(cookie % token_quorum::members_max);
    }

    /// Null: that claim is settled, or that witness was heard or never asked.
    [[nodiscard]] claim* claim_of(std::uint32_t cookie) noexcept {
        claim_handle const h = claims_.at_index((cookie & 0xffffU) >> 4U);
        claim* const c = claims_.find(h);
        if (c == nullptr || cookie_for(h, witness_of(cookie)) != cookie) return nullptr;
        members const waits_for = c->asked & ~c->heard;
        return (waits_for & bit(witness_of(cookie))) != 0 ? c : nullptr;
    }

    [[nodiscard]] token_verdict verdict_on(claim const& c, instant now) const noexcept {
        std::size_t const all = group_.members.size();
        if (c.good >= group_.required) return token_verdict::valid;
        if (c.bad > all - group_.required) return token_verdict::invalid;
        bool const all_heard = c.heard == (1U << all) - 1U;
        return all_heard || now >= c.gives_up_at ? token_verdict::undecided
                                                 : token_verdict::pending;
    }

    token_quorum group_;
    slab<claim> claims_;
    duration time_max_{};
    instant wake_ = never;
    via_index via_ = 0;
};

} // namespace dht::inline DHT_ABI::detail

#endif
