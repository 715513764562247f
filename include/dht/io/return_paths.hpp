#ifndef DHT_IO_RETURN_PATHS_HPP
#define DHT_IO_RETURN_PATHS_HPP

#include <dht/base/endpoint.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace dht::inline DHT_ABI::io {

/// To which of our addresses others sent, lately: what goes back to them leaves from there, an
/// answer as well as a later question. Remembers up to 1 024 endpoints in 36 KiB, four of each hash
/// value, the latest first; so an answer given at once is always right. O(1).
class return_paths {
public:
    return_paths() : sets_(set_count) {}

    void note(endpoint const& from, address const& asked) noexcept {
        set& s = sets_[index_of(from)];
        auto place =
            std::find_if(s.begin(), s.end() - 1, [&](path const& p) { return p.there == from; });
        std::move_backward(s.begin(), place, place + 1); // over its old entry, or the oldest
        s.front() = {from, asked};
    }

    /// Null: not known, the system may choose. Valid until the next call of another member.
    [[nodiscard]] address const* find(endpoint const& to) const noexcept {
        for (path const& p : sets_[index_of(to)])
            if (p.there == to && p.here != address{}) return &p.here;
        return nullptr;
    }

    void forget(endpoint const& to) noexcept {
        for (path& p : sets_[index_of(to)])
            if (p.there == to) p = {};
    }

private:
    static constexpr std::size_t set_count = 256;

    struct path {
        endpoint there;
        address here;
    };

    using set = std::array<path, 4>;

    /// FNV-1a. Nobody gains by a collision: whoever is pushed out is answered from the address
    /// that the system chooses, as with any other program.
    static std::size_t index_of(endpoint const& e) noexcept {
        std::uint64_t h = 0xcbf29ce484222325;
        auto const mix = [&h](std::uint64_t byte) { h = (h ^ byte) * 0x100000001b3; };
        for (std::byte const b : e.ip.bytes())
            mix(std::to_integer<std::uint64_t>(b));
        mix(e.port & 0xffU);
        mix(e.port >> 8U);
        return (h ^ h >> 32U) % set_count;
    }

    std::vector<set> sets_;
};

} // namespace dht::inline DHT_ABI::io

#endif
