#ifndef DHT_POLICY_AUTHENTICATOR_HPP
#define DHT_POLICY_AUTHENTICATOR_HPP

#include <dht/base/time.hpp>
#include <dht/policy/random_source.hpp>
#include <dht/policy/slots.hpp>
#include <dht/wire/krpc.hpp>

/// Slot authenticator: signs what we send, checks what we receive.
///
/// | expression                            | type         | meaning                              |
/// |---------------------------------------|--------------|--------------------------------------|
/// | `t.room(to)`                          | std::size_t  | bytes kept free behind every message |
/// | `t.seal(at, rng, to, buffer, used)`   | std::size_t  | may change the message; its new size |
/// | `t.open(at, from, datagram, message)` | auth_verdict | who says so                          |
///
/// All noexcept. `room` is for messages to that receiver. The encoded message is buffer[0..used);
/// `seal` may also lengthen it, up to the buffer's end. A `bad` message is dropped in silence; the
/// verdict on others travels with the message: admission, peer stores, extensions and those that
/// guard the table may ask for it. Default: `unsigned_messages`. In secure/: signed_messages.
namespace dht::inline DHT_ABI {

struct auth_verdict {
    enum class kind : std::uint8_t { unsigned_message, signed_message, bad };
    kind what = kind::unsigned_message;
    std::array<std::byte, 32> key{}; ///< signed: the Ed25519 public key
};

template <class T>
concept authenticator = requires(T& t, times at, system_random& rng, endpoint const& who,
                                 byte_span buffer, std::size_t used, byte_view datagram,
                                 krpc::message const& m) {
    { t.room(who) }
    noexcept->std::same_as<std::size_t>;
    { t.seal(at, rng, who, buffer, used) }
    noexcept->std::same_as<std::size_t>;
    { t.open(at, who, datagram, m) }
    noexcept->std::same_as<auth_verdict>;
};

struct unsigned_messages {
    using policy_slot = slots::authenticator;

    std::size_t room(endpoint const&) noexcept { return 0; }

    template <class Rng>
    std::size_t seal(times, Rng&, endpoint const&, byte_span, std::size_t used) noexcept {
        return used;
    }

    auth_verdict open(times, endpoint const&, byte_view, krpc::message const&) noexcept {
        return {};
    }
};

} // namespace dht::inline DHT_ABI

#endif
