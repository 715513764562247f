/// A peer store of your own: only torrents of your own catalogue are kept for others.
///
/// The default keeps what anybody announces, within bounds. A store decides by `accepts` whether an
/// announce would be taken: where it says no, no token is issued, and the announce goes to our
/// neighbours instead. Deriving from the default changes two answers and leaves the other seven
/// alone.
#include "policy_demo.hpp"
#include <set>

class catalogue : public dht::memory_peer_store {
public:
    void add(dht::info_hash const& hash) { ours_.insert(hash); }

    [[nodiscard]] bool accepts(dht::instant now, dht::info_hash const& hash,
                               dht::address const& from) noexcept {
        return ours_.contains(hash) && memory_peer_store::accepts(now, hash, from);
    }

    /// A token for another torrent is no token for this one, but the store need not rely on that.
    dht::store_verdict announce(dht::instant now, dht::info_hash const& hash,
                                dht::stored_peer const& peer) noexcept {
        if (!ours_.contains(hash)) return dht::store_verdict::full;
        return memory_peer_store::announce(now, hash, peer);
    }

private:
    std::set<dht::info_hash> ours_;
};

static_assert(dht::peer_store<catalogue>); // the claim of its slot is inherited

int main() {
    auto const ours = *dht::info_hash::from_hex("00112233445566778899aabbccddeeff00112233");
    auto const foreign = *dht::info_hash::from_hex("ffeeddccbbaa99887766554433221100ffeeddcc");
    dht::instant now{dht::seconds{1}};
    dht::node<> client;
    dht::node<catalogue> server;
    server.policy<dht::slots::peer_store>().add(ours);
    demo::introduce(client, server, now);
    std::uint32_t stored[2] = {};
    for (auto const& hash : {ours, foreign}) {
        client.announce(now, hash, {.port = 6881});
        demo::converse(client, server, now, dht::seconds{10});
        stored[hash == ours ? 0 : 1] = demo::finished(client).stored;
    }
    std::printf("ours: stored on %u node, foreign: on %u\n", stored[0], stored[1]);
    return demo::shown(stored[0] == 1 && stored[1] == 0);
}
