#ifndef DHT_ENGINE_FOUND_PEERS_HPP
#define DHT_ENGINE_FOUND_PEERS_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/keyed_hash.hpp>
#include <dht/base/thin_vector.hpp>

#include <bit>
#include <span>
#include <vector>

namespace dht::inline DHT_ABI::engine {

/// Distinct peers in the order they came, at most `limit`, in the vector that their outcome takes
/// as it is. Strangers name them: the places of the index are drawn by a secret.
class found_peers {
public:
    found_peers(std::size_t limit, hash_key secret) noexcept : limit_{limit}, secret_{secret} {}

    [[nodiscard]] std::span<endpoint const> all() const noexcept { return all_; }

    /// So many, or `limit`, will come without allocating.
    void reserve(std::size_t count) {
        count = std::min(count, limit_);
        all_.reserve(count);
        if (2 * count > slots_.size()) index(std::bit_ceil(2 * count));
    }

    /// False: it is new, and there are `limit` already.
    bool add(endpoint const& peer) {
        if (slots_.empty()) index(slots_min);
        std::uint32_t* slot = &slot_of(peer);
        if (*slot != 0) return true;
        if (all_.size() == limit_) return false;
        if (2 * (all_.size() + 1) > slots_.size()) {
            index(2 * slots_.size());
            slot = &slot_of(peer);
        }
        all_.push_back(peer);
        *slot = static_cast<std::uint32_t>(all_.size());
        return true;
    }

    std::vector<endpoint> take() noexcept { return std::move(all_); }

private:
    static constexpr std::size_t slots_min = 16;

    /// Where it stands, or would.
    std::uint32_t& slot_of(endpoint const& peer) noexcept {
        std::size_t const mask = slots_.size() - 1;
        std::size_t at = static_cast<std::size_t>(object_hash{}(secret_, peer)) & mask;
        while (slots_[at] != 0 && !(all_[slots_[at] - 1] == peer))
            at = (at + 1) & mask;
        return slots_[at];
    }

    void index(std::size_t slots) {
        slots_.assign(slots, 0);
        std::uint32_t position = 0;
        for (endpoint const& peer : all_)
            slot_of(peer) = ++position;
    }

    std::vector<endpoint> all_;
    thin_vector<std::uint32_t> slots_; // position + 1; 0 is empty
    std::size_t limit_;
    hash_key secret_;
};

} // namespace dht::inline DHT_ABI::engine

#endif
