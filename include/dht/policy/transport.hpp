#ifndef DHT_POLICY_TRANSPORT_HPP
#define DHT_POLICY_TRANSPORT_HPP

#include <dht/base/thin_vector.hpp>
#include <dht/outcome.hpp>
#include <dht/policy/slots.hpp>
#include <dht/settings.hpp>

#include <algorithm>
#include <cstddef>

/// Slot transport: where datagrams go.
///
/// | expression        | type      | meaning                                                    |
/// |-------------------|-----------|------------------------------------------------------------|
/// | `t.reserve(r)`    | byte_span | at least r.bytes_max writable bytes, or empty: would block |
/// | `t.commit(bytes)` | void      | the first `bytes` of the reserved span are a datagram      |
///
/// Both noexcept. The node asks for as many bytes as it will write, so that a queue knows what it
/// needs, and a batch can be filled to the brim. A reservation that is not
/// committed before the next `reserve` is void. What the node does on "would block": a reply is
/// dropped, a question is not counted as asked.
///
/// Optional: `t.poll_transmit() -> std::optional<transmit>` (then the node has that verb), whose
/// bytes stay valid until the node's next step, so that drivers send many at once; `t.flush()`; and
/// `t.make_room(messages, bytes)`: a lookup begins, which may ask for so many of that size at once
/// and should not have to allocate for them.
///
/// Default: `queue_transport`, drained by poll_transmit. In io/: `batch_transport`.
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
        std::size_t const share = r.kind == traffic::upkeep  ? bytes_max_ / 2
                                  : r.kind == traffic::reply ? bytes_max_ / 4 * 3
                                                             : bytes_max_;
        std::size_t const wanted = sizeof(header) + r.bytes_max;
        if (used_ + wanted > share) {
            reserved_ = 0;
            return {};
        }
        find_room(wanted);
        header const h{0, r.via, r.to};
        std::memcpy(ring_.begin() + tail_, &h, sizeof h);
        reserved_ = static_cast<std::uint32_t>(r.bytes_max);
        return {ring_.begin() + tail_ + sizeof h, r.bytes_max};
    }

    void commit(std::size_t bytes) noexcept {
        DHT_ASSERT(bytes <= reserved_);
        if (bytes == 0 || bytes > reserved_) return;
        auto const size = static_cast<std::uint32_t>(bytes);
        std::memcpy(ring_.begin() + tail_ + offsetof(header, bytes), &size, sizeof size);
        auto const taken = static_cast<std::uint32_t>(sizeof(header) + bytes);
        tail_ += taken;
        used_ += taken;
        reserved_ = 0;
    }

    void make_room(std::size_t messages, std::size_t bytes) {
        std::size_t const wanted =
            std::min<std::size_t>(used_ + messages * (sizeof(header) + bytes), bytes_max_);
        if (wanted > ring_.size()) widen(wanted);
    }

    /// The oldest datagram. Its bytes stay valid until the next reserve, make_room or tidy.
    std::optional<transmit> poll_transmit() noexcept {
        if (head_ == end_ && end_ != 0) head_ = end_ = 0; // go on at the start of the ring
        if (used_ == 0) return std::nullopt;
        header h;
        std::memcpy(&h, ring_.begin() + head_, sizeof h);
        byte_view const bytes{ring_.begin() + head_ + sizeof h, h.bytes};
        auto const taken = static_cast<std::uint32_t>(sizeof h + h.bytes);
        head_ += taken;
        used_ -= taken;
        return transmit{h.via, h.to, bytes};
    }

    [[nodiscard]] std::size_t bytes_waiting() const noexcept { return used_; }

    /// A quarter is taken: whoever receives a batch should drain before he goes on.
    [[nodiscard]] bool filling() const noexcept { return used_ > bytes_max_ / 4; }

    void tidy(instant) noexcept {
        if (used_ != 0) return;
        ring_ = {};
        head_ = tail_ = end_ = 0;
        reserved_ = 0;
    }

private:
    struct header {
        std::uint32_t bytes = 0;
        via_index via = 0;
        endpoint to;
    };

    /// Room for `wanted` bytes in one piece at tail_: behind the newest, or before the oldest when
    /// the queue has wrapped; else in a wider ring.
    void find_room(std::size_t wanted) noexcept {
        if (used_ == 0) head_ = tail_ = end_ = 0;
        if (tail_ + wanted <= (end_ != 0 ? head_ : ring_.size())) return;
        if (end_ == 0 && wanted <= head_) {
            end_ = tail_;
            tail_ = 0;
            return;
        }
        widen(used_ + wanted);
    }

    /// Moves what is waiting to the start of a wider ring: as wide as the first needs, then of half
    /// as many bytes again, so that moving is rare.
    void widen(std::size_t bytes) noexcept {
        thin_vector<std::byte> wider;
        wider.assign(std::max(ring_.size(), used_ == 0 ? bytes : bytes + bytes / 2), {});
        std::byte* to = std::copy(ring_.begin() + head_, ring_.begin() + (end_ != 0 ? end_ : tail_),
                                  wider.begin());
        if (end_ != 0) std::copy(ring_.begin(), ring_.begin() + tail_, to);
        ring_ = std::move(wider);
        head_ = end_ = 0;
        tail_ = used_;
    }

    thin_vector<std::byte> ring_;
    std::uint32_t head_ = 0; // oldest byte
    std::uint32_t tail_ = 0; // first free byte
    std::uint32_t end_ = 0;  // wrapped: where the older part ends; 0: not wrapped
    std::uint32_t used_ = 0;
    std::uint32_t bytes_max_ = 262'144;
    std::uint32_t reserved_ = 0;
};

} // namespace dht::inline DHT_ABI

#endif
