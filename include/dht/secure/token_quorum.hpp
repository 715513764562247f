#ifndef DHT_SECURE_TOKEN_QUORUM_HPP
#define DHT_SECURE_TOKEN_QUORUM_HPP

#include <dht/base/endpoint.hpp>
#include <dht/base/static_vector.hpp>
#include <dht/base/time.hpp>
#include <dht/crypto/ed25519.hpp>

#include <optional>

namespace dht::inline DHT_ABI {

/// One of those who share duty for a key.
struct token_witness {
    ed25519_public_key key{};
    endpoint at; ///< where it is asked, and from where it asks
};

/// A group of nodes that verify each other's tokens, as one of them sees it. All members have the
/// same secret, list and numbers in it; `self` is the only difference.
struct token_quorum {
    static constexpr std::size_t members_max = 16;
    static constexpr std::size_t claims_limit = 4'096;

    std::array<std::byte, 32> secret{}; ///< of the group; makes its tokens and its questions
    static_vector<token_witness, members_max> members{};
    std::uint8_t self = 0;     ///< our number in `members`
    std::uint8_t required = 0; ///< how many must find a token good, the asker among them

    milliseconds time_max{1'500}; ///< for a verdict; three quarters of pending_query_time_max, at
                                  ///< most, so that there is one before the query is given up
    milliseconds ask_again_after{400};        ///< who has not answered by then, until the end
    std::uint16_t claims_max = 256;           ///< tokens about which others are asked, at once
    std::uint16_t claims_per_source_max = 16; ///< of them, for one address (or /64)
    std::uint32_t uses_per_member = 4'096;    ///< that each member has told of are remembered, 16
                                              ///< bytes each

    /// Nothing, or one sentence that names what is wrong and the way out.
    [[nodiscard]] std::optional<std::string_view> validate() const noexcept {
        if (secret == decltype(secret){}) return "token_quorum: secret must be drawn by chance";
        if (members.size() < 2) return "token_quorum: members must be 2..16";
        if (self >= members.size()) return "token_quorum: self must be a number in members";
        if (required > members.size() || required <= members.size() / 2)
            return "token_quorum: required must be more than half of members, for two halves could "
                   "find one token good for two uses, and not more than all";
        for (std::size_t i = 0; i < members.size(); ++i) {
            if (is_martian(members[i].at)) return "token_quorum: a member has no endpoint";
            if (members[i].at.ip.ip_family() != members[0].at.ip.ip_family())
                return "token_quorum: members must be of one address family, to reach each other";
            for (std::size_t j = 0; j < i; ++j)
                if (members[i].key == members[j].key || members[i].at == members[j].at)
                    return "token_quorum: two members have the same key or endpoint";
        }
        if (ask_again_after <= milliseconds{0} || time_max < ask_again_after)
            return "token_quorum: time_max >= ask_again_after > 0";
        if (claims_max < 1 || claims_max > claims_limit || claims_per_source_max < 1)
            return "token_quorum: claims_max must be 1..4096, claims_per_source_max at least 1";
        return std::nullopt;
    }
};

} // namespace dht::inline DHT_ABI

#endif
