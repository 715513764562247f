#ifndef DHT_ENGINE_SNAPSHOT_HPP
#define DHT_ENGINE_SNAPSHOT_HPP

#include <dht/base/dense_map.hpp>
#include <dht/engine/identity.hpp>

#include <vector>

/// The routing state as bytes: ids, contacts with measured times, size estimates. Layout, all big
/// endian: "DHTS", version 1, date time (8), identities (1); of each: local endpoint (18), id (20),
/// network size (8), lookups behind it (1), contacts (2); of each: id (20), endpoint (18), round
/// trip in ms (2), age of its last reply in s (4); at the end a checksum (8).
namespace dht::inline DHT_ABI::engine {

inline constexpr std::size_t snapshot_header_bytes = 14;
inline constexpr std::size_t snapshot_identity_bytes = 18 + 20 + 8 + 1 + 2;
inline constexpr std::size_t snapshot_contact_bytes = 20 + 18 + 2 + 4;

class snapshot_writer {
public:
    explicit snapshot_writer(std::vector<std::byte>& out) noexcept : out_{out} {}

    void begin(unix_time date, std::size_t identities) {
        out_.clear();
        bytes(as_bytes("DHTS"));
        number(std::uint8_t{1});
        number(static_cast<std::uint64_t>(date));
        number(static_cast<std::uint8_t>(identities));
    }

    void add(identity const& self, instant now) {
        place(self.local);
        bytes(self.table.own_id().bytes);
        number(static_cast<std::uint64_t>(std::min(self.size.nodes(), 0x1p63)));
        number(static_cast<std::uint8_t>(self.size.lookups()));
        number(static_cast<std::uint16_t>(self.table.size()));
        self.table.for_each([&](contact_handle, contact const& c) {
            bytes(c.id.bytes);
            place(c.at);
            number(c.rtt_ms);
            number(static_cast<std::uint32_t>(
                std::chrono::duration_cast<seconds>(age(c.last_reply, now)).count()));
        });
    }

    void end() { number(keyed_hash({}, out_)); }

private:
    void bytes(byte_view raw) { out_.insert(out_.end(), raw.begin(), raw.end()); }

    template <class T>
    void number(T value) {
        std::array<std::byte, sizeof(T)> raw;
        store_big_endian(raw.data(), value);
        bytes(raw);
    }

    /// 16 bytes of address, IPv4 mapped, and the port.
    void place(endpoint const& e) {
        std::array<std::byte, 16> ip;
        static_assert(sizeof e.ip == 16);
        std::memcpy(ip.data(), &e.ip, 16);
        bytes(ip);
        number(e.port);
    }

    std::vector<std::byte>& out_;
};

class snapshot_reader {
public:
    explicit snapshot_reader(byte_view bytes) noexcept : in_{bytes} {}

    /// Checks everything that can be wrong; what follows needs no checks of its own.
    [[nodiscard]] errc verify() const noexcept {
        if (in_.size() < snapshot_header_bytes + 8 || as_text(in_.first(4)) != "DHTS")
            return errc::snapshot_damaged;
        if (in_[4] != std::byte{1}) return errc::snapshot_version;
        byte_view const body = in_.first(in_.size() - 8);
        if (keyed_hash({}, body) != load_big_endian<std::uint64_t>(&in_[body.size()]))
            return errc::snapshot_damaged;
        std::size_t at = snapshot_header_bytes;
        for (unsigned i = std::to_integer<unsigned>(in_[13]); i > 0; --i) {
            if (body.size() - at < snapshot_identity_bytes) return errc::snapshot_damaged;
            at += snapshot_identity_bytes;
            std::size_t const contacts = load_big_endian<std::uint16_t>(&in_[at - 2]);
            if (body.size() - at < contacts * snapshot_contact_bytes) return errc::snapshot_damaged;
            at += contacts * snapshot_contact_bytes;
        }
        return at == body.size() ? errc::ok : errc::snapshot_damaged;
    }

    void skip(std::size_t bytes) noexcept { at_ += bytes; }

    template <class T>
    T number() noexcept {
        T const value = load_big_endian<T>(&in_[at_]);
        at_ += sizeof(T);
        return value;
    }

    node_id id() noexcept {
        at_ += 20;
        return to_node_id(key160::from(in_.subspan(at_ - 20, 20)));
    }

    endpoint place() noexcept {
        endpoint e;
        e.ip = address::from(in_.subspan(at_, 16));
        at_ += 16;
        e.port = number<std::uint16_t>();
        return e;
    }

private:
    byte_view in_;
    std::size_t at_ = 0;
};

} // namespace dht::inline DHT_ABI::engine

#endif
