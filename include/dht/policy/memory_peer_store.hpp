#ifndef DHT_POLICY_MEMORY_PEER_STORE_HPP
#define DHT_POLICY_MEMORY_PEER_STORE_HPP

#include <dht/policy/scrape_cache.hpp>
#include <dht/policy/source_counts.hpp>
#include <dht/policy/store_worth.hpp>
#include <dht/policy/torrent_book.hpp>
#include <dht/settings.hpp>

namespace dht::inline DHT_ABI {

/// Peers in memory, each for settings.peer_lifetime since its last announce, bounded in torrents,
/// in peers per torrent and altogether, and in number per source (an IPv4 address, or an IPv6
/// /64). An IPv4 peer takes 8 bytes and its source 6, a torrent 72; with the rest some 25 a peer
/// where a torrent has ten. Lives are counted in whole seconds, those of more than 4.5 hours in
/// coarser ticks.
///
/// Worth is counted as in memory_item_store: a torrent is worth as much as one announced a quarter
/// of a lifetime later that is twice as far from us, or that has half as many peers. When there is
/// no room the peer announced longest ago yields, of the torrent of least worth, or that torrent;
/// the newcomer's must be worth more. From three quarters of a limit on newcomers are turned away,
/// ever more of them: by a keyed hash of torrent and source, so that whoever got a token may
/// announce and whoever got none gains nothing by asking again. What is kept can always be renewed.
class memory_peer_store {
public:
    using policy_slot = slots::peer_store;

    template <class Rng>
    void start(settings const& s, Rng& rng) {
        limits_ = {s.torrents_max, s.peers_max, s.peers_per_torrent_max, s.torrents_per_source_max};
        secret_ = hash_key{rng.next(), rng.next()};
        seconds const lifetime{s.peer_lifetime};
        tick_ = seconds{1 + (lifetime.count() - 1) / detail::tick_span};
        lifetime_ = static_cast<tick>(lifetime / tick_);
        book_ = detail::torrent_book{secret_, lifetime_ + 1, worth_days};
        sources_ = detail::source_counts{hash_key{rng.next(), rng.next()}};
        scrapes_ = detail::scrape_cache{s.scrape_filters_max, secret_};
    }

    store_verdict announce(instant now, info_hash const& hash, stored_peer const& peer) noexcept {
        tick const at = tick_at(now);
        tick const end = at + lifetime_;
        std::uint32_t const known = look_up(at, hash);
        if (known != nobody && renew(known, peer, end)) return store_verdict::renewed;
        if (!admits(at, known, hash, peer.at.ip)) return store_verdict::full;
        make_room(at, known == nobody);
        return keep(hash, peer, end) ? store_verdict::stored : store_verdict::full;
    }

    /// Whoever is here already may always renew.
    [[nodiscard]] bool accepts(instant now, info_hash const& hash, address const& from) noexcept {
        tick const at = tick_at(now);
        std::uint32_t const known = look_up(at, hash);
        return admits(at, known, hash, from) || (known != nobody && book_[known].peers.has(from));
    }

    void expect(std::span<expected_query const> queries) const noexcept {
        for (expected_query const& q : queries)
            sources_.expect(source_of(q.from));
        book_.expect(queries);
    }

    /// O(peers of the torrent). Each is equally likely at each place: what does not fit may be cut
    /// off behind.
    template <class Rng>
    std::size_t sample(instant now, info_hash const& hash, peer_wish wish, Rng& rng,
                       std::span<endpoint> out) noexcept {
        std::uint32_t const i = living(tick_at(now), hash);
        return i == nobody ? 0 : book_[i].peers.sample(wish, rng, places_, out);
    }

    /// Floyd's sampling: as many draws as keys wanted.
    template <class Rng>
    std::size_t sample_keys(Rng& rng, std::span<info_hash> out) noexcept {
        std::size_t const n = book_.size();
        std::size_t const m = n < out.size() ? n : out.size();
        for (std::size_t i = n - m, taken = 0; taken < m; ++i, ++taken) {
            info_hash const& drawn = book_[static_cast<std::size_t>(below(rng, i + 1))].hash;
            bool again = false;
            for (std::size_t k = 0; k < taken; ++k)
                again |= out[k] == drawn;
            out[taken] = again ? book_[i].hash : drawn;
        }
        return m;
    }

    [[nodiscard]] std::size_t keys() const noexcept { return book_.size(); }

    [[nodiscard]] std::size_t peers() const noexcept { return peers_; }

    /// How many torrents have their filters ready.
    [[nodiscard]] std::size_t filters_kept() const noexcept { return scrapes_.size(); }

    bool filters(instant now, info_hash const& hash, scrape_filters out) noexcept {
        std::uint32_t const i = living(tick_at(now), hash);
        if (i == nobody) return false;
        if (auto const* const kept = scrapes_.find(now, hash)) {
            kept->write(out);
            return true;
        }
        detail::torrent_filters fresh;
        book_[i].peers.for_each([&](stored_peer const& p, tick) { fresh.insert(p); });
        fresh.write(out);
        scrapes_.keep(now, hash, fresh);
        return true;
    }

    /// Forgets at most 1024 at once: a second later there is time for the rest.
    instant expire(instant now) noexcept {
        forget_due(tick_at(now), 1'024);
        instant const scrapes = scrapes_.expire(now);
        if (book_.empty()) return never;
        instant const due = instant_of(book_.next_due());
        instant const soon = now + seconds{1};
        instant const next = due < soon ? soon : due;
        return scrapes < next ? scrapes : next;
    }

    /// O(torrents), and as seldom as an own id changes.
    void own_ids(std::span<node_id const> ids) noexcept {
        vicinity_.move_to(ids);
        for (std::uint32_t i = 0; i < book_.size(); ++i)
            file(i);
    }

    template <class F>
    void for_each(F&& f) const {
        for (std::size_t i = 0; i < book_.size(); ++i)
            book_[i].peers.for_each(
                [&](stored_peer const& p, tick end) { f(book_[i].hash, p, instant_of(end)); });
    }

    /// It is no announce: what is here stays, and nothing is dropped early.
    bool restore(instant now, info_hash const& hash, stored_peer const& peer,
                 instant expires) noexcept {
        tick const at = tick_at(now);
        if (expires <= now) return false;
        tick end = tick_at(expires);
        if (detail::is_before(at + lifetime_, end)) end = at + lifetime_;
        std::uint32_t const known = look_up(at, hash);
        if (!detail::is_before(at, end) || !within_quotas(known, peer.at.ip)) return false;
        if (known != nobody && book_[known].peers.has(peer.at.ip)) return false;
        if (!has_room(known == nobody) && !outbids(at, worth_of(hash, known, end))) return false;
        make_room(at, known == nobody);
        return keep(hash, peer, end);
    }

private:
    using tick = detail::tick;

    static constexpr std::uint32_t nobody = detail::torrent_book::nobody;
    /// More than one, so that a store which is only announced to still empties.
    static constexpr std::size_t forgotten_per_announce = 16;
    /// Of worth, a lifetime; a bit of closeness or popularity weighs two days.
    static constexpr std::uint32_t days_per_lifetime = 8;
    /// More than a lifetime, the largest closeness and the largest popularity together.
    static constexpr std::uint32_t worth_days = 128;

    // -- time

    [[nodiscard]] tick tick_at(instant t) const noexcept {
        return static_cast<tick>(t.time_since_epoch() / tick_);
    }

    [[nodiscard]] instant instant_of(tick t) const noexcept { return instant{t * tick_}; }

    // -- coming and going

    /// nobody, or the torrent with those of its peers that live; there is at least one.
    std::uint32_t living(tick at, info_hash const& hash) noexcept {
        std::uint32_t const i = book_.find(hash);
        if (i == nobody || detail::is_before(at, book_[i].peers.first_end())) return i;
        forget(i, at, book_[i].peers.size());
        return book_.find(hash);
    }

    std::uint32_t look_up(tick at, info_hash const& hash) noexcept {
        forget_due(at, forgotten_per_announce);
        return living(at, hash);
    }

    bool renew(std::uint32_t i, stored_peer const& peer, tick end) noexcept {
        detail::renewal const r = book_[i].peers.renew(peer, end);
        if (r == detail::renewal::absent) return false;
        if (r == detail::renewal::seed_changed) scrapes_.forget(book_[i].hash);
        file(i);
        return true;
    }

    /// False: there is no memory.
    bool keep(info_hash const& hash, stored_peer const& peer, tick end) noexcept {
        std::uint32_t i = book_.find(hash);
        if (i != nobody && !book_[i].peers.add(peer, end)) return false;
        if (i == nobody) i = book_.insert(hash, peer, end);
        if (i == nobody) return false;
        sources_.add(source_of(peer.at.ip));
        ++peers_;
        if (places_.size() < book_[i].peers.size()) places_.push_back(0);
        scrapes_.insert(hash, peer);
        file(i);
        return true;
    }

    /// Of those that are due at `end` as many as `most`, and the torrent with the last of them.
    std::size_t forget(std::uint32_t i, tick end, std::size_t most) noexcept {
        detail::torrent_peers& peers = book_[i].peers;
        std::size_t gone = 0;
        for (; gone < most && !peers.empty() && !detail::is_before(end, peers.first_end()); ++gone)
            sources_.remove(source_of(peers.take_first().at.ip));
        peers_ -= gone;
        if (gone > 0) scrapes_.forget(book_[i].hash);
        if (peers.empty())
            book_.erase(i);
        else
            file(i);
        return gone;
    }

    void forget_due(tick at, std::size_t most) noexcept {
        while (most > 0) {
            std::uint32_t const i = book_.first_due(at);
            if (i == nobody) return;
            std::size_t const gone = forget(i, at, most);
            most -= gone > 0 ? gone : 1;
        }
    }

    void make_room(tick at, bool for_torrent) noexcept {
        while (!has_room(for_torrent)) {
            std::uint32_t const i = book_.least(worth_day(at));
            detail::torrent_peers const& peers = book_[i].peers;
            bool const whole = for_torrent && book_.size() >= limits_.torrents_max;
            forget(i, peers.last_end(), whole ? peers.size() : 1);
        }
    }

    // -- limits

    [[nodiscard]] bool admits(tick at, std::uint32_t known, info_hash const& hash,
                              address const& from) const noexcept {
        if (!within_quotas(known, from)) return false;
        bool const is_new = known == nobody;
        if (has_room(is_new) && !drops_early(is_new, hash, source_of(from))) return true;
        return outbids(at, worth_of(hash, known, at + lifetime_));
    }

    [[nodiscard]] bool within_quotas(std::uint32_t known, address const& from) const noexcept {
        return peers_of(known) < limits_.peers_per_torrent_max &&
               sources_[source_of(from)] < limits_.torrents_per_source_max;
    }

    [[nodiscard]] std::size_t peers_of(std::uint32_t known) const noexcept {
        return known == nobody ? 0 : book_[known].peers.size();
    }

    [[nodiscard]] bool has_room(bool for_torrent) const noexcept {
        return peers_ < limits_.peers_max && !(for_torrent && book_.size() >= limits_.torrents_max);
    }

    [[nodiscard]] bool outbids(tick at, std::uint32_t worth) const noexcept {
        std::uint32_t const least = book_.least(worth_day(at));
        return least != nobody && book_[least].by_worth.day < worth;
    }

    [[nodiscard]] bool drops_early(bool for_torrent, info_hash const& hash,
                                   std::uint64_t source) const noexcept {
        std::uint64_t chance = detail::early_drop_chance(peers_, limits_.peers_max);
        if (for_torrent) {
            auto const torrents = detail::early_drop_chance(book_.size(), limits_.torrents_max);
            chance = chance < torrents ? torrents : chance;
        }
        if (chance == 0) return false;
        std::array<std::byte, info_hash::size_bytes + 8> pair;
        std::memcpy(pair.data(), hash.bytes.data(), info_hash::size_bytes);
        store_big_endian(pair.data() + info_hash::size_bytes, source);
        return keyed_hash(secret_, pair) % detail::early_drop_sure < chance;
    }

    // -- worth, in days

    [[nodiscard]] std::uint32_t worth_day(tick t) const noexcept {
        return t / (lifetime_ / days_per_lifetime + 1);
    }

    [[nodiscard]] std::uint32_t worth_of(info_hash const& hash, std::uint32_t known,
                                         tick end) const noexcept {
        auto const popularity = static_cast<unsigned>(std::bit_width(peers_of(known)));
        return worth_day(end) + 2 * (vicinity_.closeness(hash) + popularity);
    }

    void file(std::uint32_t i) noexcept {
        book_.file(i, worth_of(book_[i].hash, i, book_[i].peers.last_end()));
    }

    /// Of the settings, which are many.
    struct limits {
        std::uint32_t torrents_max = 0;
        std::uint32_t peers_max = 0;
        std::uint16_t peers_per_torrent_max = 0;
        std::uint16_t torrents_per_source_max = 0;
    };

    limits limits_;
    hash_key secret_;
    seconds tick_{1};
    tick lifetime_ = 1;
    detail::torrent_book book_{{}, 1, 1};
    detail::source_counts sources_;
    detail::scrape_cache scrapes_;
    detail::vicinity vicinity_;
    thin_vector<std::uint16_t> places_; // for samples: as many as the largest torrent had peers
    std::size_t peers_ = 0;
};

static_assert(peer_store<memory_peer_store> && restores_peers<memory_peer_store>);

} // namespace dht::inline DHT_ABI

#endif
