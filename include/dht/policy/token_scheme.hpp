#ifndef DHT_POLICY_TOKEN_SCHEME_HPP
#define DHT_POLICY_TOKEN_SCHEME_HPP

#include <dht/base/static_vector.hpp>
#include <dht/crypto/hash.hpp>
#include <dht/crypto/mac.hpp>
#include <dht/outcome.hpp>
#include <dht/policy/slots.hpp>

/// Slot token_scheme: proof that who announces can receive at the address it announces from.
///
/// | expression                     | type          | meaning                              |
/// |--------------------------------|---------------|--------------------------------------|
/// | `t.issue(claim)`               | token         | what a get_peers answer carries      |
/// | `t.verify(claim, raw, ticket)` | token_verdict | is `raw` good for that claim         |
/// | `t.rotate(times)`              | instant       | changes due keys; when to call again |
///
/// All noexcept and per datagram but rotate. `raw` has any size and content. A scheme that cannot
/// decide at once says `pending`: the query is parked (bounded by settings.pending_queries_max) and
/// the scheme also has:
///
/// | expression              | type                         | meaning                      |
/// |-------------------------|------------------------------|------------------------------|
/// | `t.poll_verdict(times)` | std::optional<settled_token> | a ticket that is decided now |
///
/// It is called until there is none. Unsettled queries get the error 202 at their deadline,
/// settings.pending_query_time_max. A token has at most 39 bytes, since jech/dht (Transmission)
/// drops longer ones. Default: `hmac_tokens`. Beside it: `sha1_tokens` (what BEP 5 describes).
namespace dht::inline DHT_ABI {

inline constexpr std::size_t token_bytes_max = 39;
using token = static_vector<std::byte, token_bytes_max>;

/// Who wants to store what, where and when. The port is no part of it: NATs change it.
struct token_claim {
    times at;
    address from;
    key160 target;
    node_id own_id;
};

enum class token_verdict : std::uint8_t { valid, invalid, pending };

/// Names a parked query.
using ticket = handle<struct ticket_tag>;

struct settled_token {
    ticket query;
    token_verdict verdict = token_verdict::invalid;
};

template <class T>
concept token_scheme = requires(T& t, T const& c, token_claim const& claim, byte_view raw,
                                ticket query, times at) {
    { c.issue(claim) }
    noexcept->std::same_as<token>;
    { t.verify(claim, raw, query) }
    noexcept->std::same_as<token_verdict>;
    { t.rotate(at) }
    noexcept->std::same_as<instant>;
};

inline constexpr minutes token_epoch{5};

constexpr std::int64_t token_epoch_of(unix_time at) noexcept {
    return static_cast<std::int64_t>(at) / std::chrono::seconds{token_epoch}.count();
}

/// When the epoch of `at` ends.
constexpr instant token_epoch_end(times const& at) noexcept {
    std::int64_t const length = std::chrono::seconds{token_epoch}.count();
    return at.now + seconds{length - static_cast<std::int64_t>(at.date) % length};
}

/// 16 bytes: a MAC over address and target under the key of a five-minute epoch, which is
/// HMAC-SHA-256(master key, epoch). The epoch before is accepted too, so a token lives 5 to 10
/// minutes. No state per client. The MAC is SipHash-2-4 with 128 bits: it forges as hard as its
/// 128-bit key is guessed (one key lives ten minutes), and HMAC-SHA-256 per token would cost some
/// twenty times as much. One bit of it gives way to the epoch's parity, so that one MAC is enough
/// to verify: a guess is right with a chance of 2^-127.
class hmac_tokens {
public:
    using policy_slot = slots::token_scheme;
    using key_type = std::array<std::byte, 32>;

    /// The master key is drawn when the node starts.
    hmac_tokens() noexcept = default;

    /// Several nodes with one key accept each other's tokens.
    explicit hmac_tokens(key_type const& master) noexcept : master_{master}, has_master_{true} {}

    template <class Settings, class Rng>
    void start(Settings const&, Rng& rng) noexcept {
        if (!has_master_) rng.fill(master_);
        has_master_ = true;
    }

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        return mac(current_, parity_, claim);
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket) noexcept {
        if (raw.empty()) return token_verdict::invalid;
        std::byte const parity = raw[0] & parity_bit;
        auto const& key = parity == parity_ ? current_ : previous_;
        bool const good = constant_time_equal(raw, mac(key, parity, claim));
        return good ? token_verdict::valid : token_verdict::invalid;
    }

    instant rotate(times at) noexcept {
        std::int64_t const number = token_epoch_of(at.date);
        current_ = epoch_key(number);
        previous_ = epoch_key(number - 1);
        parity_ = static_cast<std::byte>(number) & parity_bit;
        return token_epoch_end(at);
    }

private:
    static constexpr std::byte parity_bit{1};

    using epoch_key_type = std::array<std::byte, 16>;

    [[nodiscard]] epoch_key_type epoch_key(std::int64_t epoch) const noexcept {
        std::array<std::byte, 8> number{};
        store_big_endian(number.data(), static_cast<std::uint64_t>(epoch));
        auto const wide = hmac_sha256(master_, number);
        epoch_key_type key;
        std::memcpy(key.data(), wide.data(), key.size());
        return key;
    }

    static token mac(epoch_key_type const& key, std::byte parity,
                     token_claim const& claim) noexcept {
        std::array<std::byte, 36> message; // 16 bytes of either family, then the target
        static_assert(sizeof claim.from == 16);
        std::memcpy(message.data(), &claim.from, 16);
        std::memcpy(message.data() + 16, claim.target.bytes.data(), 20);
        auto tag = siphash128(key, message);
        tag[0] = (tag[0] & ~parity_bit) | parity;
        return token{std::span<std::byte const>{tag}};
    }

    key_type master_{};
    epoch_key_type current_{};
    epoch_key_type previous_{};
    std::byte parity_{}; ///< of the current epoch
    bool has_master_ = false;
};

/// What BEP 5 describes: SHA-1 over the address and a secret that changes every five minutes, cut
/// to 8 bytes. Kept for comparison; it does not bind the target.
class sha1_tokens {
public:
    using policy_slot = slots::token_scheme;

    template <class Settings, class Rng>
    void start(Settings const&, Rng& rng) noexcept {
        rng.fill(master_);
    }

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        return digest(token_epoch_of(claim.at.date), claim);
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket) noexcept {
        std::int64_t const epoch = token_epoch_of(claim.at.date);
        for (std::int64_t const e : {epoch, epoch - 1}) {
            if (constant_time_equal(raw, digest(e, claim))) return token_verdict::valid;
        }
        return token_verdict::invalid;
    }

    instant rotate(times at) noexcept { return token_epoch_end(at); }

private:
    [[nodiscard]] token digest(std::int64_t epoch, token_claim const& claim) const noexcept {
        std::array<std::byte, 16 + 20 + 8> message;
        std::memcpy(message.data(), &claim.from, 16);
        std::memcpy(message.data() + 16, master_.data(), 20);
        store_big_endian(message.data() + 36, static_cast<std::uint64_t>(epoch));
        auto const hash = sha1_of(message);
        return token{std::span<std::byte const>{hash}.first(8)};
    }

    std::array<std::byte, 20> master_{};
};

} // namespace dht::inline DHT_ABI

#endif
