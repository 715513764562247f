#ifndef DHT_POLICY_TORRENT_PEERS_HPP
#define DHT_POLICY_TORRENT_PEERS_HPP

#include <dht/base/split_mix.hpp>
#include <dht/policy/peer_shelf.hpp>

#include <algorithm>
#include <type_traits>

namespace dht::inline DHT_ABI::detail {

enum class renewal : std::uint8_t { absent, renewed, seed_changed };

/// The peers of one torrent, one for each address. No two of their lives may end more than
/// tick_span apart. An address is searched for, and a peer renewed, in one pass over memory that
/// stands together: a microsecond for 2000.
class torrent_peers {
public:
    [[nodiscard]] std::size_t size() const noexcept { return v4_.size() + v6_.size(); }

    [[nodiscard]] bool empty() const noexcept { return size() == 0; }

    /// When the first of them is due; there is one.
    [[nodiscard]] tick first_end() const noexcept {
        return first_family() == family::ipv4 ? v4_[0].end(last_end_) : v6_[0].end(last_end_);
    }

    /// When the last of them is due.
    [[nodiscard]] tick last_end() const noexcept { return last_end_; }

    /// Has the processor fetch those of IPv4.
    void expect() const noexcept { v4_.expect(); }

    [[nodiscard]] bool has(address const& ip) noexcept {
        return on_shelf(ip.ip_family(), [&](auto& s) { return find(s, ip) < s.size(); });
    }

    /// A life is never shortened.
    renewal renew(stored_peer const& peer, tick end) noexcept {
        return on_shelf(peer.at.ip.ip_family(), [&](auto& s) {
            std::size_t const i = find(s, peer.at.ip);
            if (i == s.size()) return renewal::absent;
            bool const changed = s[i].is_seed() != peer.seed;
            tick const before = s[i].end(last_end_);
            tick const later = is_before(end, before) ? before : end;
            s.replace(i, place_for(s, later) - 1, packed(s, peer, later));
            outlive(later);
            return changed ? renewal::seed_changed : renewal::renewed;
        });
    }

    /// The address is not here yet. False: there is no memory.
    bool add(stored_peer const& peer, tick end) noexcept {
        if (empty()) last_end_ = end;
        return on_shelf(peer.at.ip.ip_family(), [&](auto& s) {
            if (!s.insert(place_for(s, end), packed(s, peer, end))) return false;
            outlive(end);
            return true;
        });
    }

    /// Takes the one that is due first; there is one.
    stored_peer take_first() noexcept {
        return on_shelf(first_family(), [](auto& s) {
            stored_peer const first = s[0].unpacked();
            s.pop_front();
            return first;
        });
    }

    /// f(peer, end)
    template <class F>
    void for_each(F&& f) const {
        for (packed_v4 const& p : v4_)
            f(p.unpacked(), p.end(last_end_));
        for (packed_v6 const& p : v6_)
            f(p.unpacked(), p.end(last_end_));
    }

    /// Distinct peers, each equally likely at each place. `places` is for as many as there are.
    template <class Rng>
    std::size_t sample(peer_wish wish, Rng& rng, std::span<std::uint16_t> places,
                       std::span<endpoint> out) noexcept {
        split_mix chance{rng.next()};
        return on_shelf(wish.ip, [&](auto& s) {
            if (!wish.noseed && s.size() <= out.size()) return all_of(s, chance, out);
            return wish.noseed || s.size() < 2 * out.size() ? shuffle(s, wish, chance, places, out)
                                                            : pick(s, chance, places, out);
        });
    }

private:
    template <class F>
    std::invoke_result_t<F, peer_shelf<packed_v4>&> on_shelf(family f, F&& use) noexcept {
        return f == family::ipv4 ? use(v4_) : use(v6_);
    }

    [[nodiscard]] family first_family() const noexcept {
        if (v4_.empty() || v6_.empty()) return v6_.empty() ? family::ipv4 : family::ipv6;
        bool const v6_first = is_before(v6_[0].end(last_end_), v4_[0].end(last_end_));
        return v6_first ? family::ipv6 : family::ipv4;
    }

    template <class Peer>
    static Peer packed(peer_shelf<Peer> const&, stored_peer const& peer, tick end) noexcept {
        return {peer, end};
    }

    /// From any of them on: some of the last may not fit the answer.
    template <class Shelf>
    static std::size_t all_of(Shelf const& s, split_mix& chance, std::span<endpoint> out) noexcept {
        std::size_t const first = chance.below(static_cast<std::uint32_t>(s.size()));
        auto to = out.begin();
        for (std::size_t i = first; i < s.size(); ++i)
            s[i].write_to(*to++);
        for (std::size_t i = 0; i < first; ++i)
            s[i].write_to(*to++);
        return s.size();
    }

    /// The first steps of a Fisher-Yates shuffle of those that are wanted. O(peers).
    template <class Shelf>
    static std::size_t shuffle(Shelf const& s, peer_wish wish, split_mix& chance,
                               std::span<std::uint16_t> places, std::span<endpoint> out) noexcept {
        std::size_t eligible = 0;
        std::uint16_t place = 0;
        for (auto const& p : s) {
            places[eligible] = place++;
            eligible += !(wish.noseed && p.is_seed());
        }
        std::size_t const taken = std::min(eligible, out.size());
        for (std::size_t i = 0; i < taken; ++i) {
            std::size_t const j = i + chance.below(static_cast<std::uint32_t>(eligible - i));
            std::swap(places[i], places[j]);
            s[places[i]].write_to(out[i]);
        }
        return taken;
    }

    /// Of at least twice as many: draws again when somebody is drawn twice, which the bits of
    /// `places` tell. O(out + peers / 16).
    template <class Shelf>
    static std::size_t pick(Shelf const& s, split_mix& chance, std::span<std::uint16_t> places,
                            std::span<endpoint> out) noexcept {
        auto const drawn = places.first((s.size() + 15) / 16);
        std::fill(drawn.begin(), drawn.end(), std::uint16_t{0});
        for (std::size_t taken = 0; taken < out.size();) {
            std::uint32_t const i = chance.below(static_cast<std::uint32_t>(s.size()));
            auto const bit = static_cast<std::uint16_t>(1U << i % 16);
            if ((drawn[i / 16] & bit) != 0) continue;
            drawn[i / 16] |= bit;
            s[i].write_to(out[taken++]);
        }
        return out.size();
    }

    /// Its size when it is not there.
    template <class Peer>
    static std::size_t find(peer_shelf<Peer> const& s, address const& ip) noexcept {
        std::size_t i = 0;
        auto const wanted = Peer::packed(ip);
        for (Peer const& p : s) {
            if (p.has(wanted)) break;
            ++i;
        }
        return i;
    }

    /// Behind all that end no later. O(1) for what outlives all.
    template <class Peer>
    [[nodiscard]] std::size_t place_for(peer_shelf<Peer> const& s, tick end) const noexcept {
        std::size_t i = s.size();
        while (i > 0 && is_before(end, s[i - 1].end(last_end_)))
            --i;
        return i;
    }

    void outlive(tick end) noexcept {
        if (is_before(last_end_, end)) last_end_ = end;
    }

    peer_shelf<packed_v4> v4_;
    peer_shelf<packed_v6> v6_;
    tick last_end_ = 0;
};

} // namespace dht::inline DHT_ABI::detail

#endif
