#ifndef DHT_POLICY_MEMORY_PEER_STORE_HPP
#define DHT_POLICY_MEMORY_PEER_STORE_HPP

#include <dht/base/dense_map.hpp>
#include <dht/policy/peer_store.hpp>
#include <dht/settings.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// Peers in memory: a dense array per torrent behind one keyed map, bounded in torrents, in peers
/// per torrent, in peers altogether and in torrents per source. Expired peers are never handed out,
/// and a sweep over a sixteenth of the torrents every ten seconds frees their memory.
class memory_peer_store {
public:
    using policy_slot = slots::peer_store;

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        limits_ = s;
        torrents_.emplace(s.torrents_max, hash_key{rng.next(), rng.next()});
        sources_.emplace(s.torrents_max, hash_key{rng.next(), rng.next()});
    }

    store_verdict announce(instant now, info_hash const& hash, stored_peer const& peer) noexcept {
        torrent* const known = torrents_->find(hash);
        if (entry* const e = known == nullptr ? nullptr : known->find(peer.at.ip)) {
            *e = {peer, now + limits_.peer_lifetime};
            return store_verdict::renewed;
        }
        if (!has_room(known, peer.at.ip)) return store_verdict::full;
        torrent* const t = torrents_->find_or_insert(hash);
        t->peers.push_back({peer, now + limits_.peer_lifetime});
        ++*sources_->find_or_insert(source_of(peer.at.ip));
        ++peers_;
        return store_verdict::stored;
    }

    /// Whoever is here already may always renew.
    [[nodiscard]] bool accepts(instant, info_hash const& hash, address const& from) noexcept {
        torrent* const t = torrents_->find(hash);
        return has_room(t, from) || (t != nullptr && t->find(from) != nullptr);
    }

    /// A partial Fisher-Yates shuffle of the torrent's own array: as many draws as peers wanted,
    /// and every eligible peer is equally likely.
    template <class Rng>
    std::size_t sample(instant now, info_hash const& hash, peer_wish wish, Rng& rng,
                       std::span<endpoint> out) noexcept {
        torrent* const t = torrents_->find(hash);
        if (t == nullptr) return 0;
        std::size_t taken = 0;
        for (std::size_t i = 0; i < t->peers.size() && taken < out.size(); ++i) {
            std::size_t const j = i + static_cast<std::size_t>(below(rng, t->peers.size() - i));
            std::swap(t->peers[i], t->peers[j]);
            entry const& e = t->peers[i];
            if (now < e.expires && e.peer.at.ip.ip_family() == wish.ip &&
                !(wish.noseed && e.peer.seed))
                out[taken++] = e.peer.at;
        }
        return taken;
    }

    /// Floyd's sampling: as many draws as keys wanted.
    template <class Rng>
    std::size_t sample_keys(Rng& rng, std::span<info_hash> out) noexcept {
        std::size_t const n = torrents_->size();
        std::size_t const m = n < out.size() ? n : out.size();
        for (std::size_t i = n - m, taken = 0; taken < m; ++i, ++taken) {
            info_hash const& drawn = torrents_->at(static_cast<std::size_t>(below(rng, i + 1))).key;
            bool again = false;
            for (std::size_t k = 0; k < taken; ++k)
                again |= out[k] == drawn;
            out[taken] = again ? torrents_->at(i).key : drawn;
        }
        return m;
    }

    [[nodiscard]] std::size_t keys() const noexcept { return torrents_->size(); }

    [[nodiscard]] std::size_t peers() const noexcept { return peers_; }

    bool filters(instant, info_hash const&, scrape_filters) noexcept { return false; }

    instant expire(instant now) noexcept {
        std::size_t const slice = torrents_->size() / 16 + 16;
        for (std::size_t i = 0; i < slice && !torrents_->empty(); ++i) {
            if (cursor_ >= torrents_->size()) cursor_ = 0;
            if (forget_expired(torrents_->at(cursor_).value, now)) {
                ++cursor_;
            } else {
                info_hash const gone = torrents_->at(cursor_).key;
                torrents_->erase(gone);
            }
        }
        return torrents_->empty() ? never : now + seconds{10};
    }

    void own_ids(std::span<node_id const>) noexcept {}

    bool restore(instant now, info_hash const& hash, stored_peer const& peer,
                 instant expires) noexcept {
        if (announce(now, hash, peer) == store_verdict::full) return false;
        torrents_->find(hash)->find(peer.at.ip)->expires = expires;
        return true;
    }

    template <class F>
    void for_each(F&& f) const {
        for (auto const& t : *torrents_)
            for (entry const& e : t.value.peers)
                f(t.key, e.peer, e.expires);
    }

private:
    struct entry {
        stored_peer peer;
        instant expires{};
    };

    struct torrent {
        std::vector<entry> peers;

        entry* find(address const& ip) noexcept {
            for (entry& e : peers)
                if (e.peer.at.ip == ip) return &e;
            return nullptr;
        }
    };

    /// Whoever has one IPv6 address has all of its /64.
    static address source_of(address const& ip) noexcept {
        return ip.is_v4() ? ip : site_of(ip);
    }

    [[nodiscard]] bool has_room(torrent const* t, address const& from) const noexcept {
        if (peers_ >= limits_.peers_max) return false;
        std::uint32_t const* const announced = sources_->find(source_of(from));
        if (announced == nullptr ? sources_->full() : *announced >= limits_.torrents_per_source_max)
            return false;
        return t == nullptr ? !torrents_->full() : t->peers.size() < limits_.peers_per_torrent_max;
    }

    /// False: nobody is left.
    bool forget_expired(torrent& t, instant now) noexcept {
        for (std::size_t i = t.peers.size(); i-- > 0;) {
            if (now < t.peers[i].expires) continue;
            address const who = source_of(t.peers[i].peer.at.ip);
            t.peers[i] = t.peers.back();
            t.peers.pop_back();
            --peers_;
            if (std::uint32_t* const count = sources_->find(who); --*count == 0)
                sources_->erase(who);
        }
        return !t.peers.empty();
    }

    settings limits_;
    std::optional<dense_map<info_hash, torrent, object_hash>> torrents_;
    std::optional<dense_map<address, std::uint32_t, object_hash>> sources_;
    std::size_t peers_ = 0;
    std::size_t cursor_ = 0;
};

static_assert(peer_store<memory_peer_store>);

} // namespace dht::inline DHT_ABI

#endif
