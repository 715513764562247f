#ifndef DHT_IO_INPUT_BATCH_HPP
#define DHT_IO_INPUT_BATCH_HPP

#include <dht/io/socket_address.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI::io {

/// What udp_socket::receive has read at once, and the memory for it: 4 KiB for each datagram. That
/// begins with room for one and doubles whenever all of it was used, so that a node which hardly
/// ever hears two at once does not pay for sixty-four.
class input_batch {
public:
    static constexpr std::size_t size_max = 64;
    /// One more than the node accepts, so that it sees what was longer.
    static constexpr std::size_t datagram_bytes = 4'097;

    struct datagram {
        endpoint from;
        byte_view bytes; ///< valid until the next receive
    };

    /// At most so many at once, 1 to size_max.
    explicit input_batch(std::size_t datagrams_max = size_max)
        : most_{std::clamp<std::size_t>(datagrams_max, 1, size_max)} {
        widen(1);
    }

    [[nodiscard]] std::span<datagram const> datagrams() const noexcept { return came_; }

    /// How many there is room for by now.
    [[nodiscard]] std::size_t capacity() const noexcept { return room_.size() / stride; }

private:
    friend class udp_socket;

    /// Whole lines of cache, and an odd number of them: 4096 bytes apart, all datagrams would share
    /// the few places of a cache that their first lines may have.
    static constexpr std::size_t stride = 65 * 64;
    static_assert(stride >= datagram_bytes);

    /// For the next receive: widened when the last one filled it.
    void clear() {
        if (came_.size() == capacity() && capacity() < most_)
            widen(std::min(2 * capacity(), most_));
        came_.clear();
    }

    void widen(std::size_t datagrams) {
        came_.clear();
        room_.resize(datagrams * stride);
        came_.reserve(datagrams);
    }

    [[nodiscard]] byte_span room(std::size_t i) noexcept {
        return byte_span{room_}.subspan(i * stride, datagram_bytes);
    }

    void add(endpoint const& from, std::size_t bytes) {
        came_.push_back({from, room(came_.size()).first(bytes)});
    }

    std::size_t most_;
    std::vector<std::byte> room_;
    std::vector<datagram> came_;
};

} // namespace dht::inline DHT_ABI::io

#endif
