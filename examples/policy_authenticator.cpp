/// An authenticator of your own: nodes that share a secret recognise each other.
///
/// Every message gets one more top-level key, "z", with a MAC over what stands before it. Others
/// ignore keys that they do not know, so such nodes live in the open network like any. `room` keeps
/// the bytes free, `seal` appends them, `open` judges what comes in: unsigned is everybody else, and
/// who has a wrong MAC does not become a contact. `demands` could shut others out.
#include "policy_demo.hpp"

class shared_secret {
public:
    using policy_slot = dht::slots::authenticator;

    shared_secret() = default;

    explicit shared_secret(std::array<std::byte, 16> const& key) noexcept : key_{key} {}

    std::size_t room(dht::envelope const&) noexcept { return tail_bytes; }

    template <class Rng>
    std::size_t seal(dht::times, Rng&, dht::envelope const&, dht::byte_span buffer,
                     std::size_t used) noexcept {
        auto const mac =
            dht::siphash128(key_, buffer.first(used)); // "z" sorts behind "y": it is last
        auto at = buffer.begin() + static_cast<std::ptrdiff_t>(used) - 1;
        at = std::copy(name.begin(), name.end(), at);
        at = std::copy(mac.begin(), mac.end(), at);
        *at = std::byte{'e'};
        return used + tail_bytes;
    }

    dht::auth_verdict open(dht::times, dht::envelope const&, dht::byte_view datagram,
                           dht::krpc::message const&) noexcept {
        using kind = dht::auth_verdict::kind;
        if (datagram.size() <= tail_bytes) return {};
        auto const tail = datagram.last(tail_bytes + 1);
        if (!dht::equal(tail.first(name.size()), name)) return {};
        std::array<std::byte, 4'096> message; // a node takes nothing longer in
        auto const before = datagram.first(datagram.size() - tail_bytes);
        std::copy(before.begin(), before.end(), message.begin());
        message[before.size() - 1] = std::byte{'e'};
        auto const mac = dht::siphash128(key_, dht::byte_view{message}.first(before.size()));
        bool const good = dht::constant_time_equal(mac, tail.subspan(name.size(), mac.size()));
        return {good ? kind::signed_message : kind::bad, dht::event::signature_fault::wrong, {}};
    }

    [[nodiscard]] bool demands(dht::message_kind, dht::event::method) const noexcept {
        return false;
    }

private:
    static constexpr std::array name{std::byte{'1'}, std::byte{':'}, std::byte{'z'},
                                     std::byte{'1'}, std::byte{'6'}, std::byte{':'}};
    static constexpr std::size_t tail_bytes = name.size() + 16;

    std::array<std::byte, 16> key_{};
};

template <class Other>
bool becomes_a_contact(Other other) {
    dht::instant now{dht::seconds{1}};
    dht::node<shared_secret> node{dht::settings{}, shared_secret{{std::byte{1}}}};
    demo::introduce(node, other, now);
    return node.good_contacts(0) == 1;
}

int main() {
    using member = dht::node<shared_secret>;
    bool const ours = becomes_a_contact(member{dht::settings{}, shared_secret{{std::byte{1}}}});
    bool const forger = becomes_a_contact(member{dht::settings{}, shared_secret{{std::byte{2}}}});
    bool const anybody = becomes_a_contact(dht::node<>{});
    std::printf("ours: %d, wrong secret: %d, no secret: %d\n", ours, forger, anybody);
    return demo::shown(ours && !forger && anybody);
}
