#ifndef DHT_IO_INPUT_BATCH_HPP
#define DHT_IO_INPUT_BATCH_HPP

#include <dht/io/socket_address.hpp>

#include <algorithm>
#include <vector>

namespace dht::inline DHT_ABI::io {

/// What udp_socket::receive has read at once, and the memory for it: 4 KiB for each datagram. That
/// begins with room for one, doubles whenever all of it was used, and is halved when no more than a
/// quarter was for a while: a node that hardly ever hears two at once does not pay for sixty-four,
/// nor for the flood of yesterday.
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
        make_room(1);
    }

    [[nodiscard]] std::span<datagram const> datagrams() const noexcept { return came_; }

    /// How many there is room for by now.
    [[nodiscard]] std::size_t capacity() const noexcept { return room_.size() / stride; }

    /// More may wait behind what came.
    [[nodiscard]] bool is_full() const noexcept { return came_.size() == capacity(); }

private:
    friend class udp_socket;

    /// Whole lines of cache, and an odd number of them: 4096 bytes apart, all datagrams would share
    /// the few places of a cache that their first lines may have.
    static constexpr std::size_t stride = 65 * 64;
    static_assert(stride >= datagram_bytes);

    /// For the next receive: as wide as the last ones have needed.
    void clear() {
        bool const full = is_full();
        calm_ = came_.size() * 4 > capacity() ? 0 : calm_ + 1;
        came_.clear();
        if (full && capacity() < most_)
            make_room(std::clamp<std::size_t>(2 * capacity(), 1, most_));
        if (calm_ == calm_max && capacity() > 1) make_room(capacity() / 2);
    }

    void make_room(std::size_t datagrams) {
        room_ = std::vector<std::byte>{}; // first: both at once would be more than either
        room_.resize(datagrams * stride);
        came_ = std::vector<datagram>{};
        came_.reserve(datagrams);
        calm_ = 0;
    }

    /// So many receives in a row: in steady load a batch that is larger comes more often, and the
    /// heap is left alone.
    static constexpr std::uint32_t calm_max = 128;

    [[nodiscard]] byte_span room(std::size_t i) noexcept {
        return byte_span{room_}.subspan(i * stride, datagram_bytes);
    }

    void add(endpoint const& from, std::size_t bytes) {
        came_.push_back({from, room(came_.size()).first(bytes)});
    }

    std::size_t most_;
    std::vector<std::byte> room_;
    std::vector<datagram> came_;
    std::uint32_t calm_ = 0; ///< receives that a quarter of the room would have done for
};

} // namespace dht::inline DHT_ABI::io

#endif
