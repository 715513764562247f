#ifndef DHT_WIRE_ITEM_HPP
#define DHT_WIRE_ITEM_HPP

#include <dht/base/static_vector.hpp>
#include <dht/crypto/ed25519.hpp>
#include <dht/crypto/hash.hpp>
#include <dht/kad/id.hpp>
#include <dht/wire/bencode_writer.hpp>
#include <dht/wire/krpc.hpp>

/// Items of BEP 44: what is signed, and under which key they are stored. Values are raw bencoding,
/// as they came or will go: an encoding made anew may differ, and then neither hash nor signature
/// fits.
namespace dht::inline DHT_ABI {

/// An item as it travels: `v` raw bencoding; immutable when `k` is empty.
struct item_view {
    byte_view v, k, sig, salt;
    std::int64_t seq = 0;
    std::optional<std::int64_t> cas; ///< put: store only over this seq

    [[nodiscard]] bool is_mutable() const noexcept { return !k.empty(); }
};

/// The key of an immutable item.
inline item_key immutable_item_key(byte_view v) noexcept {
    return item_key{{sha1_of(v)}};
}

/// The key of a mutable item: SHA-1 of the public key and the salt behind it.
inline item_key mutable_item_key(byte_view k, byte_view salt) noexcept {
    sha1 hash;
    hash.update(k);
    hash.update(salt);
    return item_key{{hash.finish()}};
}

/// The bytes that a mutable item's signature covers, "4:salt6:foobar3:seqi1e1:v12:Hello World!".
class signed_item_text {
public:
    /// `salt` has at most 64 bytes, `v` at most 1000; beyond that the text is empty. An empty salt
    /// is no salt and is not written.
    signed_item_text(byte_view salt, std::int64_t seq, byte_view v) noexcept {
        if (salt.size() > krpc::item_salt_bytes_max || v.size() > krpc::item_value_bytes_max)
            return;
        bencode::writer out{bytes_};
        if (!salt.empty()) {
            out.string("salt");
            out.string(salt);
        }
        out.string("seq");
        out.integer(seq);
        out.string("v");
        out.raw(v);
        size_ = out.size();
    }

    [[nodiscard]] byte_view bytes() const noexcept { return byte_view{bytes_}.first(size_); }

private:
    static constexpr std::size_t size_max =
        std::string_view{"4:salt64:"}.size() + krpc::item_salt_bytes_max +
        std::string_view{"3:seqi-9223372036854775808e1:v"}.size() + krpc::item_value_bytes_max;
    std::array<std::byte, size_max> bytes_;
    std::size_t size_ = 0;
};

/// Did the owner of `k` sign this value at this seq? False for sizes that BEP 44 forbids.
[[nodiscard]] inline bool item_signature_valid(byte_view k, byte_view salt, std::int64_t seq,
                                               byte_view v, byte_view sig) noexcept {
    signed_item_text const text{salt, seq, v};
    return !text.bytes().empty() && ed25519_verify(k, text.bytes(), sig);
}

} // namespace dht::inline DHT_ABI

#endif
