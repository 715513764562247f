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
/// right. Begins empty and doubles when four are too few: up to 17 KiB. O(1).
class return_paths {
public:
    void note(endpoint const& from, address const& asked) {
        while (is_crowded(from))
            widen();
        set& s = set_of(from);
        auto place = std::find_if(s.begin(), s.end() - 1, is_of{from});
        std::move_backward(s.begin(), place, place + 1); // over its old entry, or the oldest
        s.front() = {from, asked};
    }

    /// Null: not known, the system may choose. Valid until the next call of another member.
    [[nodiscard]] address const* find(endpoint const& to) const noexcept {
        if (sets_.empty()) return nullptr;
        set const& s = sets_[hash(to) % sets_.size()];
        auto const known = std::find_if(s.begin(), s.end(), is_of{to});
        return known != s.end() && known->is_used() ? &known->here : nullptr;
    }

    void forget(endpoint const& to) noexcept {
        if (sets_.empty()) return;
        for (path& p : set_of(to))
            if (p.there == to) p = {};
    }

private:
    static constexpr std::size_t sets_max = 128;

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

    set& set_of(endpoint const& e) noexcept { return sets_[hash(e) % sets_.size()]; }

    /// Would somebody be pushed out for a newcomer where there could be more sets?
    [[nodiscard]] bool is_crowded(endpoint const& from) noexcept {
        if (sets_.empty()) return true;
        set const& s = set_of(from);
        return sets_.size() < sets_max && s.back().is_used() &&
               std::none_of(s.begin(), s.end(), is_of{from});
    }

    void widen() {
        std::vector<set> before(std::max<std::size_t>(1, 2 * sets_.size()));
        before.swap(sets_);
        for (set const& s : before)
            for (auto p = s.rbegin(); p != s.rend(); ++p) // the latest last, thus first again
                if (p->is_used()) note(p->there, p->here);
    }

    std::vector<set> sets_;
};

} // namespace dht::inline DHT_ABI::io

#endif
