#ifndef DHT_TESTS_UNIT_SECURE_GROUP_HPP
#define DHT_TESTS_UNIT_SECURE_GROUP_HPP

#include <dht/secure/quorum_tokens.hpp>

#include "../kad/samples.hpp"

// Groups of nodes that verify each other's tokens, without nodes or with them.
namespace dht::test {

inline ed25519_key_pair member_pair(std::size_t number) {
    return ed25519_key_pair::from_seed({std::byte{0x71}, static_cast<std::byte>(number)});
}

/// A group as its first member sees it; `where(i)` is where the i-th one is.
template <class Where>
token_quorum group_of(std::size_t size, std::uint8_t required, Where&& where) {
    token_quorum group;
    group.secret.fill(std::byte{0x5e});
    for (std::size_t i = 0; i < size; ++i)
        group.members.push_back(
            {member_pair(i).public_key(), where(static_cast<std::uint32_t>(i))});
    group.required = required;
    return group;
}

/// The same group as another member sees it.
inline token_quorum seen_by(token_quorum group, std::size_t member) {
    group.self = static_cast<std::uint8_t>(member);
    return group;
}

} // namespace dht::test

#endif
