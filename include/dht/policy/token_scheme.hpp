#ifndef DHT_POLICY_TOKEN_SCHEME_HPP
#define DHT_POLICY_TOKEN_SCHEME_HPP

#include <dht/base/static_vector.hpp>
#include <dht/crypto/mac.hpp>
#include <dht/outcome.hpp>
#include <dht/policy/slots.hpp>
#include <dht/policy/token_validity.hpp>

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
/// It is called until there is none. `undecided`: those who were asked did not answer, or nobody
/// can be asked now; nothing is stored then, and the error is 202, as for queries that are not
/// settled at their deadline, settings.pending_query_time_max. `verify` that says so at once has
/// met a bound of its own.
///
/// A token has at most 39 bytes, since jech/dht (Transmission) drops longer ones. Default:
/// `hmac_tokens`. Beside it: `sha1_tokens` (policy/sha1_tokens.hpp, what BEP 5 describes). In
/// secure/: `single_use_tokens`, `quorum_tokens`.
namespace dht::inline DHT_ABI {

inline constexpr std::size_t token_bytes_max = 39;
using token = static_vector<std::byte, token_bytes_max>;

/// Who wants to store what, where and when. The port that a query comes from is no part of it: NATs
/// change it.
struct token_claim {
    times at;
    address from;
    key160 target;
    node_id own_id;
    std::uint16_t port = 0; ///< verify: of the peer that is announced; 0 for items
};

enum class token_verdict : std::uint8_t { valid, invalid, pending, undecided };

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

/// 16 bytes: a MAC over address and target under the key of a minute. Of the last fifteen minutes
/// as many are accepted as token_validity allows: a token lives 2 to 15 minutes. No state per
/// client. The MAC is SipHash-2-4 with 128 bits: it forges as hard as its 128-bit key is guessed,
/// and HMAC-SHA-256 per token would cost some twenty times as much; that derives a key for each
/// hour from the master key, from which those of its minutes are. Four bits of the MAC give way to
/// the minute's number, so that one MAC is enough to verify: a guess is right with a chance of
/// 2^-124.
class hmac_tokens {
public:
    using policy_slot = slots::token_scheme;
    using key_type = std::array<std::byte, 32>;

    /// The master key is drawn when the node starts.
    hmac_tokens() noexcept = default;

    /// Several nodes with one key accept each other's tokens, if their dates differ by less than a
    /// minute.
    explicit hmac_tokens(key_type const& master) noexcept : master_{master}, has_master_{true} {}

    template <class Settings, class Rng>
    void start(Settings const&, Rng& rng) noexcept {
        if (!has_master_) rng.fill(master_);
        has_master_ = true;
    }

    [[nodiscard]] token issue(token_claim const& claim) const noexcept {
        validity_.issued();
        return mac(current_, number_of(minute_), claim);
    }

    token_verdict verify(token_claim const& claim, byte_view raw, ticket) noexcept {
        if (raw.size() != sizeof(mac128)) return refused();
        unsigned const number = std::to_integer<unsigned>(raw[0]) % minutes_told_apart;
        unsigned const age = (number_of(minute_) - number) % minutes_told_apart;
        bool const early = age == minutes_told_apart - 1; // of a node whose clock is ahead
        std::int64_t const minute = early ? minute_ + 1 : minute_ - age;
        if (!constant_time_equal(raw, mac(key_of(minute), number, claim))) return refused();
        validity_.came_back(early ? 0 : age);
        return early || age <= validity_.minutes() ? token_verdict::valid : token_verdict::invalid;
    }

    instant rotate(times at) noexcept {
        std::int64_t const minute = static_cast<std::int64_t>(at.date) / 60;
        if (minute != minute_) validity_.next_minute();
        minute_ = minute;
        first_hour_ = hour_of(minute - token_validity::most);
        hours_ = {hour_key(first_hour_), hour_key(hour_of(minute + 1))};
        current_ = minute_key(minute);
        return at.now + seconds{60 - static_cast<std::int64_t>(at.date) % 60};
    }

    /// For how long tokens are good now, and why.
    [[nodiscard]] token_validity const& validity() const noexcept { return validity_; }

    /// There are signs of an attack: see token_validity.
    void raise_threat(unsigned level) noexcept { validity_.raise_threat(level); }

private:
    using short_key = std::array<std::byte, 16>;

    static constexpr unsigned minutes_told_apart = 16;

    static constexpr unsigned number_of(std::int64_t minute) noexcept {
        return static_cast<unsigned>(minute) % minutes_told_apart;
    }

    /// Of dates before 1970 as well.
    static constexpr std::int64_t hour_of(std::int64_t minute) noexcept {
        return (minute - (minute % 60 + 60) % 60) / 60;
    }

    static std::array<std::byte, 8> bytes_of(std::int64_t number) noexcept {
        std::array<std::byte, 8> bytes{};
        store_big_endian(bytes.data(), static_cast<std::uint64_t>(number));
        return bytes;
    }

    [[nodiscard]] short_key hour_key(std::int64_t hour) const noexcept {
        auto const wide = hmac_sha256(master_, bytes_of(hour));
        short_key key;
        std::memcpy(key.data(), wide.data(), key.size());
        return key;
    }

    /// Of a minute whose tokens may be good; most come back within theirs.
    [[nodiscard]] short_key key_of(std::int64_t minute) const noexcept {
        return minute == minute_ ? current_ : minute_key(minute);
    }

    [[nodiscard]] short_key minute_key(std::int64_t minute) const noexcept {
        bool const first = hour_of(minute) == first_hour_;
        return siphash128(hours_[first ? 0 : 1], bytes_of(minute));
    }

    static token mac(short_key const& key, unsigned number, token_claim const& claim) noexcept {
        std::array<std::byte, 36> message; // 16 bytes of either family, then the target
        static_assert(sizeof claim.from == 16);
        std::memcpy(message.data(), &claim.from, 16);
        std::memcpy(message.data() + 16, claim.target.bytes.data(), 20);
        auto tag = siphash128(key, message);
        tag[0] = (tag[0] & std::byte{0xf0}) | static_cast<std::byte>(number);
        return token{std::span<std::byte const>{tag}};
    }

    token_verdict refused() noexcept {
        validity_.forged();
        return token_verdict::invalid;
    }

    key_type master_{};
    std::array<short_key, 2> hours_{}; ///< of the first minute that may be good, and of the last
    short_key current_{};
    std::int64_t first_hour_ = 0;
    std::int64_t minute_ = 0;
    mutable token_validity validity_{}; ///< issue() counts, too
    bool has_master_ = false;
};

} // namespace dht::inline DHT_ABI

#endif
