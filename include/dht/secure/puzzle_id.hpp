#ifndef DHT_SECURE_PUZZLE_ID_HPP
#define DHT_SECURE_PUZZLE_ID_HPP

#include <dht/policy/extension.hpp>
#include <dht/policy/id_generator.hpp>
#include <dht/secure/puzzle.hpp>
#include <dht/wire/bencode_find.hpp>

#include <vector>

namespace dht::inline DHT_ABI {

/// A key pair that solves the static puzzle of an overlay.
class puzzle_key {
public:
    /// Nothing: the pair of that seed does not solve it. key_search finds seeds that do.
    static std::optional<puzzle_key> from_seed(puzzle_rules const& rules,
                                               ed25519_seed const& seed) noexcept {
        puzzle_key k{rules, ed25519_key_pair::from_seed(seed)};
        return solves_static_puzzle(rules, k.pair().public_key()) ? std::optional{k} : std::nullopt;
    }

    [[nodiscard]] ed25519_key_pair const& pair() const noexcept { return pair_; }

    [[nodiscard]] puzzle_rules const& rules() const noexcept { return rules_; }

private:
    puzzle_key(puzzle_rules const& rules, ed25519_key_pair const& pair) noexcept
        : rules_{rules},
          pair_{pair} {}

    puzzle_rules rules_;
    ed25519_key_pair pair_;
};

/// How much of the time of an event loop a puzzle may take: so many hashes (some 0.3 us each) at
/// once, and nothing for so long. 2^c2 hashes are needed on average.
struct puzzle_pace {
    unsigned hashes = 1'024;
    duration pause = milliseconds{5};
};

namespace detail {

/// Under which key of "a" or "r" a proof stands.
inline constexpr std::string_view puzzle_field = "pz";

inline constexpr std::size_t puzzle_proof_bytes = sizeof(puzzle_proof::key) + key160::size_bytes;

/// The bytes of a proof as a bencoded string.
class encoded_proof {
public:
    encoded_proof() noexcept = default;

    explicit encoded_proof(puzzle_proof const& proof) noexcept {
        bencode::writer out{bytes_};
        std::array<std::byte, puzzle_proof_bytes> raw;
        std::memcpy(raw.data(), proof.key.data(), proof.key.size());
        std::memcpy(raw.data() + proof.key.size(), proof.x.bytes.data(), proof.x.bytes.size());
        out.string(raw);
    }

    [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }

private:
    std::array<std::byte, 3 + puzzle_proof_bytes> bytes_{}; // "52:" in front
};

} // namespace detail

/// The proof that a message carries; nothing: none, or a malformed one. Whose it is it does not
/// show: see puzzle_proof.
[[nodiscard]] inline std::optional<puzzle_proof> puzzle_proof_in(krpc::message const& m) noexcept {
    auto const* const query = std::get_if<krpc::query>(&m.body);
    auto const* const reply = std::get_if<krpc::reply>(&m.body);
    if (query == nullptr && reply == nullptr) return std::nullopt;
    byte_view const raw =
        bencode::string_under(query != nullptr ? query->a : reply->r, detail::puzzle_field);
    if (raw.size() != detail::puzzle_proof_bytes) return std::nullopt;
    puzzle_proof proof;
    std::memcpy(proof.key.data(), raw.data(), proof.key.size());
    proof.x = key160::from(raw.subspan(proof.key.size()));
    return proof;
}

/// Ids that follow from a key, and were paid for (see puzzle.hpp). They are BEP 42's, too, where
/// that is in use: an ordinary node sees nothing strange. The X of each of our ids is searched for
/// in the time that others leave, again when an id changes with its address or an epoch has passed;
/// once found it goes into the node's queries and replies (but for those of extensions that have
/// keys of their own), 59 bytes that ordinary nodes ignore.
class puzzle_id {
public:
    using policy_slot = slots::id_generator;

    explicit puzzle_id(puzzle_key const& key, id_binding binding = id_binding::bep42,
                       puzzle_pace const& pace = {}) noexcept
        : key_{key},
          binding_{binding},
          pace_{pace} {}

    // -- an id generator

    template <class Rng>
    node_id generate(address const& external, Rng&) const noexcept {
        node_id const id = id_of_key(key_.pair().public_key());
        bool const fitted = binding_ == id_binding::bep42 && external != address{};
        return fitted ? bep42_id::fitted(id, external) : id;
    }

    [[nodiscard]] bool plausible(node_id const& id, address const& at) const noexcept {
        return binding_ == id_binding::whole || bep42_id{}.plausible(id, at);
    }

    [[nodiscard]] bool may_be_ours(node_id const& id) const noexcept {
        return is_id_of_key(id, key_.pair().public_key(), binding_);
    }

    // -- a machine that solves puzzles

    void own_nodes(std::span<own_node const> nodes) noexcept {
        ours_.resize(nodes.size());
        for (std::size_t via = 0; via < nodes.size(); ++via)
            if (ours_[via].id != nodes[via].id) ours_[via] = {nodes[via].id};
        wake_ = instant{};
    }

    [[nodiscard]] std::optional<instant> next_deadline() const noexcept {
        return wake_ == never ? std::nullopt : std::optional{wake_};
    }

    void advance(times at) noexcept {
        std::int64_t const epoch = puzzle_epoch(key_.rules(), at.date);
        if (at.now < wake_ && epoch == epoch_) return; // else the date was corrected
        epoch_ = epoch;
        unsigned left = pace_.hashes;
        for (solved_id& each : ours_)
            if (left > 0 && !each.is_for(epoch)) work(each, epoch, left);
        wake_ = left < pace_.hashes ? at.now + pace_.pause : epoch_end(at);
    }

    void extend(times, outgoing_message const& m, added_fields& fields) const noexcept {
        if (m.via >= ours_.size() || !ours_[m.via].proof) return;
        std::size_t at = 0;
        while (at < fields.body.size() && fields.body[at].key < detail::puzzle_field)
            ++at;
        if (fields.body.size() < fields.body.capacity())
            fields.body.insert(at, {detail::puzzle_field, ours_[m.via].encoded.bytes()});
    }

    // -- what it knows

    [[nodiscard]] puzzle_key const& key() const noexcept { return key_; }

    /// That of our id on that address; nothing: it is still searched for.
    [[nodiscard]] std::optional<puzzle_proof> proof(via_index via) const noexcept {
        return via < ours_.size() ? ours_[via].proof : std::nullopt;
    }

    /// Was that id paid for by the owner of the proof's key? See is_proof_for.
    [[nodiscard]] bool accepts(node_id const& id, puzzle_proof const& proof,
                               unix_time date) const noexcept {
        return is_proof_for(id, proof, key_.rules(), binding_, date);
    }

private:
    struct solved_id {
        node_id id;
        std::optional<puzzle_search> search{};
        std::optional<puzzle_proof> proof{}; ///< of an earlier epoch until another one is found
        detail::encoded_proof encoded{};

        [[nodiscard]] bool is_for(std::int64_t epoch) const noexcept {
            return proof && static_cast<std::int64_t>(proof->x.high_bits()) == epoch;
        }
    };

    void work(solved_id& ours, std::int64_t epoch, unsigned& hashes) noexcept {
        if (!ours.search || ours.search->epoch() != epoch)
            ours.search.emplace(key_.rules(), ours.id, epoch);
        std::uint64_t const before = ours.search->tried();
        auto const x = ours.search->advance(hashes);
        hashes -= static_cast<unsigned>(ours.search->tried() - before);
        if (!x) return;
        ours.proof = puzzle_proof{key_.pair().public_key(), *x};
        ours.encoded = detail::encoded_proof{*ours.proof};
        ours.search.reset();
    }

    [[nodiscard]] instant epoch_end(times at) const noexcept {
        std::int64_t const length = key_.rules().epoch.count();
        return at.now + seconds{length - static_cast<std::int64_t>(at.date) % length};
    }

    puzzle_key key_;
    id_binding binding_;
    puzzle_pace pace_;
    std::vector<solved_id> ours_; // by via
    std::int64_t epoch_ = 0;      ///< for which it works, or has worked
    instant wake_ = never;
};

} // namespace dht::inline DHT_ABI

#endif
