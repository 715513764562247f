#ifndef DHT_BASE_SAVED_BYTES_HPP
#define DHT_BASE_SAVED_BYTES_HPP

#include <dht/base/dense_map.hpp>
#include <dht/base/endpoint.hpp>
#include <dht/base/error.hpp>

#include <vector>

/// What a node and its services save: a name of four letters, a version, big-endian fields, and a
/// checksum against damage (not against forgery: keep it where only you write).
namespace dht::inline DHT_ABI {

class saved_writer {
public:
    saved_writer(std::vector<std::byte>& out, std::string_view name, std::uint8_t version)
        : out_{out} {
        out_.clear();
        bytes(as_bytes(name));
        number(version);
    }

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

    /// A part with a name of four letters: the fields that write() adds.
    template <class Write>
    void section(std::string_view name, Write&& write) {
        bytes(as_bytes(name));
        std::size_t const size_at = out_.size();
        number(std::uint32_t{0});
        write();
        std::size_t const size = out_.size() - size_at - sizeof(std::uint32_t);
        store_big_endian(&out_[size_at], static_cast<std::uint32_t>(size));
    }

    void end() { number(keyed_hash({}, out_)); }

private:
    std::vector<std::byte>& out_;
};

/// Reads the same. Where bytes are missing everything is zero and ok() false.
class saved_reader {
public:
    /// Of the inside of a section.
    explicit saved_reader(byte_view fields) noexcept : left_{fields}, error_{errc::ok} {}

    saved_reader(byte_view in, std::string_view name, std::uint8_t version) noexcept {
        if (in.size() < name.size() + 1 + 8 || as_text(in.first(name.size())) != name) return;
        error_ = errc::snapshot_version;
        if (std::to_integer<std::uint8_t>(in[name.size()]) != version) return;
        byte_view const body = in.first(in.size() - 8);
        bool const whole = keyed_hash({}, body) == load_big_endian<std::uint64_t>(&in[body.size()]);
        error_ = whole ? errc::ok : errc::snapshot_damaged;
        if (whole) left_ = body.subspan(name.size() + 1);
    }

    [[nodiscard]] bool ok() const noexcept { return error_ == errc::ok; }

    /// Is there anything to be read?
    [[nodiscard]] bool more() const noexcept { return ok() && !left_.empty(); }

    /// ok when nothing was missing and nothing is left.
    [[nodiscard]] errc end() const noexcept {
        return ok() && !left_.empty() ? errc::snapshot_damaged : error_;
    }

    byte_view bytes(std::size_t size) noexcept {
        if (left_.size() < size) {
            if (ok()) error_ = errc::snapshot_damaged;
            left_ = {};
            return {};
        }
        byte_view const taken = left_.first(size);
        left_ = left_.subspan(size);
        return taken;
    }

    /// All that is left.
    byte_view rest() noexcept { return bytes(left_.size()); }

    template <class T>
    T number() noexcept {
        byte_view const raw = bytes(sizeof(T));
        return raw.empty() ? T{} : load_big_endian<T>(raw.data());
    }

    template <std::size_t N>
    void fill(std::array<std::byte, N>& out) noexcept {
        byte_view const raw = bytes(N);
        if (!raw.empty()) std::memcpy(out.data(), raw.data(), N);
    }

    endpoint place() noexcept {
        endpoint e;
        if (byte_view const raw = bytes(16); !raw.empty()) e.ip = address::from(raw);
        e.port = number<std::uint16_t>();
        return e;
    }

private:
    byte_view left_{};
    errc error_ = errc::snapshot_damaged;
};

} // namespace dht::inline DHT_ABI

#endif
