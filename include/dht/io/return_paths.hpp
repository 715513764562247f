#ifndef DHT_IO_RETURN_PATHS_HPP
#define DHT_IO_RETURN_PATHS_HPP

#include <dht/base/endpoint.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace dht::inline DHT_ABI::io {

/// To which of our addresses others sent, lately: what goes back to them leaves from there, an
/// answer as well as a later question. Remembers up to 512 endpoints, more than the table of a node
/// has contacts, four of each hash value, the latest first; so an answer given at once is always
/// right. Begins with room for four and doubles when that is too few, up to 17 KiB. O(1).
class return_paths {
public:
    void note(endpoint const& from, address const& asked) {
        std::size_t const h = hash(from);
        path* place = place_of(h, from);
        while (place->is_used() && place->there != from && sets_.size() < sets_max) {
            widen();
            place = place_of(h, from);
        } // else the oldest gives way
        path* const first = sets_[index(h)].data();
        std::move_backward(first, place, place + 1);
        *first = {from, asked};
    }

    /// Null: not known, the system may choose. Valid until the next call of another member.
    [[nodiscard]] address const* find(endpoint const& to) const noexcept {
        set const& s = sets_[index(hash(to))];
        auto const known = std::find_if(s.begin(), s.end(), is_of{to});
        return known != s.end() && known->is_used() ? &known->here : nullptr;
    }

    void forget(endpoint const& to) noexcept {
        for (path& p : sets_[index(hash(to))])
            if (p.there == to) p = {};
    }

private:
    static constexpr std::size_t sets_max = 128; // powers of two

    struct path {
        endpoint there;
        address here;

        [[nodiscard]] bool is_used() const noexcept { return here != address{}; }
    };

    using set = std::array<path, 4>;

    struct is_of {
        endpoint const& whom;

        bool operator()(path const& p) const noexcept { return p.there == whom; }
    };

    /// FNV-1a. Nobody gains by a collision: whoever is pushed out is answered from the address
    /// that the system chooses, as with any other program.
    static std::size_t hash(endpoint const& e) noexcept {
        std::uint64_t h = 0xcbf29ce484222325;
        auto const mix = [&h](std::uint64_t byte) { h = (h ^ byte) * 0x100000001b3; };
        for (std::byte const b : e.ip.bytes())
            mix(std::to_integer<std::uint64_t>(b));
        mix(e.port & 0xffU);
        mix(e.port >> 8U);
        return h ^ h >> 32U;
    }

    [[nodiscard]] std::size_t index(std::size_t h) const noexcept { return h & (sets_.size() - 1); }

    /// Its entry, or the one that it would replace.
    path* place_of(std::size_t h, endpoint const& e) noexcept {
        set& s = sets_[index(h)];
        return std::find_if(s.begin(), s.end() - 1, is_of{e});
    }

    void widen() {
        std::vector<set> before(2 * sets_.size());
        before.swap(sets_);
        for (set const& s : before)
            for (auto p = s.rbegin(); p != s.rend(); ++p) // the latest last, thus first again
                if (p->is_used()) note(p->there, p->here);
    }

    std::vector<set> sets_ = std::vector<set>(1);
};

} // namespace dht::inline DHT_ABI::io

#endif
