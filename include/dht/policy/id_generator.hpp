#ifndef DHT_POLICY_ID_GENERATOR_HPP
#define DHT_POLICY_ID_GENERATOR_HPP

#include <dht/base/address.hpp>
#include <dht/crypto/crc32c.hpp>
#include <dht/kad/id.hpp>
#include <dht/policy/slots.hpp>

/// Slot id_generator: who am I at this address, and is that id plausible there.
///
/// | expression                 | type    | meaning                                               |
/// |----------------------------|---------|-------------------------------------------------------|
/// | `t.generate(address, rng)` | node_id | an id for a node whose external address is that one   |
/// | `t.plausible(id, address)` | bool    | may a node there have that id; noexcept, per datagram |
///
/// `generate` gets the unspecified address while ours is not known yet. A node takes a new id when
/// its external address becomes known and its id is not plausible there. Nodes with implausible ids
/// are answered and asked, but do not count for the end of a lookup. A generator whose ids follow
/// from something that lasts also has `t.may_be_ours(id)`: may a node take that saved id up again.
/// Default: `bep42_id`. Beside it: `random_id`, `fixed_id`. In secure/: `puzzle_id`.
namespace dht::inline DHT_ABI {

template <class T, class Rng>
concept id_generator = requires(T const& t, Rng& rng, address const& a, node_id const& id) {
    { t.generate(a, rng) } -> std::same_as<node_id>;
    { t.plausible(id, a) }
    noexcept->std::same_as<bool>;
};

/// Ids that are random in every bit.
struct random_id {
    using policy_slot = slots::id_generator;

    template <class Rng>
    node_id generate(address const&, Rng& rng) const {
        node_id id;
        rng.fill(id.bytes);
        return id;
    }

    [[nodiscard]] bool plausible(node_id const&, address const&) const noexcept { return true; }
};

/// BEP 42: the first 21 bits of an id come from a CRC-32C over the masked address and three bits
/// that the last byte repeats. Hashes 4 bytes of an IPv4 address and 8 of an IPv6 one, as the BEP's
/// code and vectors do (its prose says 8 for both). Local addresses are exempt.
struct bep42_id {
    using policy_slot = slots::id_generator;

    template <class Rng>
    node_id generate(address const& external, Rng& rng) const {
        node_id const id = random_id{}.generate(external, rng);
        return external == address{} ? id : fitted(id, external);
    }

    /// The id with its first 21 bits changed to what its last three call for at that address.
    static node_id fitted(node_id id, address const& external) noexcept {
        std::uint32_t const prefix = prefix_of(external, seed_of(id));
        id.bytes[0] = static_cast<std::byte>(prefix >> 24U);
        id.bytes[1] = static_cast<std::byte>(prefix >> 16U & 0xffU);
        id.bytes[2] = static_cast<std::byte>(prefix >> 8U & 0xf8U) | (id.bytes[2] & std::byte{7});
        return id;
    }

    [[nodiscard]] bool plausible(node_id const& id, address const& at) const noexcept {
        if (is_bep42_exempt(at)) return true;
        std::uint32_t const high = load_big_endian<std::uint32_t>(id.bytes.data());
        return ((high ^ prefix_of(at, seed_of(id))) & 0xfffff800U) == 0;
    }

private:
    static std::uint8_t seed_of(node_id const& id) noexcept {
        return std::to_integer<std::uint8_t>(id.bytes[19]) & 7U;
    }

    static std::uint32_t prefix_of(address const& at, std::uint8_t seed) noexcept {
        constexpr std::array<std::uint8_t, 4> mask4{0x03, 0x0f, 0x3f, 0xff};
        constexpr std::array<std::uint8_t, 8> mask6{0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff};
        std::array<std::byte, 8> masked{};
        std::size_t const size = at.is_v4() ? 4 : 8;
        byte_view const bytes = at.bytes();
        for (std::size_t i = 0; i < size; ++i)
            masked[i] = bytes[i] & std::byte{size == 4 ? mask4[i] : mask6[i]};
        masked[0] |= static_cast<std::byte>(seed << 5U);
        return crc32c(byte_view{masked}.first(size));
    }
};

/// One id of the user's choice, on every address. It never changes, whatever the external address
/// is.
class fixed_id {
public:
    using policy_slot = slots::id_generator;

    explicit fixed_id(node_id const& id) noexcept : id_{id} {}

    template <class Rng>
    node_id generate(address const&, Rng&) const {
        return id_;
    }

    [[nodiscard]] bool plausible(node_id const& id, address const& at) const noexcept {
        return id == id_ || bep42_id{}.plausible(id, at);
    }

    [[nodiscard]] bool may_be_ours(node_id const& id) const noexcept { return id == id_; }

private:
    node_id id_;
};

} // namespace dht::inline DHT_ABI

#endif
