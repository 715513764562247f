#ifndef DHT_POLICY_TORRENT_BOOK_HPP
#define DHT_POLICY_TORRENT_BOOK_HPP

#include <dht/base/calendar.hpp>
#include <dht/base/chunked_vector.hpp>
#include <dht/base/dense_map.hpp>
#include <dht/policy/torrent_peers.hpp>

namespace dht::inline DHT_ABI::detail {

/// A torrent in memory: 72 bytes beside its peers.
struct torrent {
    info_hash hash;
    std::uint32_t next = 0; ///< in its chain
    calendar_entry by_end;  ///< of its first peer
    calendar_entry by_worth;
    torrent_peers peers;
};

static_assert(sizeof(torrent) <= 72);

/// Torrents in three orders: by infohash behind a keyed hash, by the tick at which the first peer
/// is due, and by worth, in days that its user gives. Everything takes O(1). A torrent is named by
/// its index, and erasing one gives its name to the last.
class torrent_book {
public:
    static constexpr std::uint32_t nobody = calendar<&torrent::by_end>::nobody;

    /// Ends are at most so many ticks, worths so many days apart.
    torrent_book(hash_key secret, tick ends, std::uint32_t worths) noexcept
        : ends_{ends},
          worths_{worths},
          secret_{secret} {}

    [[nodiscard]] std::size_t size() const noexcept { return torrents_.size(); }

    [[nodiscard]] bool empty() const noexcept { return torrents_.empty(); }

    [[nodiscard]] torrent& operator[](std::size_t i) noexcept { return torrents_[i]; }

    [[nodiscard]] torrent const& operator[](std::size_t i) const noexcept { return torrents_[i]; }

    /// nobody when it is not here.
    [[nodiscard]] std::uint32_t find(info_hash const& hash) const noexcept {
        if (chains_.empty()) return nobody;
        std::uint32_t i = chains_[chain_of(hash)];
        while (i != nobody && torrents_[i].hash != hash)
            i = torrents_[i].next;
        return i;
    }

    /// With its first peer; it is not here yet. nobody: there is no memory.
    std::uint32_t insert(info_hash const& hash, stored_peer const& peer, tick end) {
        torrent t{hash, nobody, {}, {}, {}};
        if (!t.peers.add(peer, end)) return nobody;
        auto const i = static_cast<std::uint32_t>(size());
        torrents_.push_back(std::move(t));
        if (size() > chains_.size())
            grow_chains();
        else
            chain(i);
        ends_.add(torrents_, i, day_for(end));
        worths_.add(torrents_, i, 0);
        return i;
    }

    void erase(std::uint32_t i) noexcept {
        auto const last = static_cast<std::uint32_t>(size() - 1);
        link_to(i) = torrents_[i].next;
        ends_.remove(torrents_, i);
        worths_.remove(torrents_, i);
        if (i != last) rename(last, i);
        torrents_.pop_back();
        if (empty()) chains_ = {};
    }

    /// After its peers changed. One whose peers live longer than they did stays where it is until
    /// it comes up there: most announces renew, and would move it through lists of which nothing is
    /// in the cache.
    void file(std::uint32_t i, std::uint32_t worth) noexcept {
        torrent const& t = torrents_[i];
        tick const day = day_for(t.peers.first_end());
        bool const came_up = !is_before(today_, t.by_end.day);
        if (came_up || is_before(day, t.by_end.day)) move(ends_, i, t.by_end.day, day);
        move(worths_, i, t.by_worth.day, worth);
    }

    /// These will be looked for soon: has the processor fetch what that takes, for all of them at
    /// the same time, step by step. At most expected_max are heeded.
    void expect(std::span<expected_query const> queries) const noexcept {
        constexpr std::size_t fits_the_cache = 2'048;
        if (size() < fits_the_cache) return;
        std::size_t const count = std::min(queries.size(), expected_max);
        std::array<std::uint32_t const*, expected_max> chains;
        std::array<std::uint32_t, expected_max> found;
        for (std::size_t n = 0; n < count; ++n) {
            chains[n] = &chains_[chain_of(queries[n].hash)];
            __builtin_prefetch(chains[n]);
        }
        for (std::size_t n = 0; n < count; ++n)
            fetch(found[n] = *chains[n]);
        for (std::size_t n = 0; n < count; ++n) // most chains have one torrent or two
            if (found[n] != nobody && torrents_[found[n]].hash != queries[n].hash)
                fetch(found[n] = torrents_[found[n]].next);
        for (std::size_t n = 0; n < count; ++n)
            if (found[n] != nobody) torrents_[found[n]].peers.expect();
    }

    /// One whose first peer is due at `now`, or might be; nobody when there is none. O(1) for each
    /// tick that passed since it was called before.
    std::uint32_t first_due(tick now) noexcept {
        if (!is_before(now, today_ + ends_.days())) today_ = now - ends_.days() + 1;
        for (; !is_before(now, today_); ++today_)
            if (std::uint32_t const i = ends_.first_on(today_); i != nobody) return i;
        return nobody;
    }

    /// When first_due may name one; there is one. O(ends).
    [[nodiscard]] tick next_due() const noexcept {
        return torrents_[ends_.first_since(today_)].by_end.day;
    }

    /// The one of least worth, when none is worth less than `floor`; nobody when there is none.
    [[nodiscard]] std::uint32_t least(std::uint32_t floor) const noexcept {
        return worths_.first_since(floor);
    }

private:
    static constexpr std::size_t torrents_per_chunk = 32;

    void fetch(std::uint32_t i) const noexcept {
        if (i != nobody) __builtin_prefetch(&torrents_[i]);
    }

    template <class Calendar>
    void move(Calendar& c, std::uint32_t i, std::uint32_t from, std::uint32_t to) noexcept {
        if (from == to) return;
        c.remove(torrents_, i);
        c.add(torrents_, i, to);
    }

    /// Where it belongs, or too early where that is too far: then it is looked at again.
    [[nodiscard]] tick day_for(tick end) const noexcept {
        tick const latest = today_ + ends_.days() - 1;
        if (is_before(end, today_)) return today_;
        return is_before(latest, end) ? latest : end;
    }

    void rename(std::uint32_t from, std::uint32_t to) noexcept {
        torrent& t = torrents_[from];
        link_to(from) = to;
        ends_.remove(torrents_, from);
        worths_.remove(torrents_, from);
        torrents_[to] = std::move(t);
        ends_.add(torrents_, to, torrents_[to].by_end.day);
        worths_.add(torrents_, to, torrents_[to].by_worth.day);
    }

    [[nodiscard]] std::size_t chain_of(info_hash const& hash) const noexcept {
        return object_hash{}(secret_, hash) & (chains_.size() - 1);
    }

    void chain(std::uint32_t i) noexcept {
        std::uint32_t& head = chains_[chain_of(torrents_[i].hash)];
        torrents_[i].next = std::exchange(head, i);
    }

    std::uint32_t& link_to(std::uint32_t i) noexcept {
        std::uint32_t* link = &chains_[chain_of(torrents_[i].hash)];
        while (*link != i)
            link = &torrents_[*link].next;
        return *link;
    }

    void grow_chains() {
        chains_.assign(chains_.empty() ? 16 : 2 * chains_.size(), nobody);
        for (std::uint32_t i = 0; i < size(); ++i)
            chain(i);
    }

    chunked_vector<torrent, torrents_per_chunk> torrents_;
    thin_vector<std::uint32_t> chains_; // as many as a power of two
    calendar<&torrent::by_end> ends_;
    calendar<&torrent::by_worth> worths_;
    tick today_ = 0; // everything earlier was looked at
    hash_key secret_;
};

} // namespace dht::inline DHT_ABI::detail

#endif
