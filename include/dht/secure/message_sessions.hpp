#ifndef DHT_SECURE_MESSAGE_SESSIONS_HPP
#define DHT_SECURE_MESSAGE_SESSIONS_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/endpoint.hpp>
#include <dht/secure/message_session.hpp>

namespace dht::inline DHT_ABI {

/// Where somebody is, seen from one of our addresses.
struct session_place {
    endpoint at;
    std::uint16_t via = 0;

    friend bool operator==(session_place const&, session_place const&) noexcept = default;
};

/// The sessions of a node, one for each place, in bounded number. Both sides show a nonce in each
/// message that is signed in full, and there is a session once both have seen one of the other:
/// who asked knows that by the answer, who answered by the first message in it.
class message_sessions {
public:
    message_sessions(ed25519_key_pair const& ours, std::size_t limit, hash_key secret) noexcept
        : ours_{ours},
          secret_{secret},
          all_{limit, secret} {}

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

    /// That of somebody who has signed to us; nullptr: none.
    message_session* find(session_place const& where) noexcept { return all_.find(where); }

    /// The one in which messages can be sent there; nullptr: none.
    message_session* find_agreed(session_place const& where) noexcept {
        message_session* const s = all_.find(where);
        return s != nullptr && s->agreed && can_be_used(*s) ? s : nullptr;
    }

    /// False: with their key there are none, or its numbers are used up.
    bool can_be_used(message_session& s) const noexcept {
        if (!s.keys) s.keys = keys_of_session(ours_, s.our_nonce, s.theirs);
        return s.keys.has_value() && s.sent != ~std::uint32_t{0};
    }

    /// What we show there in a message that is signed in full. It stays the same until a session
    /// has ended, so that it does not matter which of several answers comes first; another one
    /// makes other keys.
    [[nodiscard]] std::uint64_t nonce_for(session_place const& where) const noexcept {
        if (message_session const* const s = all_.find(where)) return s->our_nonce;
        std::array<std::byte, sizeof where + sizeof ended_> text;
        std::memcpy(text.data(), &where, sizeof where);
        store_big_endian(text.data() + sizeof where, ended_);
        return keyed_hash(secret_, text);
    }

    /// They have signed a query. Its sender's address may be false: a session that is used is not
    /// given up for the key of somebody else.
    void on_query(session_place const& where, session_side const& theirs, instant now) noexcept {
        constexpr minutes idle{15};
        message_session const* const s = all_.find(where);
        bool const other = s != nullptr && s->theirs.key != theirs.key;
        if (other && s->agreed && now < s->used_at + idle) return;
        if (s == nullptr || s->theirs != theirs)
            begin(where, {theirs, nonce_for(where), {}, false, 0, {}, now});
    }

    /// They have signed the answer to our question, which showed that nonce.
    void on_answer(session_place const& where, session_side const& theirs, std::uint64_t our_nonce,
                   instant now) noexcept {
        message_session* const s = all_.find(where);
        if (s != nullptr && s->theirs == theirs && s->our_nonce == our_nonce)
            s->agreed = true;
        else
            begin(where, {theirs, our_nonce, {}, true, 0, {}, now});
    }

    void end(session_place const& where) noexcept {
        ++ended_;
        all_.erase(where);
    }

    void tidy() { all_.shrink_to_fit(); }

private:
    void begin(session_place const& where, message_session const& s) noexcept {
        if (all_.find(where) == nullptr && all_.full()) make_room();
        if (message_session* const slot = all_.find_or_insert(where)) *slot = s;
    }

    /// Of eight the one that was not used for longest goes, rather one that is not agreed.
    void make_room() noexcept {
        auto const used_at = [&](std::size_t i) {
            message_session const& s = all_.at(i).value;
            return s.used_at - (s.agreed ? hours{0} : hours{1});
        };
        std::size_t last = hand_++ % all_.size();
        for (unsigned i = 1; i < 8; ++i)
            if (std::size_t const next = hand_++ % all_.size(); used_at(next) < used_at(last))
                last = next;
        session_place const where = all_.at(last).key;
        end(where);
    }

    ed25519_key_pair ours_;
    hash_key secret_;
    dense_map<session_place, message_session, object_hash> all_;
    std::uint64_t ended_ = 0;
    std::size_t hand_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
