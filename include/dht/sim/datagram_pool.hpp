#ifndef DHT_SIM_DATAGRAM_POOL_HPP
#define DHT_SIM_DATAGRAM_POOL_HPP

#include <dht/base/endpoint.hpp>

#include <vector>

namespace dht::inline DHT_ABI::sim {

/// The datagrams that are on their way. Places and their buffers are used again, so that a world in
/// full swing allocates nothing.
class datagram_pool {
public:
    struct flight {
        endpoint from;
        endpoint to;
        std::vector<std::byte> bytes;
        bool queued = false; // at the receiver's door

        /// One of all bits: that number, counted round and round.
        void flip_bit(std::uint64_t number) noexcept {
            if (bytes.empty()) return;
            number %= 8 * bytes.size();
            bytes[number / 8] ^= std::byte{1} << number % 8;
        }
    };

    std::uint32_t put(endpoint const& from, endpoint const& to, byte_view bytes) {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(places_.size()));
            places_.emplace_back();
        }
        std::uint32_t const at = free_.back();
        free_.pop_back();
        places_[at].from = from;
        places_[at].to = to;
        places_[at].queued = false;
        places_[at].bytes.assign(bytes.begin(), bytes.end());
        return at;
    }

    [[nodiscard]] flight& operator[](std::uint32_t at) noexcept { return places_[at]; }

    /// Takes the datagram out; give its buffer back with recycle when it has been read.
    flight take(std::uint32_t at) noexcept { return std::move(places_[at]); }

    void recycle(std::uint32_t at, flight&& done) {
        places_[at].bytes = std::move(done.bytes);
        free_.push_back(at);
    }

    [[nodiscard]] std::size_t in_flight() const noexcept { return places_.size() - free_.size(); }

private:
    std::vector<flight> places_;
    std::vector<std::uint32_t> free_;
};

} // namespace dht::inline DHT_ABI::sim

#endif
