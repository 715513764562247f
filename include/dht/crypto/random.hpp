#ifndef DHT_CRYPTO_RANDOM_HPP
#define DHT_CRYPTO_RANDOM_HPP

#include <dht/crypto/sodium.hpp>

#include <sodium/core.h>
#include <sodium/crypto_stream_chacha20.h>
#include <sodium/randombytes.h>

#include <cstdlib>

namespace dht::inline DHT_ABI {

namespace detail {
/// sodium_init picks the fastest code for this processor; the one global state that the core
/// touches. It fails only where the system cannot give entropy or locks, and then nothing secure
/// can be built.
inline void init_sodium() noexcept {
    static bool const ready = sodium_init() >= 0;
    if (!ready) std::abort();
}
} // namespace detail

/// Fills `out` with unpredictable bytes of the operating system, which may cost a system call.
inline void system_entropy(byte_span out) noexcept {
    detail::init_sodium();
    if (!out.empty()) randombytes_buf(out.data(), out.size());
}

/// A stream of random bytes: ChaCha20 (Bernstein 2008) under a secret seed, nonce 0. The same seed
/// gives the same stream on every machine, which is what replay needs; without a seed nobody can
/// predict it. 112 bytes, since a simulated world has one per node. A copy repeats the stream of
/// its original: copy to replay, never to get a second source.
class chacha_random {
public:
    using seed = std::array<std::byte, 32>;

    /// Seeds from the system.
    chacha_random() noexcept : chacha_random{system_seed()} {}

    explicit chacha_random(seed const& secret) noexcept : key_{secret} { detail::init_sodium(); }

    /// The next 8 bytes of the stream, read as a little-endian number.
    std::uint64_t next() noexcept {
        std::array<std::byte, 8> bytes;
        fill(bytes);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes.size(); ++i)
            value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
        return value;
    }

    /// The next out.size() bytes of the stream.
    void fill(byte_span out) noexcept {
        while (!out.empty()) {
            if (used_bytes_ == block_.size()) next_block();
            std::size_t const left = block_.size() - used_bytes_;
            std::size_t const taken = out.size() < left ? out.size() : left;
            std::memcpy(out.data(), block_.data() + used_bytes_, taken);
            used_bytes_ += taken;
            out = out.subspan(taken);
        }
    }

private:
    static seed system_seed() noexcept {
        seed secret;
        system_entropy(secret);
        return secret;
    }

    void next_block() noexcept {
        static constexpr std::array<unsigned char, crypto_stream_chacha20_NONCEBYTES> nonce{};
        block_.fill(std::byte{0});
        crypto_stream_chacha20_xor_ic(detail::sodium_bytes(block_), detail::sodium_bytes(block_),
                                      block_.size(), nonce.data(), next_block_++,
                                      detail::sodium_bytes(key_));
        used_bytes_ = 0;
    }

    seed key_;
    std::array<std::byte, 64> block_{};
    std::uint64_t next_block_ = 0;
    std::size_t used_bytes_ = 64; // all: the first block is made when it is needed
};

/// A number below `bound`, each with the same chance; bound > 0. Draws beyond the bound are thrown
/// away, fewer than two on average, since a remainder would favour the small numbers.
template <class Rng>
std::uint64_t below(Rng& rng, std::uint64_t bound) noexcept {
    DHT_ASSERT(bound > 0);
    std::uint64_t const mask = ~std::uint64_t{0} >> std::countl_zero((bound - 1) | 1);
    std::uint64_t draw = rng.next() & mask;
    while (draw >= bound)
        draw = rng.next() & mask;
    return draw;
}

} // namespace dht::inline DHT_ABI

#endif
