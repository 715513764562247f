#ifndef DHT_SECURE_SIGNATURE_FIELD_HPP
#define DHT_SECURE_SIGNATURE_FIELD_HPP

#include <dht/crypto/ed25519.hpp>
#include <dht/crypto/mac.hpp>
#include <dht/kad/id.hpp>

#include <variant>

/// The key "S" of a signed message, which stands before all others ("d1:S..."), and what is signed.
/// Its value has one of three sizes:
///
/// | bytes | what it is                                                                        |
/// |-------|-----------------------------------------------------------------------------------|
/// | 112   | public key (32), Unix time (8), nonce (8), signature (64); for one node id         |
/// | 120   | the same for whoever is at an address: its hash (8) stands before the signature    |
/// | 20    | of a session: number of the message (4), MAC (16)                                  |
///
/// Numbers are big-endian. Signed, or hashed, is: "dht signed message 1", the receiver's id (zeroes
/// when it is not known, and in a session, whose keys nobody else has), the first 16 bytes of the
/// signature or MAC of the query that is answered (zeroes in a query), and the datagram with the
/// bytes of the signature or MAC zeroed.
namespace dht::inline DHT_ABI::detail {

struct full_field {
    ed25519_public_key key{};
    std::int64_t stamp = 0;
    std::uint64_t nonce = 0;
    std::optional<std::uint64_t> address{}; ///< of the receiver, hashed; nothing: his id is known
};

struct session_field {
    std::uint32_t number = 0;
};

/// Where the signature or MAC is.
struct seal_place {
    std::size_t at = 0;
    std::size_t bytes = 0;
};

inline constexpr std::size_t full_value_bytes = 112;
inline constexpr std::size_t addressed_value_bytes = 120;
inline constexpr std::size_t session_value_bytes = 20;

/// What the whole field takes: "1:S", the size, a colon.
constexpr std::size_t field_bytes(std::size_t value_bytes) noexcept {
    return 3 + (value_bytes < 100 ? 3 : 4) + value_bytes;
}

static_assert(field_bytes(addressed_value_bytes) == 127 && field_bytes(session_value_bytes) == 26);

inline std::string_view header_of(std::size_t value_bytes) noexcept {
    return value_bytes == full_value_bytes        ? "1:S112:"
           : value_bytes == addressed_value_bytes ? "1:S120:"
                                                  : "1:S20:";
}

inline seal_place place_of_seal(std::size_t value_bytes) noexcept {
    std::size_t const bytes = value_bytes == session_value_bytes ? 16 : 64;
    return {1 + field_bytes(value_bytes) - bytes, bytes};
}

/// The tag that an answer refers to its query by, and a session's MAC.
inline mac128 tag_at(byte_view datagram, seal_place place) noexcept {
    mac128 tag;
    std::memcpy(tag.data(), datagram.data() + place.at, tag.size());
    return tag;
}

// -- writing: into the field that make_room_for_field has made

inline byte_span make_room_for_field(byte_span buffer, std::size_t used,
                                     std::size_t value_bytes) noexcept {
    std::size_t const more = field_bytes(value_bytes);
    std::memmove(buffer.data() + 1 + more, buffer.data() + 1, used - 1);
    std::string_view const header = header_of(value_bytes);
    std::memcpy(buffer.data() + 1, header.data(), header.size());
    return buffer.subspan(1 + header.size(), value_bytes);
}

inline void write(byte_span value, full_field const& f) noexcept {
    std::memcpy(value.data(), f.key.data(), f.key.size());
    store_big_endian(value.data() + 32, static_cast<std::uint64_t>(f.stamp));
    store_big_endian(value.data() + 40, f.nonce);
    if (f.address) store_big_endian(value.data() + 48, *f.address);
}

inline void write(byte_span value, session_field const& f) noexcept {
    store_big_endian(value.data(), f.number);
}

// -- reading

struct no_field {};

struct bad_field {};

struct read_field {
    std::variant<no_field, bad_field, session_field, full_field> what;
    seal_place place{};
};

/// Of a datagram that is a dictionary.
inline read_field read_signature_field(byte_view datagram) noexcept {
    auto const begins_with = [&](std::string_view text) {
        return datagram.size() > text.size() && as_text(datagram.subspan(1, text.size())) == text;
    };
    if (!begins_with("1:S")) return {no_field{}, {}};
    for (std::size_t const bytes : {session_value_bytes, full_value_bytes, addressed_value_bytes}) {
        std::string_view const header = header_of(bytes);
        if (!begins_with(header) || datagram.size() < 1 + field_bytes(bytes)) continue;
        std::byte const* const value = datagram.data() + 1 + header.size();
        seal_place const place = place_of_seal(bytes);
        if (bytes == session_value_bytes)
            return {session_field{load_big_endian<std::uint32_t>(value)}, place};
        full_field f;
        std::memcpy(f.key.data(), value, f.key.size());
        f.stamp = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(value + 32));
        f.nonce = load_big_endian<std::uint64_t>(value + 40);
        if (bytes == addressed_value_bytes) f.address = load_big_endian<std::uint64_t>(value + 48);
        return {f, place};
    }
    return {bad_field{}, {}};
}

// -- what is signed

class signed_text {
public:
    static constexpr std::size_t datagram_bytes_max = 4'096;

    signed_text(key160 const& receiver, mac128 const& query, byte_view datagram,
                seal_place blank) noexcept
        : size_{head_bytes + datagram.size()} {
        DHT_ASSERT(datagram.size() <= datagram_bytes_max);
        std::memcpy(bytes_.data(), domain.data(), domain.size());
        name_receiver(receiver);
        std::memcpy(bytes_.data() + domain.size() + key160::size_bytes, query.data(), query.size());
        std::memcpy(bytes_.data() + head_bytes, datagram.data(), datagram.size());
        std::memset(bytes_.data() + head_bytes + blank.at, 0, blank.bytes);
    }

    void name_receiver(key160 const& receiver) noexcept {
        std::memcpy(bytes_.data() + domain.size(), receiver.bytes.data(), key160::size_bytes);
    }

    [[nodiscard]] byte_view bytes() const noexcept { return byte_view{bytes_}.first(size_); }

private:
    static constexpr std::string_view domain = "dht signed message 1";
    static constexpr std::size_t head_bytes = domain.size() + key160::size_bytes + sizeof(mac128);

    std::array<std::byte, head_bytes + datagram_bytes_max> bytes_;
    std::size_t size_;
};

} // namespace dht::inline DHT_ABI::detail

#endif
