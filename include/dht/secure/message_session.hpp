#ifndef DHT_SECURE_MESSAGE_SESSION_HPP
#define DHT_SECURE_MESSAGE_SESSION_HPP

#include <dht/base/time.hpp>
#include <dht/crypto/x25519.hpp>

namespace dht::inline DHT_ABI {

/// Which of the numbered messages of one sender have come: it knows of the last 64 (RFC 4303,
/// section 3.4.3), and takes whatever is older for one that has.
class replay_window {
public:
    [[nodiscard]] bool is_new(std::uint32_t number) const noexcept {
        if (number > highest_) return true;
        std::uint32_t const age = highest_ - number;
        return age < width && (seen_ >> age & 1U) == 0;
    }

    void note(std::uint32_t number) noexcept {
        if (number <= highest_) {
            seen_ |= std::uint64_t{1} << (highest_ - number);
            return;
        }
        std::uint32_t const ahead = number - highest_;
        seen_ = ahead < width ? seen_ << ahead | 1U : 1U;
        highest_ = number;
    }

private:
    static constexpr std::uint32_t width = 64;

    std::uint64_t seen_ = 1; ///< bit i: highest_ - i; numbers begin with 1
    std::uint32_t highest_ = 0;
};

/// One for each direction, so that no message can be turned back to its sender.
struct session_keys {
    mac128 to_them{};
    mac128 to_us{};
};

/// One side of a session: its owner's key, and a number that it has never used with another side.
struct session_side {
    ed25519_public_key key{};
    std::uint64_t nonce = 0;

    friend bool operator==(session_side const&, session_side const&) noexcept = default;
};

/// From what both have in common alone, and what is new in this session. Nothing: theirs is no
/// key.
inline std::optional<session_keys> keys_of_session(ed25519_key_pair const& ours,
                                                   std::uint64_t our_nonce,
                                                   session_side const& theirs) noexcept {
    auto const secret = agree(ours, theirs.key);
    if (!secret) return std::nullopt;
    auto const derive = [&](session_side const& from, session_side const& to) {
        std::array<std::byte, 2 * (32 + 8)> text;
        auto const put = [&](std::size_t at, session_side const& side) {
            std::memcpy(text.data() + at, side.key.data(), side.key.size());
            store_big_endian(text.data() + at + side.key.size(), side.nonce);
        };
        put(0, from);
        put(text.size() / 2, to);
        return blake2b_128(*secret, text);
    };
    session_side const us{ours.public_key(), our_nonce};
    return session_keys{derive(us, theirs), derive(theirs, us)};
}

/// With somebody who has signed a message to us.
struct message_session {
    session_side theirs{};
    std::uint64_t our_nonce = 0;
    std::optional<session_keys> keys{}; ///< none before they are needed
    bool agreed = false;                ///< they know our nonce, and have shown it
    std::uint32_t sent = 0;             ///< messages with the keys
    replay_window received{};
    instant used_at{};
};

} // namespace dht::inline DHT_ABI

#endif
