#ifndef DHT_SECURE_CHALLENGE_PROOF_HPP
#define DHT_SECURE_CHALLENGE_PROOF_HPP

#include <dht/crypto/ed25519.hpp>
#include <dht/policy/extension.hpp>
#include <dht/wire/bencode_find.hpp>

/// The messages of id_challenge, and what is signed in them.
namespace dht::inline DHT_ABI::detail {

inline constexpr std::string_view challenge_method = "id_challenge";

using challenge_nonce = std::array<std::byte, 16>;

/// "dht id_challenge 1", the nonce, the id that is proven, the id of who asks, and his address as
/// the other sees it (16 bytes, of IPv4 as base/address.hpp has it).
class challenge_text {
public:
    challenge_text(challenge_nonce const& nonce, node_id const& proven, node_id const& asker,
                   address const& asker_at) noexcept {
        static_assert(sizeof asker_at == 16);
        append(domain.data(), domain.size());
        append(nonce.data(), nonce.size());
        append(proven.bytes.data(), key160::size_bytes);
        append(asker.bytes.data(), key160::size_bytes);
        append(&asker_at, sizeof asker_at);
    }

    [[nodiscard]] byte_view bytes() const noexcept { return bytes_; }

private:
    void append(void const* bytes, std::size_t size) noexcept {
        std::memcpy(bytes_.data() + used_, bytes, size);
        used_ += size;
    }

    static constexpr std::string_view domain = "dht id_challenge 1";

    std::array<std::byte, domain.size() + 16 + 2 * key160::size_bytes + 16> bytes_{};
    std::size_t used_ = 0;
};

/// The arguments of a query.
class challenge_question {
public:
    challenge_question() noexcept = default;

    explicit challenge_question(challenge_nonce const& nonce) noexcept {
        bencode::writer n{nonce_};
        n.string(nonce);
        bencode::writer z{padding_};
        z.string(std::array<std::byte, padding_bytes>{});
    }

    [[nodiscard]] raw_fields fields() const noexcept {
        raw_fields all;
        all.push_back({"n", nonce_});
        all.push_back({"z", padding_});
        return all;
    }

    /// The nonce of a query that is as large as it has to be.
    static std::optional<challenge_nonce> read(byte_view arguments) noexcept {
        byte_view const n = bencode::string_under(arguments, "n");
        challenge_nonce nonce;
        if (n.size() != nonce.size()) return std::nullopt;
        if (bencode::string_under(arguments, "z").size() < padding_bytes) return std::nullopt;
        std::memcpy(nonce.data(), n.data(), nonce.size());
        return nonce;
    }

private:
    static constexpr std::size_t padding_bytes = 128;

    std::array<std::byte, 3 + 16> nonce_{};              // "16:"
    std::array<std::byte, 4 + padding_bytes> padding_{}; // "128:"
};

struct challenge_proof {
    ed25519_public_key key{};
    ed25519_signature signature{};
};

/// The results of a reply.
class challenge_answer {
public:
    challenge_answer() noexcept = default;

    explicit challenge_answer(challenge_proof const& proof) noexcept {
        bencode::writer key{key_};
        key.string(proof.key);
        bencode::writer signature{signature_};
        signature.string(proof.signature);
    }

    [[nodiscard]] raw_fields fields() const noexcept {
        raw_fields all;
        all.push_back({"key", key_});
        all.push_back({"sig", signature_});
        return all;
    }

    static std::optional<challenge_proof> read(byte_view results) noexcept {
        byte_view const key = bencode::string_under(results, "key");
        byte_view const signature = bencode::string_under(results, "sig");
        challenge_proof proof;
        if (key.size() != proof.key.size() || signature.size() != proof.signature.size())
            return std::nullopt;
        std::memcpy(proof.key.data(), key.data(), key.size());
        std::memcpy(proof.signature.data(), signature.data(), signature.size());
        return proof;
    }

private:
    std::array<std::byte, 3 + 32> key_{};       // "32:"
    std::array<std::byte, 3 + 64> signature_{}; // "64:"
};

} // namespace dht::inline DHT_ABI::detail

#endif
