#ifndef DHT_CRYPTO_HASH_HPP
#define DHT_CRYPTO_HASH_HPP

#include <dht/base/bytes.hpp>

namespace dht::inline DHT_ABI {

using sha1_digest = std::array<std::byte, 20>;

/// SHA-1 (FIPS 180-4, section 6.1), fed piece by piece; libsodium has none. Mainline names things
/// by it (BEP 3, BEP 44) and trusts it for nothing else: no new design of ours may lean on its
/// collisions.
class sha1 {
public:
    static constexpr std::size_t block_bytes = 64;

    void update(byte_view bytes) noexcept {
        while (!bytes.empty()) {
            std::size_t const filled = filled_bytes();
            std::size_t const room = block_bytes - filled;
            byte_view const piece = bytes.first(bytes.size() < room ? bytes.size() : room);
            std::memcpy(block_.data() + filled, piece.data(), piece.size());
            length_bytes_ += piece.size();
            if (filled_bytes() == 0) compress();
            bytes = bytes.subspan(piece.size());
        }
    }

    /// The digest of all that was fed. Once only: the padding is part of the state then.
    [[nodiscard]] sha1_digest finish() noexcept {
        pad();
        sha1_digest digest;
        for (std::size_t i = 0; i < state_.size(); ++i)
            store_big_endian(digest.data() + 4 * i, state_[i]);
        return digest;
    }

private:
    [[nodiscard]] std::size_t filled_bytes() const noexcept {
        return static_cast<std::size_t>(length_bytes_ % block_bytes);
    }

    /// One 1 bit, zeros, and the length in bits at the end of a block.
    void pad() noexcept {
        std::size_t const filled = filled_bytes();
        std::array<std::byte, block_bytes + 8> padding{std::byte{0x80}};
        std::size_t const zeros_end = (filled < 56 ? 56 : 56 + block_bytes) - filled;
        store_big_endian(padding.data() + zeros_end, 8 * length_bytes_);
        update(byte_view{padding}.first(zeros_end + 8));
    }

    void compress() noexcept {
        std::array<std::uint32_t, 80> const words = schedule();
        std::uint32_t a = state_[0];
        std::uint32_t b = state_[1];
        std::uint32_t c = state_[2];
        std::uint32_t d = state_[3];
        std::uint32_t e = state_[4];
        auto const step = [&](std::uint32_t mixed, std::uint32_t constant, std::uint32_t word) {
            std::uint32_t const next = std::rotl(a, 5) + mixed + e + constant + word;
            e = d, d = c, c = std::rotl(b, 30), b = a, a = next;
        };
        for (std::size_t i = 0; i < 20; ++i)
            step(d ^ (b & (c ^ d)), 0x5a827999, words[i]);
        for (std::size_t i = 20; i < 40; ++i)
            step(b ^ c ^ d, 0x6ed9eba1, words[i]);
        for (std::size_t i = 40; i < 60; ++i)
            step((b & c) | (d & (b | c)), 0x8f1bbcdc, words[i]);
        for (std::size_t i = 60; i < 80; ++i)
            step(b ^ c ^ d, 0xca62c1d6, words[i]);
        state_ = {state_[0] + a, state_[1] + b, state_[2] + c, state_[3] + d, state_[4] + e};
    }

    [[nodiscard]] std::array<std::uint32_t, 80> schedule() const noexcept {
        std::array<std::uint32_t, 80> words;
        for (std::size_t i = 0; i < 16; ++i)
            words[i] = load_big_endian<std::uint32_t>(block_.data() + 4 * i);
        for (std::size_t i = 16; i < 80; ++i)
            words[i] = std::rotl(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
        return words;
    }

    std::array<std::uint32_t, 5> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    std::array<std::byte, block_bytes> block_{};
    std::uint64_t length_bytes_ = 0;
};

/// SHA-1 of bytes that stand in one piece.
inline sha1_digest sha1_of(byte_view bytes) noexcept {
    sha1 hash;
    hash.update(bytes);
    return hash.finish();
}

} // namespace dht::inline DHT_ABI

#endif
