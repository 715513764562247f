#ifndef DHT_POLICY_PEER_SHELF_HPP
#define DHT_POLICY_PEER_SHELF_HPP

#include <dht/policy/packed_peer.hpp>

#include <new>
#include <utility>

namespace dht::inline DHT_ABI::detail {

/// Packed peers of one family in one block, those whose life ends first in front. A pointer while
/// it is empty; else 8 bytes, the peers, and room for an eighth more or for one or two. Taking from
/// the front and adding behind take O(1) amortised.
template <class Peer>
class peer_shelf {
public:
    static constexpr std::size_t size_max = 65'535;

    peer_shelf() noexcept = default;

    peer_shelf(peer_shelf&& from) noexcept : block_{std::exchange(from.block_, nullptr)} {}

    peer_shelf& operator=(peer_shelf&& from) noexcept {
        std::swap(block_, from.block_);
        return *this;
    }

    ~peer_shelf() { delete[] block_; }

    [[nodiscard]] std::size_t size() const noexcept { return empty() ? 0U : head().size; }

    [[nodiscard]] bool empty() const noexcept { return block_ == nullptr; }

    Peer const* begin() const noexcept { return empty() ? nullptr : place(head().begin); }

    Peer const* end() const noexcept { return begin() + size(); }

    [[nodiscard]] Peer const& operator[](std::size_t i) const noexcept { return begin()[i]; }

    /// They will be read soon.
    void expect() const noexcept { __builtin_prefetch(block_); }

    /// False: there is no memory, or it has size_max. Then nothing changed.
    bool insert(std::size_t at, Peer const& peer) noexcept {
        if (!has_room_behind() && !make_room()) return false;
        Peer* const to = place(head().begin + at);
        move(to + 1, to, size() - at);
        *to = peer;
        ++head().size;
        return true;
    }

    /// Puts `peer` in the place of another, and moves it back to `to`, before which all shift.
    void replace(std::size_t at, std::size_t to, Peer const& peer) noexcept {
        move(place(head().begin + at), place(head().begin + at + 1), to - at);
        *place(head().begin + to) = peer;
    }

    void pop_front() noexcept {
        header& h = head();
        ++h.begin;
        --h.size;
        if (h.size == 0)
            delete[] std::exchange(block_, nullptr);
        else if (h.room > 4 && 2 * h.size < h.room)
            rebuild(room_for(h.size));
    }

private:
    struct header {
        std::uint16_t begin = 0;
        std::uint16_t size = 0;
        std::uint16_t room = 0;
    };

    static constexpr std::size_t peers_at = 8;
    static_assert(std::is_trivially_copyable_v<Peer> && sizeof(header) <= peers_at);

    /// Even, so that a block of IPv4 peers is of a size that allocators have (16 n + 8).
    static std::size_t room_for(std::size_t size) noexcept {
        std::size_t const room = size + (size < 16 ? 1 : size / 8);
        return room < size_max ? (room + 1) / 2 * 2 : size_max;
    }

    static void move(Peer* to, Peer const* from, std::size_t count) noexcept {
        std::memmove(static_cast<void*>(to), from, count * sizeof(Peer));
    }

    [[nodiscard]] header& head() const noexcept { return *reinterpret_cast<header*>(block_); }

    [[nodiscard]] Peer* place(std::size_t i) const noexcept {
        return reinterpret_cast<Peer*>(block_ + peers_at) + i;
    }

    [[nodiscard]] bool has_room_behind() const noexcept {
        return !empty() && head().begin + head().size < head().room;
    }

    /// Closes the gap in front when it is worth its while, so that each move pays for many.
    bool make_room() noexcept {
        if (size() == size_max) return false;
        if (empty() || 8U * head().begin < head().room) return rebuild(room_for(size() + 1));
        move(place(0), place(head().begin), size());
        head().begin = 0;
        return true;
    }

    bool rebuild(std::size_t room) noexcept {
        if (room > size_max) room = size_max;
        auto* const fresh = new (std::nothrow) std::byte[peers_at + room * sizeof(Peer)];
        if (fresh == nullptr) return false;
        auto const held = static_cast<std::uint16_t>(size());
        header const h{0, held, static_cast<std::uint16_t>(room)};
        std::memcpy(fresh, &h, sizeof h);
        if (held > 0) std::memcpy(fresh + peers_at, begin(), held * sizeof(Peer));
        delete[] std::exchange(block_, fresh);
        return true;
    }

    std::byte* block_ = nullptr; // header and peers
};

} // namespace dht::inline DHT_ABI::detail

#endif
