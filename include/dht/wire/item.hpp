#ifndef DHT_WIRE_ITEM_HPP
#define DHT_WIRE_ITEM_HPP

#include <dht/base/static_vector.hpp>
#include <dht/crypto/ed25519.hpp>
#include <dht/crypto/hash.hpp>
#include <dht/kad/id.hpp>
#include <dht/wire/bencode_reader.hpp>
#include <dht/wire/bencode_writer.hpp>
#include <dht/wire/krpc.hpp>

#include <vector>

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

/// An item that owns its bytes. Without `k` it is immutable, and only `v` counts.
struct item {
    std::vector<std::byte> v; ///< raw bencoding, at most 1000 bytes
    std::optional<ed25519_public_key> k;
    ed25519_signature sig{};
    static_vector<std::byte, krpc::item_salt_bytes_max> salt;
    std::int64_t seq = 0;

    /// Under which key nodes store it.
    [[nodiscard]] item_key key() const noexcept {
        return k ? mutable_item_key(*k, byte_view{salt.data(), salt.size()})
                 : immutable_item_key(v);
    }

    /// Holds as long as the item.
    [[nodiscard]] item_view view() const noexcept {
        if (!k) return {v, {}, {}, {}, 0, {}};
        return {v, *k, sig, byte_view{salt.data(), salt.size()}, seq, {}};
    }

    /// Would a node that follows BEP 44 store it: one canonical value of at most 1000 bytes, and
    /// signed by `k` if there is one?
    [[nodiscard]] bool valid() const noexcept {
        if (v.size() > krpc::item_value_bytes_max || !bencode::is_canonical(v)) return false;
        return !k || item_signature_valid(*k, view().salt, seq, v, sig);
    }

    friend bool operator==(item const&, item const&) = default;
};

/// Copies, the value into `memory`; nothing when `salt` is longer than 64 bytes or k and sig have
/// other sizes than theirs.
inline std::optional<item> to_item(item_view const& from, std::vector<std::byte> memory = {}) {
    item made;
    made.v = std::move(memory);
    made.v.assign(from.v.begin(), from.v.end());
    if (from.k.empty()) return made;
    ed25519_public_key k{};
    if (from.k.size() != k.size() || from.sig.size() != made.sig.size() ||
        from.salt.size() > krpc::item_salt_bytes_max)
        return std::nullopt;
    std::memcpy(k.data(), from.k.data(), k.size());
    std::memcpy(made.sig.data(), from.sig.data(), made.sig.size());
    made.k = k;
    made.salt = static_vector<std::byte, krpc::item_salt_bytes_max>{from.salt};
    made.seq = from.seq;
    return made;
}

/// Signs the item, which has the owner's `k`, as it is.
inline void sign(item& what, ed25519_key_pair const& owner) noexcept {
    what.sig = owner.sign(signed_item_text{what.view().salt, what.seq, what.v}.bytes());
}

/// A mutable item, signed by its owner. Of `salt` at most 64 bytes are taken: BEP 44 has no more.
inline item sign_item(ed25519_key_pair const& owner, byte_view salt, std::int64_t seq,
                      byte_view v) {
    item made;
    made.v.assign(v.begin(), v.end());
    made.k = owner.public_key();
    made.salt = static_vector<std::byte, krpc::item_salt_bytes_max>{
        salt.first(std::min(salt.size(), krpc::item_salt_bytes_max))};
    made.seq = seq;
    sign(made, owner);
    return made;
}

} // namespace dht::inline DHT_ABI

#endif
