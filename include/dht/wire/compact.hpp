#ifndef DHT_WIRE_COMPACT_HPP
#define DHT_WIRE_COMPACT_HPP

#include <dht/base/endpoint.hpp>
#include <dht/kad/contact.hpp>
#include <dht/wire/bencode_reader.hpp>

#include <optional>
#include <vector>

/// Compact endpoints and nodes (BEP 5, BEP 32): address and port in network order, for nodes behind
/// their id.
namespace dht::inline DHT_ABI::compact {

constexpr std::size_t endpoint_bytes(family f) noexcept {
    return f == family::ipv4 ? 6 : 18;
}

constexpr std::size_t node_bytes(family f) noexcept {
    return node_id::size_bytes + endpoint_bytes(f);
}

/// An endpoint of 6 or 18 bytes. Nothing for other sizes, for port 0, and for an IPv4 address in
/// the 18 bytes of IPv6, which would put one host into both families.
constexpr std::optional<endpoint> read_endpoint(byte_view bytes) noexcept {
    if (bytes.size() != 6 && bytes.size() != 18) return std::nullopt;
    byte_view const ip = bytes.first(bytes.size() - 2);
    endpoint const e{address::from(ip), load_big_endian<std::uint16_t>(ip.data() + ip.size())};
    if (e.port == 0 || e.ip.is_v4() != (ip.size() == 4)) return std::nullopt;
    return e;
}

/// A node of 26 or 38 bytes; nothing where read_endpoint gives nothing.
constexpr std::optional<node_contact> read_node(byte_view bytes) noexcept {
    if (bytes.size() < node_id::size_bytes) return std::nullopt;
    auto const at = read_endpoint(bytes.subspan(node_id::size_bytes));
    if (!at) return std::nullopt;
    return node_contact{to_node_id(key160::from(bytes.first(node_id::size_bytes))), *at};
}

/// Writes an endpoint of family F to where there is room for it, and returns what is behind it.
template <family F>
std::byte* write_endpoint(std::byte* to, endpoint const& e) noexcept {
    DHT_ASSERT(e.ip.ip_family() == F);
    constexpr std::size_t bytes = endpoint_bytes(F) - sizeof e.port;
    std::memcpy(to, reinterpret_cast<std::byte const*>(&e.ip) + sizeof e.ip - bytes, bytes);
    store_big_endian(to + bytes, e.port);
    return to + bytes + sizeof e.port;
}

inline std::byte* write_endpoint(std::byte* to, endpoint const& e) noexcept {
    return e.ip.is_v4() ? write_endpoint<family::ipv4>(to, e) : write_endpoint<family::ipv6>(to, e);
}

template <family F>
std::byte* write_node(std::byte* to, key160 const& id, endpoint const& at) noexcept {
    std::memcpy(to, id.bytes.data(), node_id::size_bytes);
    return write_endpoint<F>(to + node_id::size_bytes, at);
}

inline std::byte* write_node(std::byte* to, key160 const& id, endpoint const& at) noexcept {
    return at.ip.is_v4() ? write_node<family::ipv4>(to, id, at)
                         : write_node<family::ipv6>(to, id, at);
}

/// At most Max nodes of one family, as a message has them.
template <std::size_t Max>
class packed_nodes {
public:
    packed_nodes() noexcept {} // NOLINT: clearing them all would take longer than to write some

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

    /// Max are not there yet, and its address is of the family of all others.
    void push_back(key160 const& id, endpoint const& at) noexcept {
        at.ip.is_v4() ? push_back<family::ipv4>(id, at) : push_back<family::ipv6>(id, at);
    }

    template <family F>
    void push_back(key160 const& id, endpoint const& at) noexcept {
        DHT_ASSERT(size_ < Max && used_ == size_ * node_bytes(F));
        write_node<F>(bytes_.data() + used_, id, at);
        used_ += static_cast<std::uint32_t>(node_bytes(F));
        ++size_;
    }

    [[nodiscard]] byte_view bytes() const noexcept { return byte_view{bytes_}.first(used_); }

private:
    std::uint32_t size_ = 0;
    std::uint32_t used_ = 0;
    std::array<std::byte, Max * node_bytes(family::ipv6)> bytes_;
};

/// The same of any number, for who is in no hurry.
inline std::vector<std::byte> packed(std::span<node_contact const> nodes) {
    std::vector<std::byte> bytes;
    for (node_contact const& n : nodes) {
        std::size_t const begin = bytes.size();
        bytes.resize(begin + node_bytes(n.at.ip.ip_family()));
        write_node(bytes.data() + begin, n.id, n.at);
    }
    return bytes;
}

/// Goes through `nodes` (26-byte entries) or `nodes6` (38-byte entries), skipping those that nobody
/// can be asked at. Any number of entries: K is 8 for some nodes and 16 or 20 for others.
class node_reader {
public:
    constexpr node_reader(byte_view entries, family f) noexcept
        : left_{entries},
          entry_bytes_{node_bytes(f)} {}

    /// The next usable node; nothing at the end.
    constexpr std::optional<node_contact> next() noexcept {
        while (left_.size() >= entry_bytes_) {
            auto const read = read_node(left_.first(entry_bytes_));
            left_ = left_.subspan(entry_bytes_);
            if (read) return read;
        }
        return std::nullopt;
    }

private:
    byte_view left_;
    std::size_t entry_bytes_;
};

/// Goes through krpc::reply::values: strings of 6 and of 18 bytes in any mixture (BEP 32), and
/// strings of many entries, as some nodes send them. Over IPv4 a string that stands alone is taken
/// for IPv4 entries even when 18 divides its size: BEP 32 wants no IPv6 there, and old nodes send
/// all of their peers so.
class peer_reader {
public:
    /// `over` is the family of the datagram that brought them.
    peer_reader(byte_view values, family over) noexcept : strings_{values} {
        byte_view const first = next_string();
        bool const alone = strings_.rest().empty();
        cut(first, alone && over == family::ipv4 ? 6 : entry_bytes_of(first));
    }

    /// The next usable peer; nothing at the end.
    std::optional<endpoint> next() noexcept {
        while (!entries_.empty() || !strings_.rest().empty()) {
            if (entries_.empty()) {
                byte_view const text = next_string();
                cut(text, entry_bytes_of(text));
                continue;
            }
            auto const read = read_endpoint(entries_.first(entry_bytes_));
            entries_ = entries_.subspan(entry_bytes_);
            if (read) return read;
        }
        return std::nullopt;
    }

private:
    static std::size_t entry_bytes_of(byte_view text) noexcept {
        return text.size() % 18 == 0 ? 18 : 6;
    }

    byte_view next_string() noexcept {
        bencode::value const v = strings_.next();
        return v.type == bencode::kind::string ? v.content() : byte_view{};
    }

    void cut(byte_view text, std::size_t entry_bytes) noexcept {
        entry_bytes_ = entry_bytes;
        entries_ = text.size() % entry_bytes == 0 ? text : byte_view{};
    }

    bencode::reader strings_;
    byte_view entries_;
    std::size_t entry_bytes_ = 18;
};

} // namespace dht::inline DHT_ABI::compact

#endif
