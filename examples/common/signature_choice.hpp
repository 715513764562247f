#ifndef DHT_EXAMPLES_COMMON_SIGNATURE_CHOICE_HPP
#define DHT_EXAMPLES_COMMON_SIGNATURE_CHOICE_HPP

#include <dht/secure/signed_messages.hpp>

namespace example {

/// A policy of our own for the slot authenticator: whether messages are signed is known only when
/// the program runs. Signatures are never demanded.
class signature_choice {
public:
    using policy_slot = dht::slots::authenticator;

    static signature_choice none() noexcept { return {}; }

    static signature_choice with(dht::ed25519_key_pair const& key) noexcept {
        signature_choice chosen;
        chosen.signer_.emplace(key);
        return chosen;
    }

    template <class Rng>
    void start(dht::settings const& s, Rng& rng) noexcept {
        if (signer_) signer_->start(s, rng);
    }

    [[nodiscard]] std::size_t room(dht::envelope const& to) noexcept {
        return signer_ ? signer_->room(to) : 0;
    }

    template <class Rng>
    std::size_t seal(dht::times at, Rng& rng, dht::envelope const& to, dht::byte_span buffer,
                     std::size_t used) noexcept {
        return signer_ ? signer_->seal(at, rng, to, buffer, used) : used;
    }

    dht::auth_verdict open(dht::times at, dht::envelope const& from, dht::byte_view datagram,
                           dht::krpc::message const& m) noexcept {
        return signer_ ? signer_->open(at, from, datagram, m) : dht::auth_verdict{};
    }

    static constexpr bool demands(dht::message_kind, dht::event::method) noexcept { return false; }

    void own_nodes(std::span<dht::own_node const> nodes) noexcept {
        if (signer_) signer_->own_nodes(nodes);
    }

    void tidy(dht::instant now) {
        if (signer_) signer_->tidy(now);
    }

private:
    std::optional<dht::signed_messages> signer_{};
};

} // namespace example

#endif
