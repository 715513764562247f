#ifndef DHT_POLICY_AUTHENTICATOR_HPP
#define DHT_POLICY_AUTHENTICATOR_HPP

#include <dht/event/events.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/policy/slots.hpp>

/// Slot authenticator: signs what we send, checks what we receive.
///
/// | expression                        | type         | meaning                                  |
/// |-----------------------------------|--------------|------------------------------------------|
/// | `t.room(to)`                      | std::size_t  | bytes kept free behind that message      |
/// | `t.seal(at, rng, to, buf, used)`  | std::size_t  | may change the message; its new size     |
/// | `t.open(at, from, datagram, m)`   | auth_verdict | who says so                              |
/// | `t.demands(kind, method)`         | bool         | must such messages be signed             |
///
/// All noexcept. `to` and `from` are envelopes. The encoded message is buf[0..used); `seal` may
/// also lengthen it, up to the buffer's end. `open` sees queries, and those answers alone that
/// belong to a question of ours. The verdict travels with the message: admission, peer stores,
/// extensions and those that guard the table may ask for it. Where a signature is demanded, a query
/// without a good one gets the error 203, and an answer has not come; elsewhere a bad one counts as
/// none, but who sent it does not enter the table. Default: `unsigned_messages`. In secure/:
/// signed_messages.
namespace dht::inline DHT_ABI {

enum class message_kind : std::uint8_t { query, reply }; ///< an error is a reply, too

/// What is known of a message before it is read, or written.
struct envelope {
    via_index via = 0;
    endpoint peer; ///< to whom it goes, or from whom it comes
    message_kind kind = message_kind::query;
    byte_view tid;
    /// Of a query: who should get it, where that is known; who sent it. Nothing for replies: whom
    /// they are for the query said.
    std::optional<node_id> id{};
};

struct auth_verdict {
    enum class kind : std::uint8_t { unsigned_message, signed_message, bad };
    kind what = kind::unsigned_message;
    event::signature_fault fault{};  ///< bad: why
    std::array<std::byte, 32> key{}; ///< signed: the Ed25519 public key
};

template <class T>
concept authenticator = requires(T& t, times at, system_random& rng, envelope const& e,
                                 byte_span buffer, std::size_t used, byte_view datagram,
                                 krpc::message const& m) {
    { t.room(e) }
    noexcept->std::same_as<std::size_t>;
    { t.seal(at, rng, e, buffer, used) }
    noexcept->std::same_as<std::size_t>;
    { t.open(at, e, datagram, m) }
    noexcept->std::same_as<auth_verdict>;
    { t.demands(message_kind{}, event::method{}) }
    noexcept->std::same_as<bool>;
};

struct unsigned_messages {
    using policy_slot = slots::authenticator;

    std::size_t room(envelope const&) noexcept { return 0; }

    template <class Rng>
    std::size_t seal(times, Rng&, envelope const&, byte_span, std::size_t used) noexcept {
        return used;
    }

    auth_verdict open(times, envelope const&, byte_view, krpc::message const&) noexcept {
        return {};
    }

    static constexpr bool demands(message_kind, event::method) noexcept { return false; }
};

} // namespace dht::inline DHT_ABI

#endif
