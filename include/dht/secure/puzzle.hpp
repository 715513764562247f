#ifndef DHT_SECURE_PUZZLE_HPP
#define DHT_SECURE_PUZZLE_HPP

#include <dht/base/time.hpp>
#include <dht/crypto/ed25519.hpp>
#include <dht/crypto/sha256.hpp>
#include <dht/kad/id.hpp>

#include <bit>
#include <optional>

/// The crypto puzzles of S/Kademlia (Baumgart and Mies 2007, section 4.1), which make identities
/// dear. The static one is solved once, by a key pair: H(H(public key)) has c1 zero bits. The
/// dynamic one is solved for each id and epoch, by an X: H(id xor X) has c2 zero bits. H is
/// SHA-256. Solving takes 2^c1 key pairs and 2^c2 hashes on average; checking takes three hashes.
/// Nothing keeps anybody from solving the puzzles of epochs to come: an epoch is what an identity
/// costs for so long, whenever that was paid.
namespace dht::inline DHT_ABI {

enum class zero_bits : std::uint8_t { leading, trailing };

/// What identities cost in one overlay: all its nodes have the same.
struct puzzle_rules {
    unsigned static_bits = 8;   ///< c1, 0 .. 64
    unsigned dynamic_bits = 16; ///< c2, 0 .. 64
    zero_bits where = zero_bits::leading;
    seconds epoch = hours{24}; ///< how long an X is for: a second to a year

    friend bool operator==(puzzle_rules const&, puzzle_rules const&) = default;
};

/// How an id follows from a key. The hash of a key is the first 160 bits of its SHA-256.
enum class id_binding : std::uint8_t {
    bep42, ///< bits 21 to 156 are those of the hash; the first 21 and the last 3 belong to BEP 42
    whole, ///< all bits are: for networks without BEP 42
};

/// What shows that an id was paid for, by whom. 52 bytes; it shows nothing of who sends it, before
/// he has signed something with that key.
struct puzzle_proof {
    ed25519_public_key key{};
    key160 x{}; ///< 64 bits are the epoch, 96 were searched for

    friend bool operator==(puzzle_proof const&, puzzle_proof const&) = default;
};

/// Epochs are counted from 1970.
constexpr std::int64_t puzzle_epoch(puzzle_rules const& rules, unix_time date) noexcept {
    DHT_ASSERT(rules.epoch >= seconds{1} && rules.epoch <= hours{24 * 366});
    return static_cast<std::int64_t>(date) / rules.epoch.count();
}

namespace detail {

inline bool has_zero_bits(sha256_digest const& digest, unsigned count, zero_bits where) noexcept {
    if (where == zero_bits::leading)
        return static_cast<unsigned>(
                   std::countl_zero(load_big_endian<std::uint64_t>(digest.data()))) >= count;
    return static_cast<unsigned>(std::countr_zero(load_big_endian<std::uint64_t>(
               digest.data() + digest.size() - sizeof(std::uint64_t)))) >= count;
}

/// The epoch stands in front: the sum of an id and an X that was found serves for another id, too,
/// only if the first 64 bits of both ids differ as the epochs do. Without that one search would
/// serve for all ids and for ever.
inline key160 puzzle_x(std::int64_t epoch, std::uint32_t lane, std::uint64_t number) noexcept {
    key160 x;
    store_big_endian(x.bytes.data(), static_cast<std::uint64_t>(epoch));
    store_big_endian(x.bytes.data() + 8, lane);
    store_big_endian(x.bytes.data() + 12, number);
    return x;
}

} // namespace detail

namespace detail {

/// The same by H(key).
inline bool solves_static_puzzle_by(puzzle_rules const& rules,
                                    sha256_digest const& of_key) noexcept {
    return has_zero_bits(sha256_of(of_key), rules.static_bits, rules.where);
}

inline node_id id_by(sha256_digest const& of_key) noexcept {
    return to_node_id(key160::from(byte_view{of_key}.first(key160::size_bytes)));
}

inline bool is_id_by(node_id const& id, sha256_digest const& of_key, id_binding binding) noexcept {
    key160 differing = id ^ id_by(of_key);
    if (binding == id_binding::bep42) {
        differing.bytes[0] = differing.bytes[1] = std::byte{0};
        differing.bytes[2] &= std::byte{0x07};
        differing.bytes[19] &= std::byte{0xf8};
    }
    return differing == key160{};
}

} // namespace detail

[[nodiscard]] inline bool solves_static_puzzle(puzzle_rules const& rules,
                                               ed25519_public_key const& key) noexcept {
    return detail::solves_static_puzzle_by(rules, sha256_of(key));
}

[[nodiscard]] inline bool solves_dynamic_puzzle(puzzle_rules const& rules, node_id const& id,
                                                key160 const& x) noexcept {
    return detail::has_zero_bits(sha256_of((id ^ x).bytes), rules.dynamic_bits, rules.where);
}

/// The id of that key where nothing else has a say in it.
[[nodiscard]] inline node_id id_of_key(ed25519_public_key const& key) noexcept {
    return detail::id_by(sha256_of(key));
}

/// Is that the id of that key, as far as keys have a say in ids?
[[nodiscard]] inline bool is_id_of_key(node_id const& id, ed25519_public_key const& key,
                                       id_binding binding) noexcept {
    return detail::is_id_by(id, sha256_of(key), binding);
}

/// Was `id` paid for by the owner of the proof's key, for this epoch or one beside it (clocks
/// differ, and a new X takes its time)? Three hashes, about a microsecond.
[[nodiscard]] inline bool is_proof_for(node_id const& id, puzzle_proof const& proof,
                                       puzzle_rules const& rules, id_binding binding,
                                       unix_time date) noexcept {
    auto const epoch = static_cast<std::int64_t>(proof.x.high_bits()); // a stranger's: any number
    std::int64_t const now = puzzle_epoch(rules, date);
    if (epoch < now - 1 || epoch > now + 1) return false;
    sha256_digest const of_key = sha256_of(proof.key);
    return detail::is_id_by(id, of_key, binding) && solves_dynamic_puzzle(rules, id, proof.x) &&
           detail::solves_static_puzzle_by(rules, of_key);
}

/// Looks for a key pair that solves the static puzzle, a slice at a time. Whoever has several
/// threads gives each a search of its own, with a seed of its own.
class key_search {
public:
    /// `seed` is random and secret: the pair that is found comes from one near it.
    key_search(puzzle_rules const& rules, ed25519_seed const& seed) noexcept
        : rules_{rules},
          seed_{seed} {}

    /// Tries so many pairs, some 20 us each. Nothing: not found yet.
    std::optional<ed25519_key_pair> advance(unsigned tries) noexcept {
        for (; tries > 0; --tries, next_seed()) {
            ++tried_;
            auto const pair = ed25519_key_pair::from_seed(seed_);
            if (solves_static_puzzle(rules_, pair.public_key())) return pair;
        }
        return std::nullopt;
    }

    /// That of the pair which was found: whoever keeps it keeps the identity.
    [[nodiscard]] ed25519_seed const& seed() const noexcept { return seed_; }

    [[nodiscard]] std::uint64_t tried() const noexcept { return tried_; }

private:
    void next_seed() noexcept {
        for (std::byte& b : seed_)
            if (b = static_cast<std::byte>(std::to_integer<unsigned>(b) + 1U); b != std::byte{0})
                return;
    }

    puzzle_rules rules_;
    ed25519_seed seed_;
    std::uint64_t tried_ = 0;
};

/// Looks for an X that solves the dynamic puzzle, a slice at a time. Searches in different lanes
/// try different ones: several threads share the work so.
class puzzle_search {
public:
    puzzle_search(puzzle_rules const& rules, node_id const& id, std::int64_t epoch,
                  std::uint32_t lane = 0) noexcept
        : rules_{rules},
          id_{id},
          epoch_{epoch},
          lane_{lane} {}

    /// Tries so many, some 0.3 us each. Nothing: not found yet.
    std::optional<key160> advance(unsigned tries) noexcept {
        for (; tries > 0; --tries) {
            key160 const x = detail::puzzle_x(epoch_, lane_, tried_++);
            if (solves_dynamic_puzzle(rules_, id_, x)) return x;
        }
        return std::nullopt;
    }

    [[nodiscard]] node_id const& id() const noexcept { return id_; }

    [[nodiscard]] std::int64_t epoch() const noexcept { return epoch_; }

    [[nodiscard]] std::uint64_t tried() const noexcept { return tried_; }

private:
    puzzle_rules rules_;
    node_id id_;
    std::int64_t epoch_;
    std::uint32_t lane_;
    std::uint64_t tried_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
