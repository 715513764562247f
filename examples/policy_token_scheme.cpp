/// A token scheme of your own: a cluster of nodes behind one address changes its key without losing
/// an announce.
///
/// Who announces must show a token that it got from us a moment ago. Nodes that share an address,
/// by anycast or after a restart, must accept each other's, so they share a master key (that much
/// is built in: hmac_tokens{key}). This policy issues under the new key and still accepts the old
/// one, until every node of the cluster has the new one. All but rotate run per datagram and are
/// noexcept.
#include "policy_demo.hpp"

//! [policy]
class rolling_tokens {
public:
    using policy_slot = dht::slots::token_scheme;
    using key = dht::hmac_tokens::key_type;

    rolling_tokens(key const& old_key, key const& new_key) noexcept
        : old_{old_key},
          new_{new_key} {}

    [[nodiscard]] dht::token issue(dht::token_claim const& claim) const noexcept {
        return new_.issue(claim);
    }

    dht::token_verdict verify(dht::token_claim const& claim, dht::byte_view raw,
                              dht::ticket query) noexcept {
        auto const verdict = new_.verify(claim, raw, query);
        return verdict == dht::token_verdict::valid ? verdict : old_.verify(claim, raw, query);
    }

    /// Called when it is time, with the date: epochs have to agree across machines.
    dht::instant rotate(dht::times at) noexcept {
        old_.rotate(at);
        return new_.rotate(at);
    }

private:
    dht::hmac_tokens old_;
    dht::hmac_tokens new_;
};
//! [policy]

int main() {
    rolling_tokens::key const secret{std::byte{1}};
    rolling_tokens::key const next_secret{std::byte{2}};
    dht::node_id const id = *dht::node_id::from_hex("00112233445566778899aabbccddeeff00112233");
    dht::instant now{dht::seconds{1}};

    dht::node<> client;
    //! [doors]
    dht::node before{dht::settings{}, dht::fixed_id{id}, dht::hmac_tokens{secret}};
    dht::node after{dht::settings{}, dht::fixed_id{id}, rolling_tokens{secret, next_secret}};
    //! [doors]
    demo::introduce(client, before, now);
    after.open(now, before.local(0));

    client.announce(now, {}, {.port = 6881});
    demo::carry(client, before, now); // the old process gives a token,
    demo::carry(before, client, now);
    demo::converse(client, after, now, dht::seconds{10}); // the new one is announced to
    auto const o = demo::finished(client);
    std::printf("stored on %u node\n", o.stored);
    return demo::shown(o.stored == 1);
}
