#ifndef DHT_SECURE_TOKEN_QUESTION_HPP
#define DHT_SECURE_TOKEN_QUESTION_HPP

#include <dht/crypto/ed25519.hpp>
#include <dht/secure/numbered_tokens.hpp>

/// What the members of a group say to each other about tokens: the method `verify_token`, whose "a"
/// has a string `claim` of 91 bytes, and whose "r" has a string `verdict` of 65. Numbers are big
/// endian.
///
/// | claim               | bytes | verdict   | bytes |
/// |---------------------|-------|-----------|-------|
/// | number of the asker |     1 | 1: good   |     1 |
/// | nonce               |     8 | signature |    64 |
/// | minute since 1970   |     4 |           |       |
/// | address (RFC 4291)  |    16 |           |       |
/// | target              |    20 |           |       |
/// | port                |     2 |           |       |
/// | token               |    24 |           |       |
/// | MAC over all before |    16 |           |       |
///
/// The MAC is keyed BLAKE2b under a key of the group: who is none of it costs no signature. The
/// signature is the witness's, over "dht verify_token", the SHA-256 of the claim and the verdict:
/// good for no other question. An answer is no larger than the question, so that it is no use to
/// have one sent to somebody else.
namespace dht::inline DHT_ABI::detail {

inline constexpr std::string_view verify_token_method = "verify_token";
inline constexpr std::string_view claim_field = "claim";
inline constexpr std::string_view verdict_field = "verdict";

struct token_question {
    static constexpr std::size_t mac_at = 1 + 8 + 4 + 16 + 20 + 2 + numbered_tokens::token_bytes;
    static constexpr std::size_t bytes = mac_at + sizeof(mac128);

    std::uint8_t asker = 0;
    std::uint64_t nonce = 0; ///< nobody can know it before
    std::uint32_t minute = 0;
    address from; ///< who wants to store, as the asker sees it
    key160 target;
    std::uint16_t port = 0;
    token what;
};

using question_bytes = std::array<std::byte, token_question::bytes>;
using verdict_bytes = std::array<std::byte, 1 + sizeof(ed25519_signature)>;

inline std::uint32_t minute_of(unix_time date) noexcept {
    return static_cast<std::uint32_t>(static_cast<std::int64_t>(date) / 60);
}

inline question_bytes written(token_question const& q, key_of_32_bytes key) noexcept {
    DHT_ASSERT(q.what.size() == numbered_tokens::token_bytes);
    question_bytes raw;
    raw[0] = static_cast<std::byte>(q.asker);
    store_big_endian(&raw[1], q.nonce);
    store_big_endian(&raw[9], q.minute);
    static_assert(sizeof q.from == 16);
    std::memcpy(&raw[13], &q.from, 16);
    std::memcpy(&raw[29], q.target.bytes.data(), key160::size_bytes);
    store_big_endian(&raw[49], q.port);
    std::memcpy(&raw[51], q.what.data(), q.what.size());
    mac128 const mac = blake2b_128(key, byte_view{raw}.first(token_question::mac_at));
    std::memcpy(&raw[token_question::mac_at], mac.data(), mac.size());
    return raw;
}

/// Nothing: no member wrote that.
inline std::optional<token_question> question_in(byte_view raw, key_of_32_bytes key) noexcept {
    if (raw.size() != token_question::bytes) return std::nullopt;
    mac128 const mac = blake2b_128(key, raw.first(token_question::mac_at));
    if (!constant_time_equal(raw.subspan(token_question::mac_at), mac)) return std::nullopt;
    token_question q;
    q.asker = std::to_integer<std::uint8_t>(raw[0]);
    q.nonce = load_big_endian<std::uint64_t>(&raw[1]);
    q.minute = load_big_endian<std::uint32_t>(&raw[9]);
    std::memcpy(&q.from, &raw[13], 16);
    q.target = key160::from(raw.subspan(29, key160::size_bytes));
    q.port = load_big_endian<std::uint16_t>(&raw[49]);
    q.what = token{raw.subspan(51, numbered_tokens::token_bytes)};
    return q;
}

/// What a witness signs.
inline auto signed_part(byte_view question, std::byte verdict) noexcept {
    constexpr std::string_view domain = "dht verify_token";
    std::array<std::byte, domain.size() + sizeof(sha256_digest) + 1> text;
    sha256_digest const digest = sha256_of(question);
    std::memcpy(text.data(), domain.data(), domain.size());
    std::memcpy(text.data() + domain.size(), digest.data(), digest.size());
    text[text.size() - 1] = verdict;
    return text;
}

enum class witness_verdict : std::uint8_t { bad, good };

inline verdict_bytes signed_verdict(ed25519_key_pair const& pair, byte_view question,
                                    witness_verdict v) noexcept {
    verdict_bytes raw;
    raw[0] = static_cast<std::byte>(v);
    ed25519_signature const signature = pair.sign(signed_part(question, raw[0]));
    std::memcpy(&raw[1], signature.data(), signature.size());
    return raw;
}

/// What the owner of `witness` says to that question; nothing: `raw` is not his word. Some 100 us.
inline std::optional<witness_verdict> verdict_in(byte_view raw, byte_view question,
                                                 ed25519_public_key const& witness) noexcept {
    if (raw.size() != sizeof(verdict_bytes) || raw[0] > std::byte{1}) return std::nullopt;
    if (!ed25519_verify(witness, signed_part(question, raw[0]), raw.subspan(1)))
        return std::nullopt;
    return static_cast<witness_verdict>(raw[0]);
}

} // namespace dht::inline DHT_ABI::detail

#endif
