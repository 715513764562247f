#ifndef DHT_IO_BATCH_TRANSPORT_HPP
#define DHT_IO_BATCH_TRANSPORT_HPP

#include <dht/io/udp_socket.hpp>
#include <dht/policy/transport.hpp>

#include <memory>
#include <vector>

namespace dht::inline DHT_ABI::io {

/// The sockets of one node, in the order of its local addresses. Null: none for that address.
using udp_sockets = std::vector<std::unique_ptr<udp_socket>>;

/// Slot transport: datagrams are written where the system takes them from, and up to 64 go with one
/// system call (sendmmsg): when so many wait, when one for another local address comes, and at
/// node.flush(), which whoever drives the node calls behind each batch of steps. asio_driver does,
/// and attaches its sockets; without sockets nothing can be sent.
///
/// Against queue_transport, which a driver can drain in batches as well, it saves memory: it holds
/// no more than one batch. In return a burst that the system does not take is lost, where the queue
/// would keep what is most wanted.
class batch_transport {
public:
    using policy_slot = slots::transport;
    static constexpr std::size_t size_max = 64;
    static constexpr std::size_t datagram_bytes_max = 65'507; ///< of UDP over IPv4

    /// At most so many at once, 1 to size_max.
    explicit batch_transport(std::size_t datagrams_max = size_max)
        : most_{std::clamp<std::size_t>(datagrams_max, 1, size_max)} {}

    /// Null: none. They must outlive the node, or be detached.
    void attach(udp_sockets* sockets) noexcept {
        flush();
        sockets_ = sockets;
    }

    byte_span reserve(reservation const& r) noexcept {
        reserved_ = 0;
        if (!letters_.empty() && (letters_.back().via != r.via || letters_.size() == most_))
            flush();
        bool const possible = r.bytes_max <= datagram_bytes_max && has_socket(r.via);
        if (!possible || !socket(r.via).takes_more()) return {};
        std::size_t const begin = used();
        std::size_t const end = begin + r.bytes_max;
        if (bytes_.size() < end) bytes_.resize(std::max(end, 2 * bytes_.size()));
        next_ = {r.via, r.to, static_cast<std::uint32_t>(begin), 0};
        reserved_ = r.bytes_max;
        return byte_span{bytes_}.subspan(begin, r.bytes_max);
    }

    void commit(std::size_t bytes) noexcept {
        DHT_ASSERT(bytes <= reserved_);
        if (bytes == 0 || bytes > reserved_) return;
        next_.bytes = static_cast<std::uint32_t>(bytes);
        letters_.push_back(next_);
        reserved_ = 0;
    }

    /// Sends what waits.
    void flush() noexcept {
        if (letters_.empty()) return;
        std::array<transmit, size_max> batch;
        std::size_t count = 0;
        for (letter const& l : letters_)
            batch[count++] = {l.via, l.to, byte_view{bytes_}.subspan(l.begin, l.bytes)};
        if (has_socket(batch[0].via)) socket(batch[0].via).send(std::span{batch}.first(count));
        letters_.clear();
    }

    /// A lookup begins: its questions will not have it allocate.
    void make_room(std::size_t messages, std::size_t bytes) {
        std::size_t const count = std::min(messages, most_);
        letters_.reserve(most_);
        if (bytes_.size() < count * bytes) bytes_.resize(count * bytes);
    }

    /// Gives back what a burst has needed.
    void tidy(instant) noexcept {
        if (!letters_.empty()) return;
        letters_ = std::vector<letter>{}; // `= {}` would empty it and keep its memory
        bytes_ = std::vector<std::byte>{};
        reserved_ = 0;
    }

private:
    struct letter {
        via_index via = 0;
        endpoint to;
        std::uint32_t begin = 0;
        std::uint32_t bytes = 0;
    };

    [[nodiscard]] bool has_socket(via_index via) const noexcept {
        return sockets_ != nullptr && via < sockets_->size() && (*sockets_)[via] != nullptr;
    }

    [[nodiscard]] udp_socket& socket(via_index via) noexcept { return *(*sockets_)[via]; }

    [[nodiscard]] std::size_t used() const noexcept {
        return letters_.empty() ? 0 : letters_.back().begin + letters_.back().bytes;
    }

    udp_sockets* sockets_ = nullptr;
    std::size_t most_;
    std::vector<letter> letters_;
    std::vector<std::byte> bytes_;
    letter next_;
    std::size_t reserved_ = 0;
};

static_assert(transport<batch_transport>);

} // namespace dht::inline DHT_ABI::io

#endif
