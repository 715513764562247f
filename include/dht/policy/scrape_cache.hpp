#ifndef DHT_POLICY_SCRAPE_CACHE_HPP
#define DHT_POLICY_SCRAPE_CACHE_HPP

#include <dht/base/dense_map.hpp>
#include <dht/policy/peer_store.hpp>
#include <dht/wire/bloom.hpp>

namespace dht::inline DHT_ABI::detail {

/// The filters of one torrent (BEP 33). A bloom filter forgets nobody, so that one in which
/// somebody is no more has to be built anew.
struct torrent_filters {
    bloom_filter seeds;
    bloom_filter peers;

    void insert(stored_peer const& p) noexcept { (p.seed ? seeds : peers).insert(p.at.ip); }

    void write(scrape_filters out) const noexcept {
        std::memcpy(out.seeds.data(), seeds.bytes().data(), bloom_filter::size_bytes);
        std::memcpy(out.peers.data(), peers.bytes().data(), bloom_filter::size_bytes);
    }
};

/// Filters of the torrents that were scraped within 15 minutes, so that a scrape seldom costs a
/// SHA-1 for each peer. In a full one the torrent that was scraped longest ago gives way.
class scrape_cache {
public:
    static constexpr minutes kept_for{15};

    explicit scrape_cache(std::size_t filters_max = 0, hash_key secret = {}) noexcept
        : kept_{filters_max, secret} {}

    [[nodiscard]] std::size_t size() const noexcept { return kept_.size(); }

    /// A peer came to the torrent.
    void insert(info_hash const& hash, stored_peer const& peer) noexcept {
        if (entry* const e = kept_.find(hash)) e->filters.insert(peer);
    }

    /// A peer of the torrent went, or became a seed, or is none any more.
    void forget(info_hash const& hash) noexcept { kept_.erase(hash); }

    /// nullptr: they have to be built. What is returned holds until the next call.
    torrent_filters const* find(instant now, info_hash const& hash) noexcept {
        entry* const e = kept_.find(hash);
        if (e == nullptr) return nullptr;
        e->scraped = now;
        return &e->filters;
    }

    void keep(instant now, info_hash const& hash, torrent_filters const& filters) {
        if (kept_.limit() == 0) return;
        expire(now);
        if (kept_.full()) kept_.erase(kept_.at(longest_ago()).key);
        *kept_.find_or_insert(hash) = {filters, now};
    }

    /// Forgets what nobody scrapes any more; when to call again.
    instant expire(instant now) noexcept {
        instant next = never;
        for (std::size_t i = kept_.size(); i-- > 0;) {
            instant const ends = kept_.at(i).value.scraped + kept_for;
            if (ends <= now)
                kept_.erase(kept_.at(i).key);
            else if (ends < next)
                next = ends;
        }
        if (kept_.empty()) kept_.shrink_to_fit(); // 170 KB, that a flood of scrapes has filled
        return next;
    }

private:
    struct entry {
        torrent_filters filters{};
        instant scraped{};
    };

    [[nodiscard]] std::size_t longest_ago() const noexcept {
        std::size_t oldest = 0;
        for (std::size_t i = 1; i < kept_.size(); ++i)
            if (kept_.at(i).value.scraped < kept_.at(oldest).value.scraped) oldest = i;
        return oldest;
    }

    dense_map<info_hash, entry, object_hash> kept_;
};

} // namespace dht::inline DHT_ABI::detail

#endif
