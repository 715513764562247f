#ifndef DHT_SIM_STANDARD_STORE_HPP
#define DHT_SIM_STANDARD_STORE_HPP

#include <dht/base/dense_map.hpp>
#include <dht/sim/standard_table.hpp>

namespace dht::inline DHT_ABI::sim {

/// Proof that the asker of an announce owns its address (BEP 5): a hash of the address under a
/// secret that changes, and the one before. A secret is a number from the seed and the time, so
/// that nothing has to be kept.
class standard_tokens {
public:
    using token = std::array<std::byte, 8>;

    standard_tokens(std::uint64_t seed, standard_parameters const& p) noexcept
        : seed_{seed},
          changes_{p.token_changes} {}

    [[nodiscard]] token issue(address const& to, instant now) const noexcept {
        return of(to, epoch(now));
    }

    [[nodiscard]] bool verify(byte_view shown, address const& from, instant now) const noexcept {
        return equal(shown, of(from, epoch(now))) || equal(shown, of(from, epoch(now) - 1));
    }

private:
    [[nodiscard]] std::uint64_t epoch(instant now) const noexcept {
        return static_cast<std::uint64_t>(now.time_since_epoch() / changes_);
    }

    [[nodiscard]] token of(address const& a, std::uint64_t secret) const noexcept {
        token t;
        store_big_endian(t.data(), object_hash{}({seed_, secret}, a));
        return t;
    }

    std::uint64_t seed_;
    duration changes_;
};

/// The peers that a standard client keeps for others, the oldest announce first. 32 bytes each,
/// searched one by one: there are few.
class standard_store {
public:
    static constexpr std::size_t values_max = 50; ///< in one reply

    using peers = static_vector<endpoint, values_max>;

    explicit standard_store(standard_parameters const& p) noexcept
        : kept_{p.peer_kept},
          limit_{p.peers_max} {}

    [[nodiscard]] std::size_t size() const noexcept { return all_.size(); }

    /// Forgets who is too old, and the oldest when there are too many.
    void add(info_hash const& hash, endpoint const& who, instant now) {
        packed_endpoint const at{who};
        stamp const time = stamp_of(now);
        stamp const oldest = stamp_of(now - kept_);
        std::erase_if(all_, [&](peer const& p) {
            return p.announced < oldest || (p.at == at && p.hash == hash);
        });
        if (all_.size() >= limit_) all_.erase(all_.begin());
        all_.push_back({hash, at, time});
    }

    /// The newest.
    [[nodiscard]] peers of(info_hash const& hash, instant now) const noexcept {
        peers found;
        stamp const oldest = stamp_of(now - kept_);
        for (auto p = all_.rbegin(); p != all_.rend() && p->announced >= oldest; ++p)
            if (p->hash == hash && !found.push_back(p->at.unpacked())) break;
        return found;
    }

private:
    struct peer {
        info_hash hash;
        packed_endpoint at;
        stamp announced = 0;
    };

    duration kept_;
    std::size_t limit_;
    std::vector<peer> all_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
