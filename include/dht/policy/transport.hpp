#ifndef DHT_POLICY_TRANSPORT_HPP
#define DHT_POLICY_TRANSPORT_HPP

#include <dht/outcome.hpp>
#include <dht/policy/slots.hpp>
#include <dht/settings.hpp>

#include <algorithm>
#include <vector>

/// Slot transport: where datagrams go.
///
/// | expression        | type      | meaning                                                    |
/// |-------------------|-----------|------------------------------------------------------------|
/// | `t.reserve(r)`    | byte_span | at least r.bytes_max writable bytes, or empty: would block |
/// | `t.commit(bytes)` | void      | the first `bytes` of the reserved span are a datagram      |
///
/// Both noexcept. The node encodes straight into the span, so that a batch transport needs no copy.
/// A reservation that is not committed before the next `reserve` is void. What the node does on
/// "would block": a reply is dropped, a question is not counted as asked.
///
/// Optional: `t.poll_transmit() -> std::optional<transmit>` (then the node has that verb) and
/// `t.flush()`.
///
/// Default: `queue_transport`, drained by poll_transmit. In io/: `asio_transport`.
namespace dht::inline DHT_ABI {

/// What a datagram is for, least important first: a full queue drops in this order.
enum class traffic : std::uint8_t { upkeep, reply, lookup };

struct reservation {
    via_index via = 0;
    endpoint to;
    std::size_t bytes_max = 0;
    traffic kind = traffic::reply;
};

template <class T>
concept transport = requires(T& t, reservation const& r, std::size_t bytes) {
    { t.reserve(r) }
    noexcept->std::same_as<byte_span>;
    { t.commit(bytes) }
    noexcept;
};

/// A bounded ring of datagrams that the caller drains. Upkeep is refused when half of it is taken,
/// replies when three quarters are: what the user waits for has room to the end.
class queue_transport {
public:
    using policy_slot = slots::transport;

    template <class Rng>
    void start(settings const& s, Rng&) noexcept {
        bytes_max_ = s.outbox_bytes_max;
    }

    byte_span reserve(reservation const& r) noexcept {
        reserved_ = r;
        std::size_t const share = r.kind == traffic::upkeep  ? bytes_max_ / 2
                                  : r.kind == traffic::reply ? bytes_max_ / 4 * 3
                                                             : bytes_max_;
        std::size_t const wanted = sizeof(header) + r.bytes_max;
        if (used_ + wanted > share) {
            reserved_.bytes_max = 0;
            return {};
        }
        make_room(wanted);
        return {ring_.data() + tail_ + sizeof(header), r.bytes_max};
    }

    void commit(std::size_t bytes) noexcept {
        DHT_ASSERT(bytes <= reserved_.bytes_max);
        if (bytes == 0 || bytes > reserved_.bytes_max) return;
        header const h{static_cast<std::uint32_t>(bytes), reserved_.via, reserved_.to};
        std::memcpy(ring_.data() + tail_, &h, sizeof h);
        tail_ += sizeof h + bytes;
        used_ += sizeof h + bytes;
        reserved_.bytes_max = 0;
    }

    /// The oldest datagram. Its bytes stay valid until the next reserve.
    std::optional<transmit> poll_transmit() noexcept {
        if (head_ == end_ && end_ != 0) head_ = end_ = 0; // go on at the start of the ring
        if (used_ == 0) return std::nullopt;
        header h;
        std::memcpy(&h, ring_.data() + head_, sizeof h);
        byte_view const bytes{ring_.data() + head_ + sizeof h, h.bytes};
        head_ += sizeof h + h.bytes;
        used_ -= sizeof h + h.bytes;
        return transmit{h.via, h.to, bytes};
    }

    [[nodiscard]] std::size_t bytes_waiting() const noexcept { return used_; }

private:
    struct header {
        std::uint32_t bytes = 0;
        via_index via = 0;
        endpoint to;
    };

    /// Room for `wanted` bytes in one piece at tail_: behind the newest, or before the oldest when
    /// the queue has wrapped; else in a wider ring.
    void make_room(std::size_t wanted) noexcept {
        if (used_ == 0) head_ = tail_ = end_ = 0;
        if (tail_ + wanted <= (end_ != 0 ? head_ : ring_.size())) return;
        if (end_ == 0 && wanted <= head_) {
            end_ = tail_;
            tail_ = 0;
            return;
        }
        widen(used_ + wanted);
    }

    /// Moves what is waiting to the start of a ring of half as many bytes again, so that moving is
    /// rare.
    void widen(std::size_t bytes) noexcept {
        std::size_t const size = std::max(ring_.size(), bytes + bytes / 2);
        auto const at = [&](std::size_t i) {
            return ring_.begin() + static_cast<std::ptrdiff_t>(i);
        };
        std::vector<std::byte> wider;
        wider.reserve(size);
        wider.assign(at(head_), at(end_ != 0 ? end_ : tail_));
        if (end_ != 0) wider.insert(wider.end(), at(0), at(tail_));
        wider.resize(size);
        ring_.swap(wider);
        head_ = end_ = 0;
        tail_ = used_;
    }

    std::vector<std::byte> ring_;
    std::size_t head_ = 0; // oldest byte
    std::size_t tail_ = 0; // first free byte
    std::size_t end_ = 0;  // wrapped: where the older part ends; 0: not wrapped
    std::size_t used_ = 0;
    std::size_t bytes_max_ = 262'144;
    reservation reserved_;
};

} // namespace dht::inline DHT_ABI

#endif
